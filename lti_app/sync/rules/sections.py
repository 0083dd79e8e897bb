"""An SIS section becomes one Schoology section."""

from __future__ import annotations

from dataclasses import replace

from lti_app.school.reason_codes import Code
from lti_app.school.reasons import NO_REASON, Reason, because
from lti_app.school.records import Kind, Section
from lti_app.school.templates import fill
from lti_app.sync.rules.context import CourseFacts, RuleContext, TermChoice, Verdict

UNKNOWN_TERM = "a term that isn’t on the Terms tab yet"


def section(record: Section, context: RuleContext) -> Verdict:
    """The desired section."""
    course = context.courses.get(record.course)
    blank = Verdict(
        kind=Kind.SECTION,
        sis_id=record.key,
        building=record.building,
        parent=record.course,
        label=record.title or f"{course.code if course else ''}-{record.number}".strip("-"),
    )
    choice = context.buildings.get(record.building)
    if choice is None or not choice.schoology_id:
        return replace(blank, state="out", reason=because(Code.SCHOOL_NOT_MAPPED))
    if not choice.for_sections:
        return replace(blank, state="out", reason=because(Code.SCHOOL_NOT_SELECTED, tab="Sections"))
    if not record.terms:
        return replace(
            blank,
            state="blocked",
            reason=because(Code.SECTION_WITHOUT_SESSION),
        )
    terms = mapped_terms(record, context)
    reason = _term_problem(record, terms, context)
    if reason:
        return replace(blank, state="out", reason=reason)
    return _filled(record, context, blank, sorted({each.grading_period_id for each in terms}))


def mapped_terms(record: Section, context: RuleContext) -> list[TermChoice]:
    """The mapped terms of a section. For one of its terms that is not mapped: the nearest mapped term that it
    is a part of, or else the mapped terms that are parts of it."""
    found: list[TermChoice] = []
    for key in record.terms:
        found += _up(key, record.building, context) or _down(key, record.building, context)
    return found


def _up(key: str, building: str, context: RuleContext) -> list[TermChoice]:
    passed: set[str] = set()
    while key not in passed and (term := context.terms.get(key)) is not None:
        if term.grading_period_id and term.is_of(building):
            return [term]
        passed.add(key)
        key = term.parent
    return []


def _down(key: str, building: str, context: RuleContext) -> list[TermChoice]:
    found: list[TermChoice] = []
    left, passed = list(context.terms_in.get(key, ())), {key}
    while left:
        each = left.pop()
        term = context.terms[each]
        if term.grading_period_id and term.is_of(building):
            found.append(term)
        elif each not in passed:
            left += context.terms_in.get(each, ())
        passed.add(each)
    return found


def _term_problem(record: Section, terms: list[TermChoice], context: RuleContext) -> Reason:
    if not terms:
        known = (context.terms.get(each) for each in record.terms)
        names = ", ".join(dict.fromkeys(each.name if each else UNKNOWN_TERM for each in known))
        school = context.buildings[record.building].name or record.building
        return because(Code.TERMS_NOT_MAPPED, school=school, periods=names)
    if all(each.end < context.today for each in terms):
        last = max(each.end for each in terms)
        return because(Code.TERMS_ENDED, day=last)
    return NO_REASON


def _filled(record: Section, context: RuleContext, blank: Verdict, periods: list[str]) -> Verdict:
    choice = context.buildings[record.building]
    course = context.courses.get(record.course, CourseFacts("", ""))
    values = {
        "section_key": record.key,
        "building": record.building,
        "building_code": choice.code,
        "course": course.code,
        "course_title": course.title,
        "section": record.number,
        "title": record.title or f"Section {record.number}",
        "period": record.period,
        "year": str(record.year or ""),
    }
    options = context.options
    school_code = fill(options.section_school_code_template, values)
    title = fill(options.section_title_template, values)
    if not school_code or not title:
        empty = "section_school_code" if not school_code else "title"
        return replace(
            blank,
            state="blocked",
            reason=because(Code.TEMPLATE_EMPTY, tab="Sections", field=empty, kind=Kind.SECTION),
        )
    if "," in school_code:
        return replace(
            blank,
            state="blocked",
            reason=because(Code.COMMA_IN_SECTION_CODE, school_code=school_code),
        )
    payload = {
        "section_school_code": school_code,
        "section_code": fill(options.section_code_template, values),
        "title": title,
        "grading_period_ids": periods,
    }
    return replace(blank, payload=payload, natural_key=school_code, label=title)
