"""What is to be done for a section: every item judged and compared. Reads rows, writes none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from lti_app.grades.cells import Cells, cells_of, is_silent, lifted, stranger, with_marks
from lti_app.grades.context import GradeContext
from lti_app.grades.read import Both
from lti_app.grades.rows import category_map
from lti_app.grades.rows.items import Book
from lti_app.grades.rules import audience, compare, dates, sis_edits, worth
from lti_app.grades.rules.audience import Class
from lti_app.grades.rules.compare import Memory, ScoreAction
from lti_app.grades.rules.dates import Calendar
from lti_app.grades.rules.marks import Marking
from lti_app.grades.rules.preflight import Finding, Judged, Level, SectionRules, as_dated, due_day, judge
from lti_app.grades.rules.timing import Choices, Standing, Timing
from lti_app.grades.rules.work import ItemWork
from lti_app.models import ScoreState, SectionSettings
from lti_app.school.finding_codes import FindingCode
from lti_app.school.grade_policy import Joined
from lti_app.school.gradebook import Assignment, Grade, SisScore
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import Reason, because

BELIEVED = timedelta(days=30)
"""So long a day is taken for one without class after the SIS refused it."""
HAS_SCORES = Finding(
    "uncounted_scores",
    Level.STOP,
    because(FindingCode.UNCOUNTED_WITH_SCORES),
)


@dataclass(frozen=True)
class SectionWork:
    """All items in Schoology's order, what Schoology does not list any more, and who cannot get scores."""

    items: tuple[ItemWork, ...]
    gone: tuple[Assignment, ...]
    strangers: Mapping[str, tuple[str, Reason]]
    """Enrollment id → name and reason."""


def assess(context: GradeContext, row: SectionSettings, both: Both, book: Book) -> SectionWork:
    """Judge and compare everything."""
    by = _by(context, row, both)
    strangers = _strangers(both)
    by_item = _grades_by_item(both)
    made = []
    for judged in judge(both.schoology.items, by.rules):
        grades = by_item.get(judged.item.id, ())
        made.append(_item(context, both, book, judged, by=by, grades=grades))
    gone = compare.gone(both.sis.assignments, [each.id for each in both.schoology.items], both.sis.session)
    return SectionWork(tuple(made), tuple(gone), strangers)


@dataclass(frozen=True)
class _By:
    """What the items of a section are judged, marked and timed by."""

    rules: SectionRules
    marking: Marking
    timing: Timing
    students: Class


def _by(context: GradeContext, row: SectionSettings, both: Both) -> _By:
    rules, policy = section_rules(context, row, both), context.policy
    students = students_of(row, both, policy.joined is Joined.EXCUSE)
    timing = Timing(both.sis.settings, rules.session, rules.calendar, policy.ungraded, policy.school_days)
    marking = Marking(policy, both.sis.settings, both.schoology.scales, context.capabilities)
    return _By(rules, marking, timing, students)


def students_of(row: SectionSettings, both: Both, all_excused: bool) -> Class:
    """Who of the course can get scores, and who is excused from earlier work."""
    here = {each.enrollment_id for each in both.schoology.seats}
    seats = {
        seat: student
        for seat, student in both.schoology.students.items()
        if seat in here and student in both.sis.roster
    }
    return Class(seats, both.sis.joined, list(both.sis.joined) if all_excused else row.excused)


def section_rules(context: GradeContext, row: SectionSettings, both: Both) -> SectionRules:
    """What items are judged by."""
    section, categories = both.sis.section, both.schoology.categories
    place = (section.building, both.sis.course_code)
    return SectionRules(
        settings=both.sis.settings,
        session=both.sis.session,
        categories={each.id: each for each in categories},
        mapped=category_map.mapped(context.session, row, categories, place),
        calendar=Calendar(
            both.sis.periods,
            context.today,
            closed_days(row, context.today),
            class_days=context.capabilities.class_days,
        ),
        sis=context.capabilities,
        left_out=category_map.left_out(context.session, row, categories),
        uncounted=context.policy.uncounted,
        zone=context.zone,
        account_zone=context.account_zone,
        locked=frozenset(row.learned.get("locked", [])),
        ever_closed=frozenset(map(date.fromisoformat, row.learned.get("closed_days", {}))),
    )


