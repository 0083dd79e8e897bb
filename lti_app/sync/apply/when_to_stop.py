"""How far a run is, kept beside the rows: counting them after every batch would grow with the square."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, select

from lti_app.models import Change, ChangeState, Run
from lti_app.sync.context import RunContext

FAILURES = "failures"
"""The brake that holds what is left of a run when Schoology refuses most of it."""
MANY_FAILURES = 100
"""From so many refused lines on, a run of which most lines are refused stops."""


@dataclass
class Tally:
    """Lines by state, and the number of the last batch."""

    planned: int
    done: int
    failed: int
    batch: int
    approved: tuple[int, int] = (0, 0)
    """Done and failed lines when someone last approved to go on in spite of the refused ones."""

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
        run_row = context.session.get_one(Run, context.run_id)
        return cls(planned, done, failed, batch, approved=_approved(run_row))

    @property
    def total(self) -> int:
        """What there is to send, and what was."""
        return self.planned + self.done

    @property
    def too_many_failures(self) -> bool:
        """Whether Schoology refuses most of what it gets."""
        done, failed = (now - then for now, then in zip((self.done, self.failed), self.approved, strict=True))
        return failed >= MANY_FAILURES and failed > done

    def count(self, changes: Iterable[Change]) -> None:
        """Take in what became of changes that were planned."""
        states = Counter(each.state for each in changes)
        self.planned -= states.total() - states[ChangeState.PLANNED]
        self.done += states[ChangeState.DONE]
        self.failed += states[ChangeState.FAILED]


def _approved(run: Run) -> tuple[int, int]:
    """As the newest trip of this brake tells: a plan that goes on after one was approved."""
    trips = [each for each in run.counts.get("trips", []) if each["brake"] == FAILURES]
    if not trips:
        return 0, 0
    return trips[-1]["of"] - trips[-1]["number"], trips[-1]["number"]


PATIENCE = 4
"""So many rounds in a row Schoology gives no answer at all before the run pauses."""
MOSTLY = 10
"""So many rounds in a row it answers half of the requests or fewer."""


class Breaker:
    """Counts rounds: the requests until some of them are not answered, and the pause after that."""

    def __init__(self) -> None:
        self.in_a_row = 0
        """Rounds without any answer."""
        self._bad = 0

    def note(self, answered: int, unanswered: int) -> None:
        """Take in how many requests of a round were answered, and how many were not."""
        self.in_a_row = 0 if answered else self.in_a_row + 1
        self._bad = 0 if answered > unanswered else self._bad + 1

    @property
    def is_open(self) -> bool:
        """Whether to leave Schoology alone for a while."""
        return self.in_a_row >= PATIENCE or self._bad >= MOSTLY
