"""The requests of one job that are under way: whether they may leave, who is asked and since when.

What a heartbeat can tell of a job is that its process lives. A job whose request gets no answer lives and
does not move, so the heartbeat also says how long the oldest request has been under way. It ends the wait,
too: when someone cancels the job, its first turn is over, or the process is told to end, a request that was
long under way is given up.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from lti_app.jobs.heartbeats import Wait
from lti_app.jobs.ownership import Ownership
from lti_app.jobs.runner import JobCanceled, JobMakesRoom, JobStopped
from lti_app.jobs.turns import FIRST_TURN

USUAL = 10.0
"""Seconds in which a request is answered if all is well; it is waited for so long whatever becomes of its
job."""


class Calls:
    """Thread-safe: a run has several requests under way at a time."""

    def __init__(
        self, ownership: Ownership, stopping: Callable[[], bool], *, first_turn: bool = False
    ) -> None:
        self.ownership = ownership
        self.began = time.monotonic()
        self.makes_room = False
        """Whether the job has to leave a place for first turns to another one."""
        self._first_turn = first_turn
        self.canceled = False
        """Whether someone canceled the job, as far as its heartbeat knows."""
        self._stopping = stopping
        self._given_up = False
        self._guard = threading.Lock()
        self._numbers = itertools.count()
        self._under_way: dict[int, tuple[float, str]] = {}

    @contextmanager
    def under_way(self, system: str) -> Iterator[Callable[[], bool]]:
        """One request, in the thread that sends it; yields the question whether to give it up.

        Raises JobLost when the job may belong to another worker by now, and JobCanceled, JobStopped, or
        JobMakesRoom when a request was given up before: nothing is repeated then.
        """
        if self._given_up:
            raise JobCanceled if self.canceled else JobMakesRoom if self.makes_room else JobStopped
        self.ownership.check()
        number, began = next(self._numbers), time.monotonic()
        with self._guard:
            self._under_way[number] = (began, system)
        try:
            yield lambda: self._gives_up(began)
        finally:
            with self._guard:
                del self._under_way[number]

    def wait(self) -> Wait | None:
        """The request that has been under way longest, if that is longer than usual."""
        with self._guard:
            began, system = min(self._under_way.values(), default=(0.0, ""))
        seconds = time.monotonic() - began
        return Wait(system, seconds) if system and seconds > USUAL else None

    def had_first_turn(self) -> bool:
        """Whether the job has been in a place for first turns for its time."""
        return self._first_turn and time.monotonic() - self.began > FIRST_TURN

    def _gives_up(self, began: float) -> bool:
        ends = self.canceled or self.makes_room or self._stopping()
        if time.monotonic() - began <= USUAL or not ends:
            return False
        self._given_up = True
        return True
