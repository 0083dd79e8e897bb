"""A course of a building becomes a Schoology course with a code that is unique over the organisation."""

from __future__ import annotations

from dataclasses import replace

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
        return replace(blank, state="blocked", reason="The course code is empty: fill it in the SIS.")
    choice = context.buildings.get(record.building)
    if choice is None or not choice.schoology_id:
        return replace(blank, state="out", reason="Its building is not mapped on the Schools tab.")
    if not choice.for_courses:
        return replace(blank, state="out", reason="Its building is not ticked on the Courses tab.")
    if not record.title:
        return replace(blank, state="blocked", reason="The course has no title: fill it in the SIS.")
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
            reason=f"The {empty} template on the Courses tab gives an empty {empty} for this course: "
            "use a field that is filled.",
        )
    payload = {
        "code": code,
        "title": title,
        "building_id": choice.schoology_id,
        "department": record.department,
    }
    return replace(blank, payload=payload, natural_key=code, label=title)
