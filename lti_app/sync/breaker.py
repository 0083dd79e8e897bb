"""When to stop asking a Schoology that does not answer, or answers too seldom to be worth asking."""

from __future__ import annotations

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
