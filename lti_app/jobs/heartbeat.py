"""A heart that beats beside long work, whatever that work is busy with."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from lti_app.jobs.guard import alone


@contextmanager
def beating(beat: Callable[[], None], every: float) -> Iterator[None]:
    """Call `beat` every so many seconds from a thread of its own while the block lasts."""
    over = threading.Event()

    def go_on() -> None:
        while not over.wait(every):
            with alone(None, "a heartbeat"):
                beat()

    heart = threading.Thread(target=go_on, name="heartbeat", daemon=True)
    heart.start()
    try:
        yield
    finally:
        over.set()
        heart.join()
