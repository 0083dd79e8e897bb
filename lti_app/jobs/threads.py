"""A thread that does one task whenever it is told that there is work."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from lti_app.jobs.failures import log_and_continue

log = logging.getLogger(__name__)
PAUSE, SLOWEST = 0.2, 2.0
"""Seconds between two runs, so that one run serves many messages; longer after a slow run."""


class Wake:
    """Starts with the first message, in the process that gets it; messages during a run are merged."""

    def __init__(self, work: Callable[[], bool]) -> None:
        """`work` returns whether there is more to do soon."""
        self._work = work
        self._told = threading.Event()
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None

    def tell(self) -> None:
        """Say that there is work; returns immediately."""
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
    """Call `beat` every few seconds from a separate thread while the block runs."""
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
