"""When an item may go to the SIS, by what the SIS would make of it that day. Pure.

The SIS counts work without a score as zero from the day after it was due, unless the category leaves missing
work out; and what lands in a term that is over changes a report card.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from lti_app.grades.rules import shown
from lti_app.grades.rules.dates import SATURDAY, Calendar
from lti_app.grades.rules.findings import Finding, Level
from lti_app.grades.rules.preflight import COUNTS_FROM, Judged
from lti_app.school.finding_codes import FindingCode
from lti_app.school.grade_policy import Ungraded
from lti_app.school.gradebook import Assignment, GradebookSettings
from lti_app.school.reasons import because
from lti_app.school.scores import in_period, sis_cell

SOON = timedelta(days=7)
"""So long before its due date work without a score is named."""
WAITS_FOR_SCORE, WAITS_FOR_YES = "waits_for_score", "period_over"
DUE_SOON, COUNTS_ZERO = "due_soon", "counts_zero"


@dataclass(frozen=True)
class Choices:
    """What a teacher decided about an item, and the day that was set once for work without a due date.

    As the database holds it: {"send_now": true, "period": code, "due": day, "ours": digest, "theirs":
    digest}.
    """

    send_now: bool = False
    """Send it although no student has a score."""
    period: str = ""
    """The term that is over and may be changed by this item."""
    due: date | None = None
    ours: str = ""
    """Of what a person changed in the SIS and Schoology's may replace."""
    theirs: str = ""
    """Of what a person changed in the SIS and the SIS keeps."""

    @classmethod
    def load(cls, kept: Mapping[str, Any]) -> Choices:
        """What the database holds."""
        due = kept.get("due", "")
        day = date.fromisoformat(due) if due else None
        texts = {name: str(kept.get(name, "")) for name in ("period", "ours", "theirs")}
        return cls(bool(kept.get("send_now")), due=day, **texts)

    def dump(self) -> dict[str, Any]:
        """What the database should hold."""
        kept = {**vars(self), "due": self.due and self.due.isoformat()}
        return {name: value for name, value in kept.items() if value}


@dataclass(frozen=True)
class Standing:
    """What is known of one item on both sides. `scored`: SIS ids of students who have something that counts;
    `blank`: of those the item is for who have nothing."""

    there: Assignment | None
    scored: frozenset[str] = frozenset()
    blank: frozenset[str] = frozenset()
    choices: Choices = field(default_factory=Choices)


@dataclass(frozen=True)
class Timing:
    """What all items of a section are timed by."""

    settings: GradebookSettings
    session: int
    calendar: Calendar
    ungraded: Ungraded = Ungraded.WAIT
    school_days: int = 5
    """So many school days after its first score work without a due date begins to count."""

    def zero_on(self, assignment: Assignment, day: date) -> bool:
        """Whether the SIS counts a blank cell as zero on a day."""
        period = self.calendar.period_of(assignment.due)
        settings = in_period(self.settings, self.session, period.code if period else "")
        return assignment.points > 0 and sis_cell(assignment, None, settings, day) is not None

    def dated(self, judged: Judged, standing: Standing) -> Judged:
        """Work without a due date: the last day of the current period while no student has a score, and a day
        set once as soon as a student has one."""
        wanted, there, once = judged.assignment, standing.there, standing.choices.due
        today = self.calendar.period_of(self.calendar.today)
        if judged.item.due is not None or judged.unreadable_due or wanted is None:
            return judged
        place = self.calendar.period_of(wanted.due)
        if once is not None and self.calendar.period_of(once) == place:
            return self._from(replace(wanted, due=there.due if there else once), judged, standing)
        if not standing.scored or today is None or place != today:
            return judged
        day = self._begins(today.end)
        if there is not None and there.due <= day:
            return judged
        return replace(self._from(replace(wanted, due=day), judged, standing), sets_due=True)

    def _from(self, made: Assignment, judged: Judged, standing: Standing) -> Judged:
        """With the day that was set once, and until then whose averages it moves."""
        said = (self._counts_from(made, standing),) if made.due > self.calendar.today else ()
        return replace(judged, assignment=made, findings=(*judged.findings, *said))

    def held(self, judged: Judged, standing: Standing, *, sends: bool) -> Finding | None:
        """Why an item of which something would be sent waits; None where it may go."""
        wanted, there = judged.assignment, standing.there
        if wanted is None or not sends:
            return None
        if self._waits_for_score(wanted, standing):
            return Finding(
                WAITS_FOR_SCORE,
                Level.WAIT,
                because(FindingCode.ITEM_WAITS_FOR_SCORE, day=wanted.due, count=len(standing.blank)),
                students=tuple(sorted(standing.blank)),
                about=shown.digest([wanted.due.isoformat(), sorted(standing.blank)]),
            )
        days = [wanted.due] if there is None or there.due == wanted.due else [wanted.due, there.due]
        over = [period for day in days if (period := self.calendar.period_of(day))]
        for period in over:
            if period.end < self.calendar.today and period.code != standing.choices.period:
                return Finding(
                    WAITS_FOR_YES,
                    Level.WAIT,
                    because(FindingCode.ITEM_WAITS_FOR_YES, period=period.name, day=period.end),
                    about=period.code,
                    named=period.name,
                )
        return None

    def notes(self, judged: Judged, standing: Standing) -> Iterator[Finding]:
        """What the SIS is going to make of work without any score; it is never removed for that."""
        made, today = judged.assignment or standing.there, self.calendar.today
        if made is None or standing.scored or (judged.assignment is None and standing.there is None):
            return
        count = len(standing.blank)
        if standing.there and self.zero_on(standing.there, today):
            yield Finding(
                COUNTS_ZERO,
                Level.CHANGE,
                because(FindingCode.ITEM_COUNTS_ZERO, day=standing.there.due, count=count),
            )
        elif today <= made.due <= today + SOON and self.zero_on(made, made.due + timedelta(days=1)):
            yield Finding(
                DUE_SOON,
                Level.NOTE,
                because(FindingCode.ITEM_DUE_SOON, day=made.due, count=count),
            )

    def _waits_for_score(self, wanted: Assignment, standing: Standing) -> bool:
        there, today = standing.there, self.calendar.today
        if self.ungraded is not Ungraded.WAIT or standing.choices.send_now or standing.scored:
            return False
        already = there is not None and self.zero_on(there, today)
        return self.zero_on(wanted, today) and not already and bool(standing.blank)

    def _begins(self, last: date) -> date:
        """The day some school days ahead, inside the period under way."""
        day, left = self.calendar.today, self.school_days
        while left and day < last:
            day += timedelta(days=1)
            left -= day.weekday() < SATURDAY and day not in self.calendar.closed
        while not self.calendar.meets(day) and day > self.calendar.today:
            day -= timedelta(days=1)
        return day

    def _counts_from(self, made: Assignment, standing: Standing) -> Finding:
        after = self.zero_on(made, made.due + timedelta(days=1))
        moved = standing.scored | (standing.blank if after else frozenset())
        why = because(FindingCode.ITEM_COUNTS_FROM, day=made.due, count=len(moved))
        if after and standing.blank:
            why = because(
                FindingCode.ITEM_COUNTS_FROM_WITH_ZEROS,
                day=made.due,
                count=len(moved),
                blank=len(standing.blank),
            )
        return Finding(COUNTS_FROM, Level.CHANGE, why, students=tuple(sorted(moved)))
