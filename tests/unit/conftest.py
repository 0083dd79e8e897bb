"""An installation with one mapped building, and an engine to run over the two fakes."""

from __future__ import annotations

import pickle
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from hashlib import sha256

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.jobs import queue
from lti_app.jobs.runner import Progress
from lti_app.models import Change, Job, JobState, Link, Run, SyncOptions
from lti_app.school.reasons import NO_REASON
from lti_app.school.records import Kind
from lti_app.school.run_notes import RunNotes
from lti_app.store.district import District
from lti_app.sync.context import RunContext
from lti_app.sync.ledger import start_or_resume
from lti_app.sync.task import work_on
from tests.factories import TICKED, add_building, add_installation, add_term, set_options
from tests.fakes import FakeSchoology, FakeSis
from tests.support.engines import memory_engine
from tests.support.records import ROLES, TODAY


@dataclass
class Engine:
    """Runs syncs as the worker would, and reads the result back."""

    session: Session
    sis: FakeSis = field(default_factory=FakeSis)
    schoology: FakeSchoology = field(default_factory=FakeSchoology)
    waits: list[float] = field(default_factory=list)
    today: date = TODAY
    before_a_round: Callable[[], None] = lambda: None
    """What happens before each round of sending."""

    def run(self, what: str = "all", *, plan_only: bool = False) -> Run:
        """One job from its row to its end; an exception leaves the run where it stood."""
        asked = queue.enqueue(
            District(self.session, 1), "provision", params={"what": what}, trigger="manual", asked_by="t"
        )
        self.session.commit()
        return self.carry(asked.job, what, plan_only)

    def carry(self, job: Job, what: str = "all", plan_only: bool = False) -> Run:
        job_id = job.id
        queue.claim(self.session, job_id, "test")
        run = start_or_resume(District(self.session, 1), job_id, what, plan_only=plan_only)
        try:
            finished = work_on(self.context(job_id, run.id, what))
        except BaseException:
            self.session.rollback()
            raise
        queue.finish(self.session, job_id, "test", JobState.DONE, message=NO_REASON)
        return finished

    def ask_for(self, kind: str, sis_id: str) -> Job:
        """Press *Sync this one now*."""
        params = {"what": "one", "only": {"kind": kind, "sis_id": sis_id}}
        asked = queue.enqueue(
            District(self.session, 1),
            "provision",
            params=params,
            trigger="t",
            asked_by="t",
            lane=queue.ONE_RECORD,
        )
        self.session.commit()
        return asked.job

    def take(self, job_id: int, inside: int = 0) -> bool:
        """Run such a request as the runner does: whole, in this thread, with a session of its own."""
        with Session(self.session.get_bind(), expire_on_commit=False) as own:
            if not queue.claim(own, job_id, "test", inside=inside):
                return False
            notes = RunNotes.of(own.get_one(Job, job_id).request)
            other = replace(self, session=own, before_a_round=lambda: None)
            run = start_or_resume(District(own, 1), job_id, "one", notes=notes)
            work_on(other.context(job_id, run.id, "one"))
            queue.finish(own, job_id, "test", JobState.DONE, message=NO_REASON)
        return True

    def context(self, job_id: int, run_id: int, what: str) -> RunContext:
        return RunContext(
            session=self.session,
            installation_id=1,
            run_id=run_id,
            what=what,
            sis=self.sis,
            schoology=self.schoology,
            progress=Progress(self.session, job_id, "test", take=partial(self.take, inside=job_id)),
            today=self.today,
            wait=self.waits.append,
            confirm=self.before_a_round,
            keyed_hash=lambda text: sha256(f"key:{text}".encode()).hexdigest()[:32],
        )

    def changes(self, run: Run) -> list[Change]:
        return list(self.session.scalars(select(Change).where(Change.run_id == run.id).order_by(Change.seq)))

    def lines(self, run: Run) -> list[tuple[str, str, str, str]]:
        return [(each.kind, each.action, each.sis_id, each.state) for each in self.changes(run)]

    def links(self) -> dict[str, tuple[str, str]]:
        return {each.sis_id: (each.state, each.schoology_id) for each in self.session.scalars(select(Link))}

    def options(self, **changes: object) -> None:
        """Change what the tabs chose."""
        row = self.session.get_one(SyncOptions, 1)
        row.provisioning = {**row.provisioning, **changes}
        self.session.commit()


def sync_one(school: Engine, kind: Kind, sis_id: str) -> Run:
    """Press *Sync this record*, and carry its run to the end."""
    asked = queue.enqueue(District(school.session, 1), "provision", params={}, trigger="manual", asked_by="t")
    school.session.commit()
    queue.claim(school.session, asked.job.id, "test")
    only = RunNotes(only={"kind": str(kind), "sis_id": sis_id})
    run = start_or_resume(District(school.session, 1), asked.job.id, "one", notes=only)
    run = work_on(school.context(asked.job.id, run.id, "one"))
    queue.finish(school.session, asked.job.id, "test", JobState.DONE, message=NO_REASON)
    return run


_ONCE: dict[Callable[[Engine], None], tuple[bytes, bytes]] = {}
"""What made a district ready → the database afterwards, and both far ends."""


def ready(engine: Engine, make: Callable[[Engine], None]) -> Engine:
    """The district after `make`, which is done once for each process of the tests and copied from then on."""
    connection = engine.session.connection().connection.driver_connection
    assert isinstance(connection, sqlite3.Connection)
    if make not in _ONCE:
        make(engine)
        engine.session.commit()
        _ONCE[make] = connection.serialize(), pickle.dumps((engine.sis, engine.schoology))
        return engine
    engine.session.rollback()
    engine.session.expunge_all()
    database, far = _ONCE[make]
    connection.deserialize(database)
    engine.sis, engine.schoology = pickle.loads(far)  # noqa: S301 - our own bytes
    return engine


@pytest.fixture
def engine() -> Iterator[Engine]:
    database = memory_engine()
    with Session(database, expire_on_commit=False) as session:
        add_district(session)
        yield Engine(session)
    database.dispose()


def add_district(session: Session) -> None:
    add_installation(session)
    set_options(session, role_ids=ROLES)
    add_building(session, "1", name="North High", schoology_id="900", **TICKED)
    days = {"school_year": 2027, "start": date(2026, 10, 19), "end": date(2027, 1, 15)}
    add_term(session, "1", "Q2", "gp2", name="Quarter 2", seen_at=clock.now(), **days)
    session.commit()
