"""When deletes, clears, replaced scores and moved due dates are too many to be believed. Pure.

One or two items, and up to four scores, never trip it: a teacher who deletes the only item of a course means
it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from lti_app.school.finding_codes import BrakeCode
from lti_app.school.reasons import NO_REASON, Reason, because, several

WINDOW = 600
"""Seconds that count together."""
SHARE = 0.5
MOST_ITEMS = 20
FEW_ITEMS, FEW_SCORES = 2, 4


class Why(NamedTuple):
    """Why deletes have to wait, scores, and due dates; no reason where they need not."""

    deletes: Reason = NO_REASON
    scores: Reason = NO_REASON
    due: Reason = NO_REASON


@dataclass(frozen=True)
class Load:
    """How many are about to go, how many went in the window, and how many the SIS has right now. `back`: how
    many of those that went were put back, and are there again."""

    now: int
    lately: int
    there: int
    back: int = 0

    @property
    def together(self) -> int:
        """What goes within the window."""
        return self.now + self.lately

    def is_too_much(self, few: int) -> bool:
        """Whether that is more than half of what there was."""
        there_was = self.there + self.lately - self.back
        return bool(self.now) and self.together > few and self.together > SHARE * there_was

    def reason(self, code: BrakeCode) -> Reason:
        """What is about to happen, out of what the SIS has; then what happened shortly before."""
        went = self.lately - self.back
        lately = because(BrakeCode.BRAKE_LATELY, count=went) if went > 0 else NO_REASON
        return several(because(code, now=self.now, there=self.there), lately)


NOTHING = Load(0, 0, 0)


def judge(items: Load, scores: Load, items_everywhere: int, *, replaces: int = 0, due: Load = NOTHING) -> Why:
    """What has to wait. `scores`: clears and replaced values, of which `replaces` now are the latter.

    `items_everywhere`: what was deleted in all sections of the installation within the window. `due`: due
    dates that would move because the Acting User's time zone changed.
    """
    deletes = NO_REASON
    if items.is_too_much(FEW_ITEMS):
        deletes = items.reason(BrakeCode.BRAKE_DELETES)
    elif items.now and items.now + items_everywhere > MOST_ITEMS:
        deletes = because(BrakeCode.BRAKE_DELETES_EVERYWHERE, most=MOST_ITEMS)
    return Why(
        deletes,
        scores.reason(_losses(scores.now, replaces)) if scores.is_too_much(FEW_SCORES) else NO_REASON,
        due.reason(BrakeCode.BRAKE_DUE_DATES) if due.is_too_much(FEW_ITEMS) else NO_REASON,
    )


def _losses(now: int, replaces: int) -> BrakeCode:
    if not replaces:
        return BrakeCode.BRAKE_CLEARS
    return BrakeCode.BRAKE_REPLACES if replaces == now else BrakeCode.BRAKE_CLEARS_AND_REPLACES
