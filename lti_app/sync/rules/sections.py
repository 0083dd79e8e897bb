"""A SIS section becomes one Schoology section, whatever the number of its sessions, with its teachers."""

from __future__ import annotations

from dataclasses import replace

from lti_app.school.reason_codes import Code
from lti_app.school.reasons import NO_REASON, Reason, because
from lti_app.school.records import IdSpace, Kind, Section, mark_session
from lti_app.school.templates import fill
from lti_app.sync.rules.context import RuleContext, TermChoice, Verdict


def section(record: Section, context: RuleContext) -> list[Verdict]:
    """The desired section first, then one enrollment for each of its teachers."""
    verdict = _section(record, context)
    return [verdict, *_teachers(record, verdict, context)]


def _section(record: Section, context: RuleContext) -> Verdict:
    blank = Verdict(
        kind=Kind.SECTION,
        sis_id=record.section_key,
        building=record.building,
        parent=f"{record.building}|{record.course_code}",
        label=record.title or f"{record.course_code}-{record.number}",
    )
    choice = context.buildings.get(record.building)
    if choice is None or not choice.schoology_id:
        return replace(blank, state="out", reason=because(Code.SCHOOL_NOT_MAPPED))
    if not choice.for_sections:
        return replace(blank, state="out", reason=because(Code.SCHOOL_NOT_SELECTED, tab="Sections"))
    if mark_session(record) is None:
        return replace(
            blank,
            state="blocked",
            reason=because(Code.SECTION_WITHOUT_SESSION),
        )
    terms = _terms(record, context)
    reason = _term_problem(record, terms, context)
    if reason:
        return replace(blank, state="out", reason=reason)
    return _filled(record, context, blank, sorted({each.grading_period_id for each in terms}))


def _terms(record: Section, context: RuleContext) -> list[TermChoice]:
    """The mapped marking periods of the mark-receiving session."""
    session = mark_session(record)
    assert session is not None
    found = [
        context.terms.get((record.building, record.school_year, record.summer, record.track, period))
        for period in session.marking_periods
    ]
    return [each for each in found if each is not None and each.grading_period_id]


def _term_problem(record: Section, terms: list[TermChoice], context: RuleContext) -> Reason:
    session = mark_session(record)
    assert session is not None
    if not terms:
        periods = ", ".join(session.marking_periods) or "none"
        return because(
            Code.TERMS_NOT_MAPPED,
            school=context.buildings[record.building].name or record.building,
            year=record.school_year,
            track=record.track or "–",
            periods=periods,
        )
    if all(each.end < context.today for each in terms):
        last = max(each.end for each in terms)
        return because(Code.TERMS_ENDED, day=last)
    return NO_REASON


def _filled(record: Section, context: RuleContext, blank: Verdict, periods: list[str]) -> Verdict:
    choice = context.buildings[record.building]
    session = mark_session(record)
    assert session is not None
    values = {
        "section_key": record.section_key,
        "building": record.building,
        "building_code": choice.code,
        "course": record.course_code,
        "course_title": context.course_titles.get(blank.parent, ""),
        "section": record.number,
        "title": record.title or session.description or f"Section {record.number}",
        "period": session.period,
        "year": str(record.school_year),
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


def _teachers(record: Section, verdict: Verdict, context: RuleContext) -> list[Verdict]:
    session = mark_session(record)
    if session is None:
        return []
    primary = session.primary_staff
    others = {each.primary_staff for each in record.sessions} | {
        staff for each in record.sessions for staff in each.co_staff
    }
    seats = [(primary, True)] if primary else []
    seats += [(staff, False) for staff in sorted(others - {primary, ""})]
    return [_seat(staff, is_primary, verdict, context) for staff, is_primary in seats]


def _seat(staff: str, primary: bool, verdict: Verdict, context: RuleContext) -> Verdict:
    key = f"{IdSpace.STAFF}:{staff}"
    seat = Verdict(
        kind=Kind.ENROLLMENT,
        sis_id=f"{verdict.sis_id}:{key}",
        building=verdict.building,
        parent=verdict.sis_id,
        person=key,
        payload={"admin": True},
    )
    if not primary and not context.options.with_co_teachers:
        return replace(seat, state="out", payload=None, reason=because(Code.CO_TEACHERS_OFF))
    return seat
