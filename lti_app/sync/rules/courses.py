"""A course of a building becomes a Schoology course with a code that is unique over the organisation."""

from __future__ import annotations

from dataclasses import replace

from lti_app.school.reason_codes import Code
from lti_app.school.reasons import because
from lti_app.school.records import Course, Kind
from lti_app.school.templates import fill
from lti_app.sync.rules.context import RuleContext, Verdict


def course(record: Course, context: RuleContext) -> Verdict | None:
    """The desired course; None for one that is not active any more."""
    if not record.active:
        return None
    blank = Verdict(
        kind=Kind.COURSE, sis_id=record.key, building=record.building, label=record.title or record.code
    )
    if not record.code:
        return replace(blank, state="blocked", reason=because(Code.COURSE_CODE_EMPTY))
    choice = context.buildings.get(record.building)
    if choice is None or not choice.schoology_id:
        return replace(blank, state="out", reason=because(Code.SCHOOL_NOT_MAPPED))
    if not choice.for_courses:
        return replace(blank, state="out", reason=because(Code.SCHOOL_NOT_SELECTED, tab="Courses"))
    if not record.title:
        return replace(blank, state="blocked", reason=because(Code.COURSE_TITLE_EMPTY))
    values = {
        "building": record.building,
        "building_code": choice.code,
        "course": record.code,
        "title": record.title,
        "department": record.department,
    }
    code = fill(context.options.course_code_template, values)
    title = fill(context.options.course_title_template, values)
    if not code or not title:
        empty = "code" if not code else "title"
        return replace(
            blank,
            state="blocked",
            reason=because(Code.TEMPLATE_EMPTY, tab="Courses", field=empty, kind=Kind.COURSE),
        )
    payload = {
        "code": code,
        "title": title,
        "building_id": choice.schoology_id,
        "department": record.department,
    }
    return replace(blank, payload=payload, natural_key=code, label=title)
