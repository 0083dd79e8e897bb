"""A worker that is killed, over a database and a Schoology that can be put back as they were."""

from __future__ import annotations

import itertools
import pickle
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

import time_machine
from sqlalchemy import Interval, Select, literal, select, update

from lti_app import clock, runner_for
from lti_app.config import Settings
from lti_app.extensions import db
from lti_app.jobs import heartbeats, queue, worker_id
from lti_app.jobs.in_process import LEASE
from lti_app.models import (
    Action,
    Change,
    ChangeState,
    Installation,
    Job,
    JobState,
    Lease,
    Link,
    PrepPair,
    PrepRow,
    Run,
)
from lti_app.school.records import Kind
from lti_app.store.district import District
from lti_app.sync import scope
from lti_app.wiring import Wiring
from tests.support.kept_databases import KeptFile, kept_database
from tests.support.killing import run_all
from tests.support.sudden_end import Life, Point, living
from tests.support.world import World

OVER = (JobState.DONE, JobState.DONE_WITH_PROBLEMS)
LATER = max(LEASE, heartbeats.SILENT_AFTER) + timedelta(seconds=30)
"""By then a process that was killed on another machine has been silent for too long."""
NO_PROCESS = 2**22 + 1
"""A number that Linux gives to no process: whoever looks for it finds it ended."""
BOUND = ("lock", "listeners")
"""What of the sandbox Schoology belongs to its server and not to its memory."""


