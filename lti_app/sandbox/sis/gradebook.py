"""The sandbox's gradebook: assignments, scores and averages of every section, kept in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from lti_app.sandbox.district.records import District, Section, Session, Term
from lti_app.sandbox.sis.averages import Work, average
from lti_app.sandbox.sis.rules import Assignment, Place, Score, raise_if_closed, read_assignment, read_score
from lti_app.sandbox.sis.settings import Settings, settings_of
from lti_app.sandbox.sis.wire import Refusal


class Gradebook:
    """Writes raise Refusal with a code of the wire when a rule is broken."""

    def __init__(self, district: District, today: Callable[[], date]) -> None:
        self.district = district
        self._today = today
        self._assignments: dict[int, dict[tuple[int, str], Assignment]] = {}
        self._scores: dict[tuple[int, int, int], dict[str, Score]] = {}
        self._next_number: dict[int, int] = {}
        self.locked: set[tuple[int, str]] = set()

    def section(self, key: int) -> Section:
        """A section by its key."""
        section = self.district.sections.get(key)
        if section is None:
            raise Refusal("SECTION_UNKNOWN", f"There is no section {key}.")
        return section

    def settings(self, key: int) -> Settings:
        """How the section's gradebook counts."""
        return settings_of(self.section(key))

    def put_assignment(
        self, key: int, session: int, schoology_id: str, body: Mapping[str, Any]
    ) -> tuple[Assignment, bool]:
        """Create or change the assignment of a Schoology item; tells whether it is new."""
        place = self._place(key, session)
        present = self._assignments.get(key, {}).get((session, schoology_id))
        number = present.number if present else self.next_number(key)
        assignment = read_assignment(place, number, schoology_id, body)
        self.keep_assignment(assignment)
        return assignment, present is None

    def delete_assignment(self, key: int, session: int, schoology_id: str) -> None:
        """Remove an assignment with its scores."""
        assignment = self._find(key, session, schoology_id)
        del self._assignments[key][session, schoology_id]
        self._scores.pop((key, session, assignment.number), None)

    def put_score(self, key: int, session: int, schoology_id: str, entry: Mapping[str, Any]) -> Score:
        """Set, change or clear one student's score."""
        assignment = self._find(key, session, schoology_id)
        raise_if_closed(self._place(key, session), assignment.due_date)
        student_id = str(entry.get("STUDENT_ID") or "").strip()
        if student_id not in self.students(key):
            raise Refusal("STUDENT_NOT_IN_SECTION", f"Student {student_id} is not in the section today.")
        score = read_score(self.settings(key), assignment, entry)
        self.keep_score(assignment, score)
        return score

    def next_number(self, key: int) -> int:
        """The number of the next assignment of a section."""
        return self._next_number.get(key, 0) + 1

    def keep_assignment(self, row: Assignment) -> None:
        """Keep an assignment that was checked elsewhere; one with its key is replaced."""
        self._assignments.setdefault(row.section_key, {})[row.session, row.schoology_id] = row
        self._next_number[row.section_key] = max(row.number, self._next_number.get(row.section_key, 0))

    def keep_score(self, row: Assignment, score: Score) -> None:
        """Keep a score that was checked elsewhere; an empty one is cleared."""
        kept = self._scores.setdefault((row.section_key, row.session, row.number), {})
        if score.score is None and not score.mark and not score.comment:
            kept.pop(score.student_id, None)
        else:
            kept[score.student_id] = score

    def every_assignment(self) -> list[Assignment]:
        """The assignments of all sections."""
        return [row for rows in self._assignments.values() for row in rows.values()]

    def assignments(self, key: int) -> list[Assignment]:
        """Every assignment of a section, in the order of its number."""
        self.section(key)
        return sorted(self._assignments.get(key, {}).values(), key=lambda row: row.number)

    def scores(self, key: int) -> list[tuple[Assignment, Score]]:
        """Every score of a section."""
        return [
            (assignment, score)
            for assignment in self.assignments(key)
            for score in self._scores.get((key, assignment.session, assignment.number), {}).values()
        ]

    def students(self, key: int) -> list[str]:
        """The students who belong to a section today."""
        self.section(key)
        today = self._today()
        rows = self.district.enrollments.get(key, [])
        return list(dict.fromkeys(row.student_id for row in rows if row.open_on(today)))

    def averages(self, key: int) -> list[tuple[str, str, Decimal | None]]:
        """Student, marking period and average, for every dated period of the sessions that receive marks."""
        section = self.section(key)
        terms = [
            (session, term)
            for session in section.sessions
            if session.receive_mark
            for term in self.district.terms_of(section, session)
        ]
        return [
            (student, term.marking_period, self._average(key, student, session, term))
            for student in self.students(key)
            for session, term in terms
        ]

    def lock(self, building: int, marking_period: str) -> None:
        """Close a marking period of a building: its dates are refused from now on."""
        self.locked.add((building, marking_period))

    def _average(self, key: int, student: str, session: Session, term: Term) -> Decimal | None:
        settings = self.settings(key)
        work = []
        for row in self.assignments(key):
            if row.session != session.number or not term.start <= row.due_date <= term.end:
                continue
            score = self._scores.get((key, row.session, row.number), {}).get(student)
            value = score.score if score else None
            mark = settings.mark(score.mark) if score else None
            work.append(Work(row.category, row.points, row.weight, row.due_date, value, mark))
        own = settings.in_period(session.number, term.marking_period)
        return average(
            work, own, self._today(), by_weight=not settings.use_total_points, cut_off=settings.cut_off
        )

    def _place(self, key: int, number: int) -> Place:
        section = self.section(key)
        session = section.session(number)
        if session is None:
            raise Refusal("SECTION_UNKNOWN", f"Section {key} has no session {number}.")
        return Place(self.district, section, session, self.settings(key), frozenset(self.locked))

    def _find(self, key: int, session: int, schoology_id: str) -> Assignment:
        self._place(key, session)
        assignment = self._assignments.get(key, {}).get((session, schoology_id))
        if assignment is None:
            raise Refusal("ASSIGNMENT_UNKNOWN", f"The session has no assignment for item {schoology_id}.")
        return assignment
