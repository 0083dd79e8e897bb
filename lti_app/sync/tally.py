"""How far a run is, kept beside the rows: counting them after every batch would grow with the square."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, select

from lti_app.models import Change, ChangeState
from lti_app.sync.context import RunContext

MANY_FAILURES = 100
"""From so many refused lines on, a run of which most lines are refused stops."""


@dataclass
class Tally:
    """Lines by state, and the number of the last batch."""

    planned: int
    done: int
    failed: int
    batch: int

    @classmethod
    def of(cls, context: RunContext) -> Tally:
        """Counted from the rows, once."""
        run = Change.run_id == context.run_id
        counts: dict[str, int] = {
            state: number
            for state, number in context.session.execute(
                select(Change.state, func.count()).where(run).group_by(Change.state)
            )
        }
        batch = context.session.scalar(select(func.max(Change.batch)).where(run)) or 0
        planned, done, failed = (
            counts.get(each, 0) for each in (ChangeState.PLANNED, ChangeState.DONE, ChangeState.FAILED)
        )
        return cls(planned, done, failed, batch)

    @property
    def total(self) -> int:
        """What there is to send, and what was."""
        return self.planned + self.done

    @property
    def too_many_failures(self) -> bool:
        """Whether Schoology refuses most of what it gets."""
        return self.failed >= MANY_FAILURES and self.failed > self.done

    def count(self, changes: Iterable[Change]) -> None:
        """Take in what became of changes that were planned."""
        states = Counter(each.state for each in changes)
        self.planned -= states.total() - states[ChangeState.PLANNED]
        self.done += states[ChangeState.DONE]
        self.failed += states[ChangeState.FAILED]
