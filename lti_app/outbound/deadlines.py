"""Total deadlines: when a call must be over, whatever the other side does in the meantime.

A time-out between two reads is none: a server that sends one byte every few seconds never meets it. Here
every read of an answer, its header lines included, gets what is left of the whole time.
"""

from __future__ import annotations

import io
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from http.client import HTTPResponse
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

PAGE = 15.0
"""Seconds for all that a page waits for (reference: the app's own rule; slow work is a job)."""
AT_ONCE, OF_ONE, FOR_FIRST = 10, 3, 4
"""Pages of a process, and of one installation, that wait for other systems at a time: the other threads of
the process serve everybody else in the meantime. The last FOR_FIRST places of the process are for
installations of which no page waits, so that a few districts with slow systems never take all of them."""
_waiting: Counter[int] = Counter()
_guard = threading.Lock()
_whose: ContextVar[int] = ContextVar("whose", default=0)
_page: ContextVar[float | None] = ContextVar("page", default=None)
LOOK_AGAIN = 5.0
"""Seconds of a wait for bytes after which it is asked whether the call is given up."""


@dataclass
class Call:
    """One call with all that its answer holds."""

    until: float
    """When it must be over, by the monotonic clock."""
    ends: ExitStack
    """What ends with it."""
    given_up: Callable[[], bool] = field(default=lambda: False)


_call: ContextVar[Call | None] = ContextVar("call", default=None)


def enter_page(seconds: float = PAGE) -> None:
    """All calls of this thread that are made from now on are over after so many seconds, together."""
    _page.set(time.monotonic() + seconds)


def leave_page() -> None:
    """The page is made: what follows in this thread has its own time."""
    _page.set(None)
    _whose.set(0)


def page_of(installation_id: int) -> None:
    """Whose page it is, as soon as that is known."""
    _whose.set(installation_id)


class Full(Exception):
    """As many pages wait for other systems as may: of this district, or of all of them."""

    def __init__(self, *, of_district: bool) -> None:
        super().__init__()
        self.of_district = of_district


@contextmanager
def waiting() -> Iterator[None]:
    """All that a page does for one request to another system: its turn, its answer, and its repeats.

    Raises Full when its installation, or the process, has no place left.
    """
    if not is_page():
        yield
        return
    whose = _whose.get()
    with _guard:
        mine, others = _waiting[whose], _waiting.total()
        if mine >= OF_ONE or others >= AT_ONCE or (mine and others >= AT_ONCE - FOR_FIRST):
            raise Full(of_district=bool(mine))
        _waiting[whose] += 1
    try:
        yield
    finally:
        with _guard:
            _waiting[whose] -= 1


def is_page() -> bool:
    """Whether a page waits for what this thread does."""
    return _page.get() is not None


def left(seconds: float) -> float:
    """So many seconds, or fewer if the page that waits has fewer left; 0 when there are none."""
    until = _page.get()
    return seconds if until is None else max(0.0, min(seconds, until - time.monotonic()))


@contextmanager
def call(seconds: float) -> Iterator[None]:
    """One call, which is over after so many seconds."""
    with ExitStack() as ends:
        token = _call.set(Call(time.monotonic() + seconds, ends))
        try:
            yield
        finally:
            _call.reset(token)


def accompany(by: AbstractContextManager[Callable[[], bool]]) -> None:
    """Enter something that is left when the call of this thread is over; it says when to give the call up.

    What entering raises reaches the caller.
    """
    mine = _call.get()
    assert mine is not None, "every request belongs to a call"
    mine.given_up = mine.ends.enter_context(by)


class _TimedReads(io.RawIOBase):
    """The bytes of a socket, each read with what is left of the call's time. Raises TimeoutError."""

    def __init__(self, sock: Any) -> None:
        self._sock, self._raw = sock, sock.makefile("rb", buffering=0)
        self._call, self._between = _call.get(), sock.gettimeout()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self._call is None:
            found: int | None = self._raw.readinto(buffer)
            return found
        until = self._call.until
        if self._between is not None:
            until = min(until, time.monotonic() + self._between)
        return self._read_until(until, self._call, buffer)

    def _read_until(self, until: float, mine: Call, buffer: Any) -> int:
        """Past the file of the socket, which reads no more once it has timed out."""
        while True:
            rest = until - time.monotonic()
            if rest <= 0 or mine.given_up():
                raise TimeoutError("The read operation timed out")
            self._sock.settimeout(min(rest, LOOK_AGAIN))
            try:
                return int(self._sock.recv_into(buffer))
            except TimeoutError:
                continue

    def close(self) -> None:
        self._raw.close()
        super().close()


class _TimedResponse(HTTPResponse):
    def __init__(self, sock: Any, *args: Any, **more: Any) -> None:
        super().__init__(sock, *args, **more)
        self.fp.close()
        self.fp = io.BufferedReader(_TimedReads(sock))


class _Plain(HTTPConnection):
    response_class = _TimedResponse


class _Secure(HTTPSConnection):
    response_class = _TimedResponse


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


class TimedAdapter(HTTPAdapter):
    """Connections whose answers end with the call that they belong to."""

    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        """As requests makes it, with connections of our own."""
        super().init_poolmanager(*args, **more)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}
