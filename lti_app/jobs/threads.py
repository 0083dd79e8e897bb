"""A thread that does one thing whenever somebody says that there is something to do."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from lti_app.jobs.failures import log_and_continue

log = logging.getLogger(__name__)
PAUSE, SLOWEST = 0.2, 2.0
"""Seconds between two times, so that a flood is answered with one look for many; more after a slow one."""


class Wake:
    """Starts with the first word, in the process that hears it; words that come meanwhile are one."""

    def __init__(self, work: Callable[[], bool]) -> None:
        """`work` says whether there is more to do soon."""
        self._work = work
        self._told = threading.Event()
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None

    def tell(self) -> None:
        """Say that there is something to do; returns at once."""
        self._told.set()
        if self._thread is None:
            with self._guard:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, daemon=True, name="wake")
                    self._thread.start()

    def _run(self) -> None:
        pause = threading.Event()
        while True:
            self._told.wait()
            self._told.clear()
            began = time.monotonic()
            try:
                if self._work():
                    self._told.set()
            except Exception:
                log.exception("urgent work is left to the next round")
            pause.wait(min(SLOWEST, max(PAUSE, 4 * (time.monotonic() - began))))


@contextmanager
def beating(beat: Callable[[], None], every: float) -> Iterator[None]:
    """Call `beat` every so many seconds from a thread of its own while the block lasts."""
    over = threading.Event()

    def go_on() -> None:
        while not over.wait(every):
            with log_and_continue(None, "a heartbeat"):
                beat()

    heart = threading.Thread(target=go_on, name="heartbeat", daemon=True)
    heart.start()
    try:
        yield
    finally:
        over.set()
        heart.join()
