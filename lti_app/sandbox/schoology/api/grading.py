"""Grading categories, scales, items and grades of the sandbox's REST API."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, request

from lti_app.sandbox.numbers import read_number
from lti_app.sandbox.schoology import averages, gradebook, scales
from lti_app.sandbox.schoology.http import (
    Refused,
    answer,
    body,
    bulk_items,
    caller,
    change_many,
    done,
    find,
    listing,
    number,
    one_by_one,
    section_staff,
    store,
    toggles,
)
from lti_app.sandbox.schoology.objects import Grade, Item, Section
from lti_app.sandbox.schoology.wire import category_row, grade_row, item_row

blueprint = Blueprint("v1_grading", __name__, url_prefix="/v1/sections/<section_id>")
Row = dict[str, Any]
ITEM_NUMBERS = (
    "grading_category",
    "grading_period",
    "grading_scale",
    "is_final",
    "published",
    "count_in_grade",
    "collected_only",
    "auto_publish_grades",
)
ITEM_TEXTS = ("title", "description", "due", "max_points", "factor", "type")


def _section(section_id: str) -> Section:
    """The section of the path, for those who may teach there."""
    found = find(store().sections, section_id)
    section_staff(found.id)
    return found


@blueprint.get("/grading_scales")
def grading_scales(section_id: str) -> Response:
    """The scales that every section knows."""
    _section(section_id)
    return answer({"grading_scale": scales.rows()})


@blueprint.get("/grading_groups")
def groups(section_id: str) -> Response:
    """The grading groups of a section with their members."""
    section = _section(section_id)
    own = [each for each in store().grading_groups.values() if each.section_id == section.id]
    return answer(
        listing(
            "grading_groups",
            own,
            lambda each: {
                "id": each.id,
                "title": each.title,
                "section_id": each.section_id,
                "members": list(each.members),
            },
        )
    )


@blueprint.get("/grading_categories")
def categories(section_id: str) -> Response:
    """The categories of a section."""
    section = _section(section_id)
    weighted = bool(section.weighted_grading_categories)
    rows = gradebook.categories_of(store(), section.id)
    return answer({"grading_category": [category_row(each, weighted) for each in rows]})


def _category_fields(item: Row) -> Row:
    found: Row = {"title": str(item["title"])} if item.get("title") else {}
    for name in ("calculation_type", "drop_lowest", "delta"):
        if item.get(name) is not None:
            found[name] = int(item[name])
    if item.get("weight") is not None:
        found["weight"] = _float(item["weight"])
    return found


@blueprint.post("/grading_categories")
def create_categories(section_id: str) -> Response:
    """Up to 50 categories, always wrapped."""
    section = _section(section_id)
    items = bulk_items(body(), "grading_categories", "grading_category")
    if items is None:
        raise Refused(400)

    def work(item: Row) -> Row:
        fields = _category_fields(item)
        made = gradebook.add_category(store(), section.id, fields.pop("title", ""), **fields)
        return {"id": str(made.id), "title": made.title}

    return answer({"grading_category": one_by_one(items, work)}, 207)


@blueprint.put("/grading_categories")
def update_categories(section_id: str) -> Response:
    """Up to 50 categories by id."""
    _section(section_id)

    def work(item: Row) -> Row:
        found = gradebook.update_category(store(), int(item["id"]), **_category_fields(item))
        return {"response_code": 204, "id": str(found.id)}

    return change_many("grading_categories", "grading_category", work)


@blueprint.put("/grading_categories/<category_id>")
def update_category(section_id: str, category_id: str) -> Response:
    """One category; answers with it."""
    section = _section(section_id)
    found = gradebook.update_category(store(), number(category_id), **_category_fields(body()))
    return answer(category_row(found, bool(section.weighted_grading_categories)))


@blueprint.delete("/grading_categories/<category_id>")
def remove_category(section_id: str, category_id: str) -> Response:
    """Remove a category; its items stay without one."""
    section = _section(section_id)
    gradebook.delete_category(store(), section.id, number(category_id))
    return done()


@blueprint.get("/grade_items")
@blueprint.get("/assignments")
def items(section_id: str) -> Response:
    """Graded items under the key `assignment`; the list of assignments knows no discussions."""
    section = _section(section_id)
    rows = [store().items[each] for each in store().items_of.get(section.id, [])]
    rows = [each for each in rows if each.published]
    if request.path.endswith("/assignments"):
        rows = [each for each in rows if each.type != "discussion"]
    return answer(listing("assignment", rows, item_row))


@blueprint.get("/grade_items/<item_id>")
@blueprint.get("/assignments/<item_id>")
def one_item(section_id: str, item_id: str) -> Response:
    """A graded item."""
    return answer(item_row(_item(section_id, item_id)))


def _item(section_id: str, item_id: str) -> Item:
    section = _section(section_id)
    found = find(store().items, item_id)
    if found.section_id != section.id or not (found.published or toggles().drafts_by_id):
        raise Refused(404)
    return found


def _item_fields(given: Row) -> Row:
    found: Row = {name: str(given[name]) for name in ITEM_TEXTS if given.get(name) is not None}
    for name in ITEM_NUMBERS:
        if given.get(name) is not None:
            found[name] = int(given[name])
    for name in ("assignees", "grading_group_ids"):
        if isinstance(given.get(name), list):
            found[name] = tuple(int(each) for each in given[name])
    return found


@blueprint.post("/assignments")
def create_item(section_id: str) -> Response:
    """Make an assignment."""
    section = _section(section_id)
    fields = _item_fields(body())
    made = gradebook.add_item(store(), section.id, fields.pop("title", ""), uid=caller().uid, **fields)
    return answer(item_row(made), 201)


@blueprint.put("/assignments/<item_id>")
def change_item(section_id: str, item_id: str) -> Response:
    """Change an assignment."""
    found = _item(section_id, item_id)
    gradebook.update_item(store(), found.id, uid=caller().uid, **_item_fields(body()))
    return done()


@blueprint.delete("/assignments/<item_id>")
def remove_item(section_id: str, item_id: str) -> Response:
    """Remove an assignment with its grades."""
    gradebook.delete_item(store(), _item(section_id, item_id).id, uid=caller().uid)
    return done()


@blueprint.get("/grades")
def grades(section_id: str) -> Response:
    """Grades of a section, filtered by item, enrollment and time; with the averages as final grades."""
    section = _section(section_id)
    seats = [
        seat
        for seat in store().members_of.get(section.id, {}).values()
        if not store().enrollments[seat].admin
    ]
    wanted = {name: request.args.get(name, "") for name in ("assignment_id", "enrollment_id")}
    since = request.args.get("timestamp", "")
    keys = Cells(
        [each for each in store().items_of.get(section.id, []) if wanted["assignment_id"] in ("", str(each))],
        [each for each in seats if wanted["enrollment_id"] in ("", str(each))],
    )
    cells: Sequence[tuple[int, int]] = keys
    if since.isdigit():
        changed = ((key, store().grades.get(key)) for key in keys)
        cells = [key for key, each in changed if each is not None and each.timestamp >= int(since)]
    page = listing("grade", cells, lambda key: grade_row(store(), store().grades.get(key) or Grade(*key)))
    found = averages.averages(store(), section.id, seats)
    return answer(
        {
            "grades": {"grade": page["grade"]},
            "period": [],
            "final_grade": [_final(seat, found[seat]) for seat in seats],
            "links": page["links"],
        }
    )


@dataclass(frozen=True)
class Cells(Sequence[tuple[int, int]]):
    """(enrollment, item) of every cell, item after item; a page of them is not made out of all."""

    items: Sequence[int]
    seats: Sequence[int]

    def __len__(self) -> int:
        return len(self.items) * len(self.seats)

    def __getitem__(self, which: Any) -> Any:
        if isinstance(which, slice):
            return [self[number] for number in range(*which.indices(len(self)))]
        item, seat = divmod(range(len(self))[which], len(self.seats))
        return self.seats[seat], self.items[item]


def _final(enrollment_id: int, average: Decimal | None) -> Row:
    value = float(average) if average is not None else None
    period = {"period_id": "final", "grade": value, "comment": None, "comment_status": None}
    return {"enrollment_id": str(enrollment_id), "period": [period], "scale_id": 0}


@blueprint.put("/grades")
def put_grades(section_id: str) -> Response:
    """Type up to 50 scores."""
    section = _section(section_id)
    wrapped = body().get("grades") or {}
    given = wrapped.get("grade") or []
    given = [given] if isinstance(given, dict) else given
    if len(given) > 50:
        raise Refused(400)
    typed: list[Grade] = []

    def work(item: Row) -> Row:
        value = item.get("grade")
        letter = value if isinstance(value, str) and value and read_number(value) is None else ""
        found = gradebook.set_grade(
            store(),
            int(item.get("assignment_id") or 0),
            int(item.get("enrollment_id") or 0),
            grade=None if value in (None, "") or letter else _float(value),
            letter=letter,
            exception=int(item.get("exception") or 0),
            comment=item.get("comment"),
            comment_status=item.get("comment_status"),
        )
        typed.append(found)
        return {"assignment_id": found.item_id, "enrollment_id": found.enrollment_id}

    rows = one_by_one(given, work)
    if typed:
        gradebook.grades_saved(store(), section.id, typed, uid=caller().uid)
    status = toggles().put_grades_status
    return Response(status=204) if status == 204 else answer({"grades": {"grade": rows}}, status)


def _float(value: object) -> float:
    """A number of a body. Raises ValueError for anything else, which refuses its item."""
    found = read_number(value)
    if found is None:
        raise ValueError("no number")
    return float(found)
