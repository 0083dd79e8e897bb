"""What is to be done for one item and for a section. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lti_app.grades.rules.compare import ScoreAction, ScoreLine
from lti_app.grades.rules.preflight import Judged
from lti_app.school.gradebook import Assignment


@dataclass(frozen=True)
class ItemWork:
    """One item: its judgement, whether its assignment has to be sent, and its scores that need anything."""

    judged: Judged
    send_assignment: bool
    lines: tuple[ScoreLine, ...]
    there: Assignment | None
    seats: Mapping[str, str] = field(default_factory=dict)
    """Student → enrollment whose cell is filled in Schoology."""

    @property
    def item_id(self) -> str:
        """The Schoology item."""
        return self.judged.item.id

    @property
    def sends(self) -> list[ScoreLine]:
        """The scores to send."""
        return [each for each in self.lines if each.action == ScoreAction.SEND]

    @property
    def conflicts(self) -> list[ScoreLine]:
        """The scores that wait for the teacher."""
        return [each for each in self.lines if each.action == ScoreAction.CONFLICT]

    @property
    def losses(self) -> list[ScoreLine]:
        """The scores to send that take something from the SIS."""
        return [each for each in self.sends if each.loss]

    @property
    def pending(self) -> int:
        """How many things wait to be sent; a conflict that waits for a person counts too."""
        waiting = sum(1 for each in self.lines if each.action in (ScoreAction.SEND, ScoreAction.CONFLICT))
        return waiting + self.send_assignment if self.judged.assignment else 0

    @property
    def moves_due(self) -> bool:
        """Whether sending it gives an assignment of the SIS another due date."""
        wanted, there = self.judged.assignment, self.there
        return self.send_assignment and wanted is not None and there is not None and wanted.due != there.due
