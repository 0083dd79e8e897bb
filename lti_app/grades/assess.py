"""What is to be done for a section: every item judged and compared. Reads rows, writes none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from lti_app.grades.context import GradeContext
from lti_app.grades.read import Both
from lti_app.grades.rows import category_map
from lti_app.grades.rows.items import Book
from lti_app.grades.rules import compare, dates, marks
from lti_app.grades.rules.compare import Memory, ScoreAction, ScoreLine
from lti_app.grades.rules.dates import Calendar
from lti_app.grades.rules.marks import Marking, Wanted
from lti_app.grades.rules.preflight import Finding, Judged, Level, SectionRules, due_day, judge
from lti_app.models import SectionSettings
from lti_app.school.gradebook import Assignment, Grade, ScoreException, SisScore

BELIEVED = timedelta(days=30)
"""So long a day is taken for one without class after the SIS refused it."""
NOT_KNOWN = (
    "The app does not know this person as a student of the SIS: maybe they were added to the course by hand."
)
NOT_IN_SECTION = (
    "This student is not in the SIS section today. If they should be, ask the school office; if they left, "
    "nothing has to be done."
)


@dataclass(frozen=True)
class ItemWork:
    """One item: its judgement, whether its assignment has to be sent, and its scores that need anything."""

    judged: Judged
    send_assignment: bool
    lines: tuple[ScoreLine, ...]
    there: Assignment | None

    @property
    def item_id(self) -> str:
        """The Schoology item."""
        return self.judged.item.id

    @property
    def sends(self) -> list[ScoreLine]:
        """The scores to send."""
        return [each for each in self.lines if each.action == ScoreAction.SEND]

    @property
    def pending(self) -> int:
        """How many things wait to be sent; a conflict that waits for a person counts too."""
        waiting = sum(1 for each in self.lines if each.action in (ScoreAction.SEND, ScoreAction.CONFLICT))
        return waiting + self.send_assignment if self.judged.assignment else 0


@dataclass(frozen=True)
class SectionWork:
    """All items in Schoology's order, what Schoology does not list any more, and who cannot get scores."""

    items: tuple[ItemWork, ...]
    gone: tuple[Assignment, ...]
    strangers: Mapping[str, tuple[str, str]]
    """Enrollment id → name and reason."""


def assess(context: GradeContext, row: SectionSettings, both: Both, book: Book) -> SectionWork:
    """Judge and compare everything."""
    rules = section_rules(context, row, both)
    strangers = _strangers(both)
    by_item = _grades_by_item(both)
    made = []
    for judged in judge(both.schoology.items, rules):
        grades = by_item.get(judged.item.id, ())
        made.append(_item(context, both, book, judged, rules=rules, grades=grades))
    gone = compare.gone(both.sis.assignments, [each.id for each in both.schoology.items], both.sis.session)
    return SectionWork(tuple(made), tuple(gone), strangers)


def section_rules(context: GradeContext, row: SectionSettings, both: Both) -> SectionRules:
    """What items are judged by."""
    section, categories = both.sis.section, both.schoology.categories
    place = (section.building, both.sis.course_code)
    return SectionRules(
        settings=both.sis.settings,
        session=both.sis.session,
        categories={each.id: each for each in categories},
        mapped=category_map.mapped(context.session, row, categories, place),
        calendar=Calendar(both.sis.periods, context.today, closed_days(row, context.today)),
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
    rules: SectionRules,
    grades: Iterable[Grade],
) -> ItemWork:
    there = both.sis.assignment_of(judged.item.id)
    judged = _where_it_is(judged, there, both, _as_once_chosen(judged, rules))
    if there is not None and there.unreadable:
        judged = replace(judged, assignment=None, findings=(*judged.findings, _unreadable(there)))
    if judged.assignment is None:
        return ItemWork(judged, False, (), there)
    state = book.items.get(judged.item.id)
    scores = both.sis.scores.get((there.session, there.number), ()) if there else ()
    lines = compare.score_lines(
        judged.item.id,
        _wanted(context, both, judged, grades),
        {each.student_id: each for each in scores},
        _memories(book, judged.item.id) if there else {},
        comments=context.policy.comments,
        ask=context.policy.ask,
    )
    pushed, seen = (state.fingerprint, state.seen) if state else ("", "")
    return ItemWork(judged, compare.differs(judged.assignment, pushed, seen, there), tuple(lines), there)


def _unreadable(there: Assignment) -> Finding:
    words = f"What the SIS has of this item cannot be read. {there.unreadable}"
    return Finding("sis_unreadable", Level.STOP, words, "Then press Refresh.")


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


def _wanted(context: GradeContext, both: Both, judged: Judged, grades: Iterable[Grade]) -> list[Wanted]:
    by = Marking(context.policy, both.sis.settings, both.schoology.scales)
    found = []
    for grade in grades:
        student = both.schoology.students.get(grade.enrollment_id, "")
        if student in both.sis.roster:
            found.append(marks.wanted(student, grade, judged.item, by))
        elif _says_something(grade):
            who = student or f"enrollment {grade.enrollment_id}"
            found.append(Wanted(who, None, NOT_IN_SECTION if student else NOT_KNOWN))
    return found


def _says_something(grade: Grade) -> bool:
    return grade.score is not None or grade.exception != ScoreException.NONE or bool(grade.letter)


def _memories(book: Book, item_id: str) -> dict[str, Memory]:
    return {
        student: Memory(score.pushed, score.seen, score.agreed, score.kept, score.unchecked)
        for student, score in book.scores_of(item_id).items()
        if score.known
    }


def _grades_by_item(both: Both) -> dict[str, list[Grade]]:
    """Only grades of those who are in the course now."""
    seats = {each.enrollment_id for each in both.schoology.seats}
    found: dict[str, list[Grade]] = {}
    for grade in both.schoology.grades.grades:
        if grade.enrollment_id in seats:
            found.setdefault(grade.item_id, []).append(grade)
    return found


def _strangers(both: Both) -> dict[str, tuple[str, str]]:
    found = {}
    for seat in both.schoology.seats:
        student = both.schoology.students.get(seat.enrollment_id, "")
        if student not in both.sis.roster:
            found[seat.enrollment_id] = (seat.name, NOT_IN_SECTION if student else NOT_KNOWN)
    return found


def has_of(both: Both, item_id: str) -> dict[str, SisScore]:
    """Student → score that the SIS has of an item."""
    there = both.sis.assignment_of(item_id)
    scores = both.sis.scores.get((there.session, there.number), ()) if there else ()
    return {each.student_id: each for each in scores}
