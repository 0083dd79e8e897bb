"""When to stop asking a Schoology that does not answer, or answers too seldom to be worth asking."""

from __future__ import annotations

from collections import deque

PATIENCE = 4
"""So often in a row Schoology gives no answer before the run stops."""
RECENT = 20
"""Of so many last requests more than half must have been answered."""


class Breaker:
    """Counts answers and failures; open once it is time to pause."""

    def __init__(self) -> None:
        self.in_a_row = 0
        """Rounds of requests without any answer."""
        self._recent: deque[bool] = deque(maxlen=RECENT)

    def note(self, answered: int, unanswered: int) -> None:
        """Take in how many requests of a round were answered, and how many were not."""
        self.in_a_row = 0 if answered else self.in_a_row + 1
        self._recent.extend([True] * answered + [False] * unanswered)

    @property
    def is_open(self) -> bool:
        """Whether to leave Schoology alone for a while."""
        failed = self._recent.count(False)
        return self.in_a_row >= PATIENCE or (len(self._recent) == RECENT and failed > RECENT / 2)
