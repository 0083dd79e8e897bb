"""When deletes, clears, replaced scores and moved due dates are too many to be believed. Pure.

One or two items, and up to four scores, never trip it: a teacher who deletes the only item of a course means
it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

WINDOW = 600
"""Seconds that count together."""
SHARE = 0.5
MOST_ITEMS = 20
FEW_ITEMS, FEW_SCORES = 2, 4


class Why(NamedTuple):
    """Why deletes have to wait, scores, and due dates; empty where they need not."""

    deletes: str = ""
    scores: str = ""
    due: str = ""


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

    def words(self, noun: str, done: str) -> str:
        """What is about to happen, out of what the SIS has; then what happened shortly before."""
        text = f"{self.now} of this course’s {self.there} {noun} in the SIS would be {done}."
        went = self.lately - self.back
        return f"{text} In the last 10 minutes, {went} more were changed." if went > 0 else text


NOTHING = Load(0, 0, 0)


def judge(items: Load, scores: Load, items_everywhere: int, *, replaces: int = 0, due: Load = NOTHING) -> Why:
    """What has to wait. `scores`: clears and replaced values, of which `replaces` now are the latter.

    `items_everywhere`: what was deleted in all sections of the installation within the window. `due`: due
    dates that would move because the Acting User's time zone changed.
    """
    deletes = ""
    if items.is_too_much(FEW_ITEMS):
        deletes = items.words("items", "deleted")
    elif items.now and items.now + items_everywhere > MOST_ITEMS:
        deletes = f"More than {MOST_ITEMS} items would be deleted from the SIS within 10 minutes."
    return Why(
        deletes,
        scores.words("scores", _done(scores.now, replaces)) if scores.is_too_much(FEW_SCORES) else "",
        due.words("due dates", "moved, after the Acting User’s time zone changed")
        if due.is_too_much(FEW_ITEMS)
        else "",
    )


def _done(now: int, replaces: int) -> str:
    if not replaces:
        return "cleared"
    return "replaced" if replaces == now else "cleared or replaced"
