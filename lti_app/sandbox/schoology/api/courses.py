"""Courses of the sandbox's REST API, and the sections that come inside them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from lti_app.sandbox.schoology.http import (
    admin_only,
    answer,
    base,
    body,
    change_many,
    create_one_or_many,
    done,
    find,
    listing,
    number,
    one_by_one,
    store,
    toggles,
    told,
)
from lti_app.sandbox.schoology.objects import Course, Section
from lti_app.sandbox.schoology.wire import course_row

blueprint = Blueprint("v1_classes", __name__, url_prefix="/v1")
Row = dict[str, Any]


def _course_fields(item: Row) -> Row:
    found = {
        name: str(item[name])
        for name in ("title", "course_code", "department", "description")
        if item.get(name) is not None
    }
    for name in ("building_id", "synced"):
        if item.get(name):
            found[name] = int(item[name])  # type: ignore[assignment]
    return found


def section_fields(item: Row) -> Row:
    """What a section's item says, in the names of the store."""
    found: Row = {
        name: str(item[name])
        for name in ("section_code", "section_school_code", "description")
        if item.get(name) is not None
    }
    title = item.get("title") or item.get("section_title")
    if title:
        found["section_title"] = str(title)
    if item.get("grading_periods") is not None:
        periods = item["grading_periods"]
        found["grading_periods"] = [
            int(each) for each in (periods if isinstance(periods, list) else [periods])
        ]
    if item.get("synced") is not None:
        found["synced"] = int(item["synced"])
    options = item.get("options") or {}
    if "weighted_grading_categories" in options:
        found["weighted_grading_categories"] = int(options["weighted_grading_categories"])
    return found


@blueprint.get("/courses")
def courses() -> Response:
    """Courses, maybe of one building."""
    admin_only()
    rows = list(store().courses.values())
    if request.args.get("building_id"):
        rows = [each for each in rows if str(each.building_id) == request.args["building_id"]]
    return answer(listing("course", rows, course_row))


@blueprint.get("/courses/<course_id>")
def one_course(course_id: str) -> Response:
    """A course."""
    return answer(course_row(find(store().courses, course_id)))


@blueprint.post("/courses")
@blueprint.post("/courses/")
def create_courses() -> Response:
    """One course (201), or up to 50 with their sections inside (207)."""
    admin_only()
    return create_one_or_many(
        "courses", "course", _create_course, lambda made: course_row(store().courses[made])
    )


def _create_course(item: Row) -> Row:
    fields = _course_fields(item)
    there = store().course_with(fields.get("course_code", ""))
    if there and (request.args.get("update_existing") or toggles().course_create_updates):
        course = there
        if any(getattr(course, name) != value for name, value in fields.items()):
            course = store().update_course(there.id, **fields)
    else:
        course = store().add_course(
            fields.pop("title", ""),
            fields.pop("course_code", ""),
            int(fields.pop("building_id", 0)),
            **fields,
        )
    row: Row = {
        "id": str(course.id),
        "course_code": course.course_code,
        "location": f"{base()}/courses/{course.id}",
        **told("course", updated=there is not None),
    }
    inside = (item.get("sections") or {}).get("section")
    if inside:
        sections = [inside] if isinstance(inside, dict) else list(inside)
        row["sections"] = {"section": one_by_one(sections, lambda each: create_section(course, each))}
    return row


def create_section(course: Course, item: Row) -> Row:
    """Make or update one section; the row that a bulk answer gives it."""
    fields = section_fields(item)
    there = _existing_section(course, fields) if request.args.get("update_existing") else None
    if there is not None:
        section = store().update_section(there, **fields)
    else:
        section = store().add_section(course.id, title=fields.pop("section_title", ""), **fields)
    return {
        "id": str(section.id),
        "section_code": section.section_code,
        "section_school_code": section.section_school_code,
        "location": f"{base()}/sections/{section.id}",
        **told("section", updated=there is not None),
    }


def _existing_section(course: Course, fields: Row) -> int | None:
    """By section school code, and by section code and grading periods, as the toggles say."""
    if toggles().sections_by_school_code:
        found = store().section_with(fields.get("section_school_code", ""))
        if found:
            return found.id
    code = store().key("section_code", fields.get("section_code", ""))
    for section_id in store().sections_of_course[course.id]:
        section = store().sections[section_id]
        if code and store().key("section_code", section.section_code) == code and _meets(section, fields):
            return section_id
    return None


def _meets(section: Section, fields: Row) -> bool:
    """Whether the grading periods of a section are such that update_existing takes it for the same."""
    ours, theirs = set(section.grading_periods), set(fields.get("grading_periods") or [])
    how = toggles().sections_by_code
    return ours == theirs if how == "same periods" else how == "shared period" and bool(ours & theirs)


@blueprint.put("/courses")
def update_courses() -> Response:
    """Up to 50 courses by id."""
    admin_only()

    def work(item: Row) -> Row:
        course = store().update_course(int(item["id"]), **_course_fields(item))
        return {"id": str(course.id), "course_code": course.course_code}

    return change_many("courses", "course", work)


@blueprint.put("/courses/<course_id>")
def update_course(course_id: str) -> Response:
    """One course."""
    admin_only()
    store().update_course(number(course_id), **_course_fields(body()))
    return done()


@blueprint.delete("/courses/<course_id>")
def delete_course(course_id: str) -> Response:
    """Remove a course for good."""
    admin_only()
    store().delete_course(find(store().courses, course_id).id)
    return done()
