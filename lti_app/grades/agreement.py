"""Whether both gradebooks of a section agree: compared after every reading, and kept for the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from lti_app.grades.context import GradeContext
from lti_app.grades.parity.compare import compare
from lti_app.grades.parity.values import (
    Action,
    Difference,
    Finding,
    Matching,
    Parity,
    Period,
    SchoologyBook,
    SisBook,
    Student,
)
from lti_app.grades.read import Both, SchoologySide
from lti_app.grades.rows import category_map, conflicts
from lti_app.grades.rows import live as rows_live
from lti_app.grades.rows.items import BLOCKED, CONFLICT, Book
from lti_app.grades.rules import dates, marks, sis_edits
from lti_app.grades.rules.findings import stopped
from lti_app.grades.rules.held import Held
from lti_app.models import SectionSettings
from lti_app.school import gradebook_json
from lti_app.school.average_codes import Assumed, Cause
from lti_app.school.grade_policy import Handling
from lti_app.school.gradebook import GradedItem, SchoologyGrades, ScoreException
from lti_app.school.reasons import Reason


def note(context: GradeContext, row: SectionSettings, both: Both, book: Book) -> None:
    """Compare every average of both sides, and keep the result; in the caller's transaction.

    Nothing is compared with an SIS that does not tell its averages.
    """
    if not context.capabilities.averages:
        row.agreement = {}
        return
    row.agreement = gradebook_json.to_json(compare(*inputs(context, row, both, book)))


def inputs(
    context: GradeContext, row: SectionSettings, both: Both, book: Book
) -> tuple[SchoologyBook, SisBook, Matching]:
    """What a comparison takes: both gradebooks, and how they belong together."""
    here, there = both.schoology, both.sis
    place = (there.section.building, there.course_code)
    students = [
        Student(student if student in there.roster else "", seat.enrollment_id, seat.name)
        for seat in here.seats
        for student in (here.students.get(seat.enrollment_id, ""),)
    ]
    matching = Matching(
        students=tuple(sorted(students, key=lambda each: (each.name.casefold(), each.enrollment_id))),
        periods=tuple(
            Period(each.code, each.name, each.start, each.end, each.grading_period_id)
            for each in there.periods
        ),
        category_map=category_map.mapped(context.session, row, here.categories, place),
        today=context.today,
        opted_out=frozenset(item_id for item_id, state in book.items.items() if state.opted_out),
        decided=frozenset(
            (item_id, each.student_id)
            for item_id in book.items
            for each in book.scores_of(item_id).values()
            if conflicts.is_decided(each)
        ),
        waiting=_waiting(context, book),
        not_sent=frozenset(
            each for each in ScoreException if each and context.policy.rule(each).handling == Handling.SKIP
        ),
    )
    items = tuple(_on_local_day(each, context) for each in here.items)
    ours = SchoologyBook(here.categories, items, _in_points(here))
    return ours, sis_book(both), matching


def sis_book(both: Both) -> SisBook:
    """The SIS's gradebook as a comparison takes it."""
    there = both.sis
    return SisBook(there.settings, there.assignments, there.scores, there.averages, there.session)


def _waiting(context: GradeContext, book: Book) -> frozenset[tuple[str, str]]:
    """What a sync doesn't send by itself: conflicts, what can't be sent, what is on hold or stopped."""
    held = Held.load(rows_live.live_section(context.district, context.section_id).held)
    items = {
        (item_id, "")
        for item_id, state in book.items.items()
        if state.held
        or stopped(state.shown)
        or _says(state.shown, sis_edits.KEPT)
        or item_id in {each.item for each in held.due}
    }
    scores = {
        (item_id, each.student_id)
        for item_id in book.items
        for each in book.scores_of(item_id).values()
        if each.status in (CONFLICT, BLOCKED)
    }
    return frozenset(items | scores | {(each.item, each.student) for each in held.clear})


def _says(shown: Mapping[str, Any], code: str) -> bool:
    """Whether preflight says this of an item."""
    return any(each["code"] == code for each in shown.get("findings", []))


def _on_local_day(item: GradedItem, context: GradeContext) -> GradedItem:
    """An item whose due moment is one of its day in the district, as a sync takes it."""
    if item.due is None:
        return item
    day = dates.local_day(item.due, context.account_zone, context.zone)
    return replace(item, due=datetime.combine(day, item.due.time()))


def _in_points(side: SchoologySide) -> SchoologyGrades:
    """The grades with points instead of letters."""
    items = {each.id: each for each in side.items}
    grades = [
        replace(each, score=marks.points(each, items[each.item_id], side.scales))
        if each.letter and each.item_id in items
        else each
        for each in side.grades.grades
    ]
    return replace(side.grades, grades=tuple(grades))


def from_json(kept: Mapping[str, Any]) -> Parity | None:
    """A comparison from what the database holds; None while nothing was compared."""
    if not kept:
        return None
    return Parity(
        compared=kept["compared"],
        differences=tuple(_difference(each) for each in kept["differences"]),
        assumed=tuple(Assumed(each) for each in kept["assumed"]),
        unweighted_seen=kept["unweighted_seen"],
    )


def _difference(kept: Mapping[str, Any]) -> Difference:
    days = {name: date.fromisoformat(kept["period"][name]) for name in ("start", "end")}
    values = {
        "student": Student(**kept["student"]),
        "period": Period(**{**kept["period"], **days}),
        "schoology": gradebook_json.decimal(kept["schoology"]),
        "sis": gradebook_json.decimal(kept["sis"]),
        "findings": tuple(_finding(each) for each in kept["findings"]),
    }
    return Difference(**{**kept, **values})


def _finding(kept: Mapping[str, Any]) -> Finding:
    values = {
        "reason": Cause(kept["reason"]),
        "about": tuple(kept["about"]),
        "why": Reason.from_json(kept["why"]),
        "fix": Reason.from_json(kept["fix"]),
        "assumed": Assumed(kept["assumed"]) if kept["assumed"] else None,
        "action": Action(kept.get("action", "")),
        "items": tuple(kept.get("items", ())),
    }
    return Finding(**{**kept, **values})
