"""When deletes and clears are too many to be believed. Pure.

One or two items, and up to four scores, never trip it: who deletes the only item of a course means it.
"""

from __future__ import annotations

from dataclasses import dataclass

WINDOW = 600
"""Seconds that count together."""
SHARE = 0.5
MOST_ITEMS = 20
FEW_ITEMS, FEW_SCORES = 2, 4


@dataclass(frozen=True)
class Load:
    """How many are about to go, how many went in the window, and how many the SIS has at present."""

    now: int
    lately: int
    there: int

    @property
    def together(self) -> int:
        """What goes within the window."""
        return self.now + self.lately

    def is_too_much(self, few: int) -> bool:
        """Whether that is more than half of what there was."""
        return bool(self.now) and self.together > few and self.together > SHARE * (self.there + self.lately)


def judge(items: Load, scores: Load, items_everywhere: int) -> tuple[str, str]:
    """Why deletes have to wait, and why clears have to; empty where they need not.

    `items_everywhere`: what live sync deleted in all sections of the installation within the window.
    """
    deletes = ""
    if items.is_too_much(FEW_ITEMS):
        whole = items.there + items.lately
        deletes = f"{items.together} of this course’s {whole} items in the SIS would be deleted."
    elif items.now and items.now + items_everywhere > MOST_ITEMS:
        deletes = f"More than {MOST_ITEMS} items would be deleted from the SIS within 10 minutes."
    clears = ""
    if scores.is_too_much(FEW_SCORES):
        whole = scores.there + scores.lately
        clears = f"{scores.together} of this course’s {whole} scores in the SIS would be cleared."
    return deletes, clears
