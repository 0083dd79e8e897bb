"""A course becomes a Schoology course with a code that is unique over the organization.

A course of one school goes into its building. One of several schools, or of the district, goes into none, and
is made as soon as one of its schools is chosen.
"""

from __future__ import annotations

from dataclasses import replace

from lti_app.school.reason_codes import Code
from lti_app.school.reasons import because, several
from lti_app.school.records import Course, Kind
from lti_app.school.templates import fill
from lti_app.sync.rules.context import BuildingChoice, RuleContext, Verdict

JOINTS = " -_/.:|"
"""What is left at the ends of a code when the field for the school is empty."""


def course(record: Course, context: RuleContext) -> Verdict | None:
    """The desired course; None for one that is not active any more."""
    if not record.active:
        return None
    blank = Verdict(
        kind=Kind.COURSE,
        sis_id=record.key,
        building=record.building,
        number=record.code,
        label=record.title or record.code,
    )
    if not record.code:
        return replace(blank, state="blocked", reason=because(Code.COURSE_CODE_EMPTY))
    mapped = _mapped(record, context)
    if not mapped:
        return replace(blank, state="out", reason=because(Code.SCHOOL_NOT_MAPPED))
    if not any(each.for_courses for each in mapped):
        return replace(blank, state="out", reason=because(Code.SCHOOL_NOT_SELECTED, tab="Courses"))
    home = mapped[0] if record.building else None
    if not record.title:
        return replace(blank, state="blocked", reason=because(Code.COURSE_TITLE_EMPTY))
    values = {
        "building": record.building,
        "building_code": home.code if home else "",
        "course": record.code,
        "title": record.title,
        "department": record.department,
    }
    code = fill(context.options.course_code_template, values)
    if not home:
        code = code.strip(JOINTS)
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
        "building_id": home.schoology_id if home else "",
        "department": record.department,
    }
    left_out = dict(record.bad_fields)
    warnings = (because(Code.FIELD_LEFT_OUT, field=field, value=value) for field, value in left_out.items())
    return replace(
        blank,
        payload=payload,
        natural_key=code,
        label=title,
        kept_fields=tuple(left_out),
        reason=several(*warnings),
    )


def _mapped(record: Course, context: RuleContext) -> list[BuildingChoice]:
    """Its schools that are mapped."""
    schools = record.buildings or context.buildings.keys()
    found = (context.buildings.get(each) for each in schools)
    return [each for each in found if each is not None and each.schoology_id]
