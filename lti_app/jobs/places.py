"""How many jobs of each kind a process runs at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum, auto

from sqlalchemy.orm import Session

from lti_app.jobs import order

WORKERS = 4
"""Places for runs of whole districts. There are as many in which such a run begins that a person has just
asked for, while these are taken; and workers have as many for the short jobs of sections."""


class Place(Enum):
    """What a place is for. Each kind has its own, so that none waits for another."""

    DISTRICT = auto()
    FIRST_TURN = auto()
    SHORT = auto()

    def waiting(self, session: Session) -> list[int]:
        """The jobs that may take such a place, in the order in which they should run."""
        if self is Place.FIRST_TURN:
            return order.first_turn_ids(session)
        return order.queued_ids(session, long=self is Place.DISTRICT)


class Places:
    """Thread-safe: the places of a process that runs jobs in its own threads."""

    def __init__(self) -> None:
        self._free = {
            Place.DISTRICT: threading.BoundedSemaphore(WORKERS),
            Place.FIRST_TURN: threading.BoundedSemaphore(WORKERS),
            Place.SHORT: threading.BoundedSemaphore(2 * WORKERS),
        }

    @staticmethod
    def number() -> int:
        """All of them, each with a thread."""
        return 4 * WORKERS

    @contextmanager
    def take(self, place: Place) -> Iterator[bool]:
        """Whether a place was free; it is taken until the block ends."""
        free = self._free[place]
        taken = free.acquire(blocking=False)
        try:
            yield taken
        finally:
            if taken:
                free.release()
