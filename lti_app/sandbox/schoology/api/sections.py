"""Sections of the sandbox's REST API."""

from __future__ import annotations

from flask import Blueprint, Response, request

from lti_app.sandbox.schoology.api.courses import Row, create_section, section_fields
from lti_app.sandbox.schoology.http import (
    Refused,
    admin_only,
    answer,
    base,
    body,
    caller,
    change_many,
    create_one_or_many,
    csv_query,
    done,
    find,
    is_admin,
    listing,
    number,
    store,
)
from lti_app.sandbox.schoology.objects import Section
from lti_app.sandbox.schoology.wire import grading_period_row, section_row

blueprint = Blueprint("v1_sections", __name__, url_prefix="/v1")


def _section_row(section: Section, *, fresh: bool = False) -> Row:
    return section_row(store(), section, base(), fresh=fresh)


@blueprint.get("/courses/<course_id>/sections")
def sections_of_course(course_id: str) -> Response:
    """The sections of a course; past ones only on request."""
    course = find(store().courses, course_id)
    rows = [store().sections[each] for each in store().sections_of_course[course.id]]
    return answer(listing("section", _not_past(rows), _section_row))


def _not_past(rows: list[Section]) -> list[Section]:
    """Without archived sections, unless include_past is there, whatever it says."""
    if "include_past" in request.args:
        return rows
    return [each for each in rows if not store().is_past(each)]


@blueprint.post("/courses/<course_id>/sections")
def create_sections(course_id: str) -> Response:
    """One section (201), or up to 50 (207)."""
    admin_only()
    course = find(store().courses, course_id)
    return create_one_or_many(
        "sections",
        "section",
        lambda item: create_section(course, item),
        lambda made: _section_row(store().sections[made], fresh=True),
    )


@blueprint.get("/sections")
def sections() -> Response:
    """Sections by their section school codes, at most 50; without codes 403."""
    admin_only()
    codes = csv_query("section_school_codes")
    if not codes:
        raise Refused(403)
    found = [section for code in codes[:50] if (section := store().section_with(code)) is not None]
    return answer(listing("section", _not_past(found), _section_row))


@blueprint.get("/sections/ext/<code>")
def section_by_code(code: str) -> Response:
    """The section with a section school code."""
    found = store().section_with(code)
    if found is None:
        raise Refused(404)
    return answer(_section_row(found))


@blueprint.get("/sections/<section_id>")
def one_section(section_id: str) -> Response:
    """A section."""
    return answer(_section_row(find(store().sections, section_id)))


@blueprint.put("/sections")
def update_sections() -> Response:
    """Up to 50 sections by id."""
    admin_only()

    def work(item: Row) -> Row:
        section = store().update_section(int(item["id"]), **section_fields(item))
        return {"id": str(section.id), "section_school_code": section.section_school_code}

    return change_many("sections", "section", work)


@blueprint.put("/sections/<section_id>")
def update_section(section_id: str) -> Response:
    """One section."""
    admin_only()
    store().update_section(number(section_id), **section_fields(body()))
    return done()


@blueprint.delete("/sections/<section_id>")
def delete_section(section_id: str) -> Response:
    """Remove a section for good."""
    admin_only()
    store().delete_section(find(store().sections, section_id).id)
    return done()


@blueprint.get("/sections/<section_id>/grading_periods")
def section_periods(section_id: str) -> Response:
    """The grading periods of a section, under a key of their own."""
    section = find(store().sections, section_id)
    periods = [store().grading_periods[each] for each in section.grading_periods]
    return answer({"grading_period": [grading_period_row(each, base(), single=True) for each in periods]})


@blueprint.get("/users/<uid>/sections")
def sections_of_user(uid: str) -> Response:
    """Where a person is enrolled; without total."""
    if not is_admin() and caller().uid != number(uid):
        raise Refused(403)
    rows = [store().sections[each] for each in sorted(store().sections_of_user[number(uid)])]
    page = listing("section", _not_past(rows), _section_row)
    page.pop("total", None)
    return answer(page)
