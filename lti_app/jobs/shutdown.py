"""How a process ends when it is told to: its tasks stop between two batches instead of being killed."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)


def at_exit(leave: Callable[[], None]) -> None:
    """Call `leave` when the process is told to end, before the existing signal handlers.

    The interpreter waits for the threads of a pool before it runs its exit handlers, so a signal is the only
    moment at which gunicorn's workers can still tell them. Without a handler, the process ends immediately.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    for number in SIGNALS:
        former = signal.getsignal(number)
        if callable(former):
            signal.signal(number, _both(leave, former))


def _both(
    leave: Callable[[], None], former: Callable[[int, FrameType | None], object]
) -> Callable[[int, FrameType | None], None]:
    def leaving(number: int, frame: FrameType | None) -> None:
        leave()
        former(number, frame)

    return leaving