class KilledWorker:
    """Runs the queue in processes that are killed; each begins where the one before it left off."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.settings: Settings = world.app.extensions["wiring"].settings
        self._kept = kept_database(self.settings.database_url)
        self.far_sides: list[tuple[Any, Sequence[str]]] = [
            (world.store, [name for name in vars(world.store) if name not in BOUND])
        ]
        """Whose attributes are put back."""
        self.keep()

    def close(self) -> None:
        """Remove what was kept."""
        self._disconnect()
        self._kept.forget()

    def queue(self, what: str = "all", **params: Any) -> None:
        """Ask for a sync, and keep the database as it is now."""
        with self.world.app.app_context():
            params = {"what": what, **params}
            lane = scope.lane_of(what)
            queue.enqueue(
                District(db.session, 1), "provision", params=params, trigger="manual", asked_by="t", lane=lane
            )
            db.session.commit()
        self.remember()

    def remember(self) -> None:
        """Keep the database as it is now, with whatever waits in its queue."""
        self._disconnect()
        self._kept.keep()

    def put_back(self) -> None:
        """The moment before the sync, in the database and in both systems."""
        self._disconnect()
        self._kept.put_back()
        self._restore(self._before)

    def keep(self) -> None:
        """Take both systems as they are now for those to put back."""
        self._before = self._far_sides_now()

    def _far_sides_now(self) -> bytes:
        with self.world.store.lock:
            return pickle.dumps(
                [{name: getattr(holder, name) for name in names} for holder, names in self.far_sides]
            )

    def _restore(self, kept: bytes) -> None:
        with self.world.store.lock:
            for (holder, _), values in zip(self.far_sides, pickle.loads(kept), strict=True):  # noqa: S301
                vars(holder).update(values)

    def live(self, life: Life, *, restarted: bool = True, later: timedelta = timedelta()) -> Life:
        """One process: it starts, looks around and runs what waits until it ends.

        After its end it is known to be dead where it was `restarted`, on the same machine; on another one it
        is only silent.
        """
        app = self.world.app
        app.extensions["wiring"] = Wiring(self.settings)
        app.extensions["wiring"].sleep = lambda seconds: None
        app.extensions["runner"] = runner = runner_for(app, self.settings)
        if restarted:
            runner.owner = f"{worker_id.this_machine()}:{NO_PROCESS}:{life.kill_at}"
        with app.app_context():
            engine = db.engine
            self._grow_old(later)
        with time_machine.travel(clock.now() + later, tick=True), living(engine, life):
            run_all(app)
        self._disconnect()
        return life

    def _grow_old(self, by: timedelta) -> None:
        """PostgreSQL judges leases and heartbeats by its own clock, which no one turns here."""
        if by and db.engine.dialect.name == "postgresql":
            age = literal(by, Interval())
            db.session.execute(update(Job).values(heartbeat_at=Job.heartbeat_at - age))
            db.session.execute(update(Lease).values(expires_at=Lease.expires_at - age))
            db.session.commit()

    def wrong_after(self, points: Iterable[Point], fewest: int) -> list[Point]:
        """Those kills after which the next process comes to another end than one that no one disturbed.

        A life has at least `fewest` commits, and may have fewer than another: answers that come together are
        written down together. Every other time the next process is one of another machine.
        """
        wanted = self.result()
        wrong = []
        for point in points:
            self.put_back()
            restarted = bool(point[0] % 2)
            if not self.live(Life(*point), restarted=restarted).over:
                assert point[0] > fewest
                continue
            self._go_on(restarted)
            wrong += [point] if self.result() != wanted else []
        return wrong

    def wrong_from(self, *, restarted: bool) -> list[Point]:
        """The same for every other moment of one life, each kept as a kill would have left it.

        Where the process was not `restarted`, the next is one of another machine.
        """
        assert isinstance(self._kept, KeptFile)
        wanted = self.result()
        wrong = []
        moments = self._moments(self._kept, restarted=restarted)
        assert moments
        for point, far_sides in moments:
            self._disconnect()
            self._kept.put_back(_name(point))
            self._restore(far_sides)
            self._go_on(restarted)
            wrong += [point] if self.result() != wanted else []
        return wrong

    def _moments(self, kept: KeptFile, *, restarted: bool) -> list[tuple[Point, bytes]]:
        """Half of the moments of a life: the others are those of one that ends the other way."""
        found: list[tuple[Point, bytes]] = []
        turns = itertools.cycle((restarted, not restarted))

        def told(point: Point) -> None:
            if next(turns):
                kept.keep(_name(point))
                found.append((point, self._far_sides_now()))

        self.put_back()
        self.live(Life(told=told), restarted=restarted)
        return found

    def _go_on(self, restarted: bool) -> None:
        self.live(Life(), later=timedelta() if restarted else LATER)

    def result(self) -> dict[str, Any]:
        """Schoology without its own ids, and how the app ended."""
        with self.world.app.app_context():
            return {**self._in_the_app(), **self._in_schoology()}

    def _in_the_app(self) -> dict[str, Any]:
        job = db.session.scalars(select(Job).order_by(Job.id.desc())).first()
        assert job is not None
        open_lines = (ChangeState.PLANNED, ChangeState.SENT, ChangeState.HELD)
        seen = select(Change.kind, Change.sis_id, Change.reason_code).where(Change.action == Action.DIFFER)
        lines = select(Change.kind, Change.action, Change.sis_id).join(Run, Run.id == Change.run_id)
        planned = lines.where(Change.state.in_(open_lines))
        names = self._names()
        links = select(Link.kind, Link.sis_id, Link.state, Link.schoology_id)
        return {
            "drift": _rows(seen),
            "pairs": _rows(select(PrepPair.kind, PrepPair.sis_id, PrepPair.schoology_id, PrepPair.rule)),
            "prepared": _rows(select(PrepRow.kind, PrepRow.side, PrepRow.ident, PrepRow.status)),
            "job": job.state in OVER,
            "paused": [each.code for each in db.session.scalars(select(Installation.paused_reason))],
            "preview": _rows(planned.where(Run.plan_only)),
            "open": len(_rows(planned.where(~Run.plan_only))),
            "failed": _rows(lines.where(Change.state == ChangeState.FAILED)),
            "links": [(*row[:3], names.get((row[0], row[3]), "")) for row in _rows(links)],
        }

    def _in_schoology(self) -> dict[str, Any]:
        store, names = self.world.store, self._names()
        return {
            "users": sorted(
                (names[Kind.USER, str(uid)], each.name_last, each.role_id)
                for uid, each in store.users.items()
            ),
            "courses": sorted(each.course_code for each in store.courses.values()),
            "sections": sorted(names[Kind.SECTION, str(each)] for each in store.sections),
            "enrollments": sorted(
                (names[Kind.ENROLLMENT, str(each.id)], each.admin, each.status)
                for each in store.enrollments.values()
            ),
        }

    def _names(self) -> dict[tuple[str, str], str]:
        """What people call the objects of Schoology: kind and id → name."""
        store = self.world.store
        people = {uid: each.school_uid or each.username for uid, each in store.users.items()}
        sections = {
            key: each.section_school_code or each.section_title for key, each in store.sections.items()
        }
        seats = {
            each.id: f"{people[each.uid]} in {sections[each.section_id]}"
            for each in store.enrollments.values()
        }
        courses = {key: each.course_code for key, each in store.courses.items()}
        kinds: dict[str, dict[int, str]] = {
            Kind.USER: people,
            Kind.COURSE: courses,
            Kind.SECTION: sections,
            Kind.ENROLLMENT: seats,
        }
        return {(kind, str(key)): name for kind, named in kinds.items() for key, name in named.items()}

    def _disconnect(self) -> None:
        with self.world.app.app_context():
            db.session.remove()
            db.engine.dispose()


def _name(point: Point) -> str:
    return f"{point[1]}{point[0]}"


def _rows(query: Select[Any]) -> list[tuple[Any, ...]]:
    return sorted(map(tuple, db.session.execute(query)))
