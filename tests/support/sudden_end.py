"""A process that ends at one of its commits, played within this one, over engine and network as they are.

At the commit that was chosen, `Killed` is raised. Code that cleans up still runs here, where a real process
is gone; so from then on every statement, commit, new connection and request raises it as well, and what the
database and both systems hold is what a killed process would have left: the transaction under way is rolled
back, leases and heartbeats stay.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
from pyrate_limiter.abstracts.bucket import Leaker
from requests.adapters import HTTPAdapter
from sqlalchemy import Engine, event

Point = tuple[int, str]
"""The how manieth commit of a process, and the side of it."""
READS = ("GET", "HEAD")


class Killed(BaseException):
    """The process has ended. Nothing in the app may catch it."""


@dataclass
class Life:
    """What one process does until it ends: `kill_at` counts its commits from 1; 0 lets it live."""

    kill_at: int = 0
    side: str = "after"
    commits: int = 0
    sends: list[int] = field(default_factory=list)
    """For each request that may have changed something, how many commits came before it."""
    wrote: set[int] = field(default_factory=set)
    """Those commits before which more was done than to look."""
    told: Callable[[Point], None] = lambda point: None
    """Hears of each moment that differs from the one before it, while nothing else is written."""
    over: bool = False
    _busy: set[int] = field(default_factory=set)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def go_on(self, *_args: Any, **_kwargs: Any) -> None:
        """Raise Killed when the process has ended."""
        if self.over:
            raise Killed

    def commit(self, really: Any, connection: Any) -> None:
        """One commit, with the end before or after it, or neither."""
        self.go_on()
        with self._guard:
            self.commits += 1
            last = self.commits == self.kill_at
            if threading.get_ident() in self._busy:
                self._busy.discard(threading.get_ident())
                self.wrote.add(self.commits)
        number = self.commits
        self._tell((number, "before"))
        if last and self.side == "before":
            self.end()
        really(connection)
        self._tell((number, "after"))
        if last:
            self.end()

    def _tell(self, point: Point) -> None:
        if self.differs(point):
            self.told(point)

    def differs(self, point: Point) -> bool:
        """Whether an end there leaves something else than one at the moment before.

        Just before a commit is the same as just after the one before it, for what is under way is rolled
        back, unless something was sent in between. A commit of nothing leaves everything as it was.
        """
        number, side = point
        if side == "after":
            return number in self.wrote
        return number == 1 or number - 1 in self.sends

    def points(self, *, all_sides: bool = False) -> list[Point]:
        """The moments at which this life could have ended: those that differ, or all sides of all commits."""
        every = [(number, side) for number in range(1, self.commits + 1) for side in ("before", "after")]
        return [each for each in every if all_sides or self.differs(each)]

    def look(self, _connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        """A statement is about to be executed."""
        self.go_on()
        if not statement.startswith("SELECT"):
            self._busy.add(threading.get_ident())

    def end(self) -> None:
        """From now on nothing leaves this process."""
        self.over = True
        raise Killed

    def note(self, method: str) -> None:
        """A request leaves."""
        self.go_on()
        if method not in READS:
            self.sends.append(self.commits)


@contextmanager
def living(engine: Engine, life: Life) -> Iterator[None]:
    """Let what happens inside be the life of a process. Its threads have ended when this returns."""
    threads = set(threading.enumerate())
    commit, send = engine.dialect.do_commit, HTTPAdapter.send

    def sent(self: HTTPAdapter, request: requests.PreparedRequest, *args: Any, **more: Any) -> Any:
        life.note(str(request.method))
        return send(self, request, *args, **more)

    watched = (("before_cursor_execute", life.look), ("do_connect", life.go_on), ("checkout", life.go_on))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine.dialect, "do_commit", lambda connection: life.commit(commit, connection))
        patch.setattr(HTTPAdapter, "send", sent)
        # It looks after the memory of a pace's buckets, and sleeps ten seconds at a time whoever ends.
        patch.setattr(Leaker, "start", lambda leaker: None)
        for name, told in watched:
            event.listen(engine, name, told)
        try:
            yield
        except Killed:
            assert life.over
        finally:
            for name, told in watched:
                event.remove(engine, name, told)
    left = [each for each in threading.enumerate() if each not in threads and _is_of_the_app(each)]
    assert not left, f"threads of a process that has ended go on: {left}"


def _is_of_the_app(thread: threading.Thread) -> bool:
    """The sandboxes answer each connection in a thread, which may take a moment to see that it was closed;
    the counters of requests forget old ones by a timer, whoever ends."""
    return "process_request_thread" not in thread.name and not isinstance(thread, threading.Timer)