def closed_days(row: SectionSettings, today: date) -> frozenset[date]:
    """The days without class that refusals taught lately; calendars are corrected."""
    known = row.learned.get("closed_days", {})
    return frozenset(
        date.fromisoformat(day)
        for day, learned in known.items()
        if today - date.fromisoformat(learned) < BELIEVED
    )


def _item(
    context: GradeContext,
    both: Both,
    book: Book,
    judged: Judged,
    *,
    by: _By,
    grades: Iterable[Grade],
) -> ItemWork:
    there, rules = both.sis.assignment_of(judged.item.id), by.rules
    judged = _where_it_is(judged, there, both, _as_once_chosen(judged, rules))
    if there is not None and there.unreadable:
        judged = replace(judged, assignment=None, findings=(*judged.findings, _unreadable(there)))
    cells = cells_of(both, judged.item, grades, by.marking)
    worthless = worth.is_worthless(judged.item, rules.sis, rules.uncounted)
    if worthless and any(compare.text_of(each) for each in cells.has.values()):
        judged = replace(judged, assignment=None, findings=(*judged.findings, HAS_SCORES))
    state = book.items.get(judged.item.id)
    highest = [each.score.score for each in cells.wanted.values() if each.score and each.score.score]
    above = worth.above_maximum(judged.item, highest, there.points if there else None)
    said = [*([above] if above else []), *worth.comment_findings(cells.comments, rules.sis.limits)]
    judged = replace(judged, findings=(*judged.findings, *said))
    choices = Choices.load(state.choices if state else {})
    standing = Standing(there, cells.scored, cells.blank(both.sis.roster), choices)
    judged = as_dated(by.timing.dated(judged, standing), rules)
    judged = _for_audience(judged, by, cells)
    if judged.assignment is None:
        return ItemWork(_noted(judged, by, standing), False, (), there)
    made = judged.assignment
    left_out = by.students.left_out(judged.item, made.due)
    known = _memories(book, judged.item.id) if there else {}
    wanted = [] if worthless else with_marks(cells, left_out, by.marking, known=known, seats=by.students)
    lines = compare.score_lines(
        judged.item.id,
        wanted,
        cells.has,
        known,
        comments=context.policy.comments,
        ask=context.policy.ask,
        clear=context.capabilities.clear,
    )
    pushed, seen = (state.fingerprint, state.seen) if state else ("", "")
    seats = {each.student_id: each.seat for each in wanted if each.seat and not is_silent(each)}
    sends = compare.differs(made, pushed, seen, there)
    marked = {each.student_id for each in wanted if not is_silent(each)}
    standing = replace(standing, blank=cells.blank(both.sis.roster, frozenset(marked)))
    lines = [lifted(each, by.marking, known) for each in lines]
    edit = sis_edits.judge(sis_edits.edits(made, there, pushed, seen) if sends else [], choices)
    if edit is not None and edit.code == sis_edits.KEPT:
        judged, sends = replace(judged, findings=(*judged.findings, edit)), False
    work = ItemWork(judged, sends, tuple(lines), there, seats)
    moves = sends and compare.counts_otherwise(made, there)
    held = by.timing.held(judged, standing, sends=moves or bool(work.sends))
    if held is None and edit is not None and edit.code == sis_edits.EDITED:
        held = edit
    return _let_wait(work, held) if held else replace(work, judged=_noted(judged, by, standing))


