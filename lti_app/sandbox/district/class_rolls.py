"""The class rolls while tomorrow is being made: who may be touched, who sits where, drop and add."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from lti_app.sandbox.district.records import District, Enrollment, Section, Student

_HARMLESS = frozenset(
    ("zero_filled_id", "guardian_of_several", "guardian_is_staff", "staff_in_several_buildings")
    + ("dropped", "returned", "ended", "modeled", "co_teacher", "two_sessions", "section_without_teacher")
)
"""Planted rows of these kinds reach Schoology like any other, so tomorrow may touch them."""


class Rolls:
    """Open enrollments by student, kept true while they are changed.

    A row that has not begun yet is moved along with the others, but it is in no list of changes.
    """

    def __init__(self, district: District) -> None:
        self.district = district
        self.today: date = district.as_of
        self.used: set[str] = {
            row_id for trap, ids in district.planted.items() if trap not in _HARMLESS for row_id in ids
        }
        self.added: list[str] = []
        self.dropped: list[str] = []
        self._open: dict[str, list[int]] = {}
        self._later: dict[str, list[int]] = {}
        for row in district.all_enrollments():
            if row.open_on(self.today):
                self._open.setdefault(row.student_id, []).append(row.section_key)
            elif row.status == "A" and not row.modeled and row.ranges[-1][0] > self.today:
                self._later.setdefault(row.student_id, []).append(row.section_key)

    def plain_students(self) -> list[Student]:
        """Students with no other planted change, in plain sections of one building only."""
        return [row for row in self.district.students.values() if self._is_plain(row)]

    def plain_sections(self) -> list[Section]:
        """Running sections with one session and a teacher that no change has touched."""
        changed = {int(key.partition("|")[0]) for key in (*self.added, *self.dropped)}
        running = {key for keys in self._open.values() for key in keys} - changed
        plain = (self.district.sections[key] for key in sorted(running) if self._is_plain_section(key))
        taught = (row for row in plain if row.sessions[0].primary_staff_id not in ("", "0"))
        return [row for row in taught if len(row.sessions) == 1]

    def sections_of(self, student_id: str) -> list[int]:
        """Keys of the sections to which a student belongs today."""
        return list(self._open.get(student_id, ()))

    def use(self, ids: Iterable[object]) -> None:
        """Keep other changes away from these students or sections."""
        self.used.update(str(row_id) for row_id in ids)

    def drop(self, student_id: str, key: int) -> str:
        """End a student's open enrollment yesterday."""
        row = next(row for row in self._rows(key, student_id) if row.open_on(self.today))
        first, _ = row.ranges[-1]
        last = max(first, self.today - timedelta(days=1))
        self._replace(row, row._replace(status="D", ranges=(*row.ranges[:-1], (first, last))))
        self._open[student_id].remove(key)
        self.dropped.append(row.key)
        return row.key

    def drop_all(self, student_id: str) -> list[str]:
        """End every open enrollment of a student, and those that have not begun."""
        for key in self._later.pop(student_id, ()):
            for row in self._rows(key, student_id):
                self._replace(row, row._replace(status="D"))
        return [self.drop(student_id, key) for key in self.sections_of(student_id)]

    def add(self, student_id: str, key: int) -> str:
        """Open an enrollment today, on the row that the student may have had in the section before."""
        self._put(student_id, key, self.today)
        self._open.setdefault(student_id, []).append(key)
        self.added.append(f"{key}|{student_id}")
        return self.added[-1]

    def follow(self, student_id: str, peer: str) -> list[str]:
        """Enroll a student in every section of another student."""
        for key in self._later.get(peer, ()):
            start = self._rows(key, peer)[0].ranges[-1][0]
            self._put(student_id, key, start)
            self._later.setdefault(student_id, []).append(key)
        return [self.add(student_id, key) for key in self.sections_of(peer)]

    def may_return(self) -> list[Enrollment]:
        """Dropped rows of plain students in running sections of their own building."""
        plain = {row.student_id: row.building for row in self.plain_students()}
        return [
            row
            for row in self.district.all_enrollments()
            if row.status == "D"
            and plain.get(row.student_id) == row.building
            and self._is_plain_section(row.section_key)
            and row.ranges[0][0] <= self.today
        ]

    def _is_plain(self, row: Student) -> bool:
        keys = self._open.get(row.student_id, ())
        if row.status != "A" or row.student_id in self.used or row.other_buildings or not row.email:
            return False
        return bool(keys) and all(self._is_plain_section(key) for key in keys)

    def _is_plain_section(self, key: int) -> bool:
        section = self.district.sections[key]
        course = f"{section.building}|{section.course}"
        return str(key) not in self.used and course not in self.used

    def _rows(self, key: int, student_id: str) -> list[Enrollment]:
        rows = self.district.enrollments[key]
        return [row for row in rows if row.student_id == student_id and not row.modeled]

    def _put(self, student_id: str, key: int, start: date) -> None:
        present = self._rows(key, student_id)
        if present:
            ranges = (*present[0].ranges, (start, None))
            self._replace(present[0], present[0]._replace(status="A", ranges=ranges))
            return
        building = self.district.sections[key].building
        row = Enrollment(student_id, key, building, False, "A", ((start, None),))
        self.district.enrollments[key].append(row)

    def _replace(self, old: Enrollment, new: Enrollment) -> None:
        rows = self.district.enrollments[old.section_key]
        rows[rows.index(old)] = new
