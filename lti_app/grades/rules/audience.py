"""Who an item is for: who was not assigned to it, and who joined after it was due. Pure.

Where the SIS counts a blank cell as zero, such students need a mark that leaves the work out.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date

from lti_app.grades.rules.findings import Finding, Level
from lti_app.grades.rules.marks import Marking, excluding
from lti_app.school.finding_codes import FindingCode
from lti_app.school.gradebook import Assignment, GradedItem, SisScore
from lti_app.school.reasons import because

NOT_FOR_ALL = "assignees"


@dataclass(frozen=True)
class Class:
    """The students of a section who can get scores. `seats`: enrollment id → SIS id; `joined`: SIS id → the
    day from which the SIS has the student; `excused`: those who are excused from work that was due before."""

    seats: Mapping[str, str]
    joined: Mapping[str, date] = field(default_factory=dict)
    excused: Collection[str] = ()

    @property
    def students(self) -> frozenset[str]:
        """Everyone by SIS id."""
        return frozenset(self.seats.values())

    def unassigned(self, item: GradedItem) -> frozenset[str]:
        """Those an item is not for; someone who has two accounts is assigned by either."""
        if item.assignees is None:
            return frozenset()
        return self.students - {self.seats[each] for each in item.assignees if each in self.seats}

    def late_for(self, due: date) -> frozenset[str]:
        """Those who joined after a day."""
        return frozenset(each for each in self.students if self.joined.get(each, date.min) > due)

    def left_out(self, item: GradedItem, due: date) -> frozenset[str]:
        """Those whose blank cell gets the mark that leaves the work out."""
        return self.unassigned(item) | (self.late_for(due) & frozenset(self.excused))


def mark(student_id: str, by: Marking, has: SisScore, *, ours: str, is_blank: bool) -> SisScore | None:
    """The mark that leaves work out, for a student whose cell in Schoology is blank; None where there is no
    such mark, or where the SIS has a value that did not come from here: the mark would hide it.

    `ours`: the mark of before as the SIS has it; `is_blank`: the SIS has nothing.
    """
    made = excluding(student_id, by)
    if made is None or not (is_blank or (ours and (has.mark, has.flag) == (made.mark, made.flag))):
        return None
    return made


def cannot_leave_out(
    made: Assignment, by: Marking, students: Collection[str], counts_zero: bool
) -> Finding | None:
    """Why an item that is not for everyone cannot go: the SIS would count zero for the others."""
    if not students or not counts_zero or made.weight == 0 or excluding("", by) is not None:
        return None
    return Finding(
        NOT_FOR_ALL,
        Level.STOP,
        because(FindingCode.ITEM_NOT_FOR_ALL, count=len(students), product=by.sis.product),
        students=tuple(sorted(students)),
    )