def _let_wait(work: ItemWork, why: Finding) -> ItemWork:
    """An item of which nothing is sent yet; what waits for a person stays on the page."""
    judged = replace(work.judged, assignment=None, findings=(*work.judged.findings, why))
    lines = tuple(each for each in work.lines if each.action != ScoreAction.SEND)
    return replace(work, judged=judged, send_assignment=False, lines=lines)


def _for_audience(judged: Judged, by: _By, cells: Cells) -> Judged:
    """Stopped where it is not for everyone, and the SIS would count zero for the others."""
    made = judged.assignment
    if made is None:
        return judged
    others = by.students.unassigned(judged.item) & cells.blank(by.students.students)
    counts = by.timing.zero_on(made, made.due + timedelta(days=1))
    why = audience.cannot_leave_out(made, by.marking, others, counts)
    return replace(judged, assignment=None, findings=(*judged.findings, why)) if why else judged


def _noted(judged: Judged, by: _By, standing: Standing) -> Judged:
    """With what the SIS makes of it as it is."""
    return replace(judged, findings=(*judged.findings, *by.timing.notes(judged, standing)))


def _unreadable(there: Assignment) -> Finding:
    why = because(FindingCode.ITEM_UNREADABLE_IN_SIS, words=there.unreadable)
    return Finding("sis_unreadable", Level.STOP, why)


def _where_it_is(judged: Judged, there: Assignment | None, both: Both, once: date | None) -> Judged:
    """Work without a due date or a grading period of its own stays on the day that the SIS has it on: the
    period under way is another one next quarter. So does work that was moved off a day without class, also
    when that day is believed no more."""
    item, wanted = judged.item, judged.assignment
    if wanted is None or there is None:
        return judged
    own = any(item.period_id and each.grading_period_id == item.period_id for each in both.sis.periods)
    if there.due == once or (item.due is None and not own):
        return replace(judged, assignment=replace(wanted, due=there.due))
    return judged


def _as_once_chosen(judged: Judged, rules: SectionRules) -> date | None:
    """The day that would be used if every refusal of a day were believed for good."""
    calendar = replace(rules.calendar, closed=rules.calendar.closed | rules.ever_closed)
    chosen = dates.choose(due_day(judged.item, rules), judged.item.period_id, calendar)
    return chosen.day if chosen else None


def _memories(book: Book, item_id: str) -> dict[str, Memory]:
    return {student: memory_of(score) for student, score in book.scores_of(item_id).items() if score.known}


def memory_of(row: ScoreState) -> Memory:
    """What we know of an earlier push of a score."""
    return Memory(
        row.pushed,
        row.seen,
        row.agreed,
        row.kept,
        row.unchecked,
        agreed_for=row.agreed_for,
        seat=row.seat,
    )


def _grades_by_item(both: Both) -> dict[str, list[Grade]]:
    """Only grades of those who are in the course now."""
    seats = {each.enrollment_id for each in both.schoology.seats}
    found: dict[str, list[Grade]] = {}
    for grade in both.schoology.grades.grades:
        if grade.enrollment_id in seats:
            found.setdefault(grade.item_id, []).append(grade)
    return found


def _strangers(both: Both) -> dict[str, tuple[str, Reason]]:
    found = {}
    accounts = Counter(both.schoology.students.get(each.enrollment_id, "") for each in both.schoology.seats)
    for seat in both.schoology.seats:
        student = both.schoology.students.get(seat.enrollment_id, "")
        if student not in both.sis.roster:
            found[seat.enrollment_id] = (seat.name, stranger(student))
        elif accounts[student] > 1:
            found[seat.enrollment_id] = (seat.name, because(Code.SECOND_ACCOUNT))
    return found


def has_of(both: Both, item_id: str) -> dict[str, SisScore]:
    """Student → score that the SIS has of an item."""
    there = both.sis.assignment_of(item_id)
    scores = both.sis.scores.get((there.session, there.number), ()) if there else ()
    return {each.student_id: each for each in scores}
