"""What people do with the app in a story: press buttons, cancel, give commands. None of it is a border."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from lti_app.jobs import queue
from lti_app.operations.restored import pause_everywhere
from lti_app.store.district import District
from lti_app.sync import scope
from tests.simulation.baton import Baton, Process
from tests.simulation.database import Database

AGAIN = 30.0
"""Seconds after which someone who got an error tries again."""


class Desk:
    """Where an administrator sits, with a connection of their own."""

    def __init__(self, baton: Baton, database: Database) -> None:
        self._baton, self._database = baton, database
        self._process = Process("desk", 1)
        self._engine: Engine | None = None

    @contextmanager
    def session(self) -> Iterator[Session]:
        """One request of a page, or one command."""
        if self._engine is None:
            self._engine = self._database.engine(self._process)
        with Session(self._engine) as session:
            yield session
            session.commit()

    def leave(self) -> None:
        """Close what is open."""
        self._baton.kill(self._process)
        self._process, self._engine = Process("desk", 1), None

    def ask(self, what: str = "all", **params: object) -> None:
        """Press *Sync now*."""
        with self.session() as session:
            queue.enqueue(
                District(session, 1),
                "provision",
                params={"what": what, **params},
                trigger="manual",
                asked_by="Avery Admin",
                lane=scope.lane_of(what),
            )

    def sync_one(self, key: str) -> None:
        """Press *Sync this one now* of a person."""
        self._meanwhile(lambda: self.ask("one", only={"kind": "user", "sis_id": key, "name": key}))

    def cancel(self) -> None:
        """Press *Cancel* of whatever waits or runs."""
        self._meanwhile(self._cancel)

    def _cancel(self) -> None:
        active = self._database.ask("SELECT id FROM job WHERE state IN ('queued', 'running')")
        with self.session() as session:
            for (job_id,) in active:
                queue.request_cancel(District(session, 1), job_id)

    def find_again(self) -> None:
        """The command that the docs demand after a restore."""
        with self.session() as session:
            pause_everywhere(session)

    def _meanwhile(self, press: Callable[[], None]) -> None:
        def patiently() -> None:
            for _ in range(10):
                try:
                    press()
                except OperationalError:
                    self._baton.pause(AGAIN)
                else:
                    return

        self._baton.spawn(self._process, "desk", patiently)
