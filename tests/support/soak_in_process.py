"""The soak within this process and in a time of its own: no one waits, and a seed repeats it step by step.

It is that of `tests.support.soak`: random teachers over some courses, lost, doubled and late events,
outages, 429s and two deaths of the app. Teachers also save, and events also arrive, while a job talks to
one of the two systems; and whenever all is quiet, the SIS has to have everything of which an event came.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import time_machine
from flask import Flask
from sqlalchemy import func, select

from lti_app import clock, create_app
from lti_app.extensions import db
from lti_app.grades.live.task import ask_for_sweep, queue_sweeps
from lti_app.jobs.in_process import InProcessRunner
from lti_app.models import ACTIVE_STATES, Event, Job, JobState, Sweep
from lti_app.sandbox.schoology.event_delivery import Weather
from lti_app.sandbox.schoology.store import SchoologyStore
from lti_app.sandbox.schoology.triggers import Delivery, Postman
from lti_app.store.district import District
from lti_app.tasks import PERIODIC, TASKS, after_job
from tests.support.gradebook import Class
from tests.support.soak import DOUBLED, LATE, LOST, LOST_AT_LAST, Found, judge, set_up, wrong
from tests.support.sudden_end import Killed, Life, living
from tests.support.teachers import Teachers, differences
from tests.support.world import World, make_synced

MINUTE = timedelta(minutes=1)
PAUSES = (0.3, 1.0, 4.0, 20.0, 90.0)
"""Seconds between two saves: less and more than the rest of a section between two jobs."""
LATEST = 30.0
"""Seconds that a late event takes at the most."""
MEANWHILE = 0.04
"""The chance that a teacher saves while the app asks one of the two systems something."""
DOWN = (5, 65)
"""Minutes until a host starts the app again: Schoology tries again after ten, and for fifty at the most."""
SLOWLY = 12
"""So much longer is the time between two saves while the app is dead."""
DYING_WITHIN = 12
"""The commits within which the app dies."""
LONGEST = 500
"""Steps of a minute after which what was begun must have come to its end."""


class PostmanInTime(Postman):
    """Carries events to an app of this process, each when its moment has come."""

    def __init__(self, store: SchoologyStore) -> None:
        super().__init__(store)
        self.app: Flask | None = None
        """Who answers; None while the app is dead."""
        self._bag: list[tuple[datetime, int, Delivery]] = []

    def carry(self) -> None:
        """Bring what is due."""
        while self._bag and self._bag[0][0] <= clock.now():
            self._carry(heapq.heappop(self._bag)[2])

    def _later(self, delivery: Delivery, delay: float) -> None:
        due = clock.now() + timedelta(seconds=delay)
        heapq.heappush(self._bag, (due, delivery.number * 10 + delivery.tries, delivery))

    def _send(self, delivery: Delivery) -> bool:
        if self.app is None:
            return False
        try:
            answer = self.app.test_client().post(urlsplit(delivery.url).path, data=delivery.body)
        except Killed:
            return False
        return answer.status_code == 200


@dataclass
class Scene:
    """The district, its teachers, and the app, which may die."""

    world: World
    rooms: Sequence[Class]
    courier: PostmanInTime
    teachers: Teachers
    time: Any
    chance: random.Random
    saves: int
    downs: Sequence[int]
    life: Life = field(default_factory=Life)
    runner: Any = None
    deaths: int = 0
    back_at: datetime | None = None
    looks: int = 0
    """How often all was quiet, so that the SIS had to have everything that was told."""
    problems: list[str] = field(default_factory=list)

    def start(self) -> None:
        """The app begins, as a process does that knows only what the database holds."""
        app = create_app(self.world.app.extensions["wiring"].settings)
        app.extensions["wiring"].sleep = lambda seconds: None
        periodic = [each for each in PERIODIC if each is not queue_sweeps]
        made = (app.app_context, db, app.extensions["wiring"], TASKS)
        self.runner = InProcessRunner(*made, periodic=periodic, after=after_job)
        app.extensions["runner"] = self.runner
        self.courier.app, self.life, self.back_at = app, Life(), None

    def pass_time(self, step: timedelta) -> None:
        """Let time pass; what is due then arrives and is worked off."""
        self.time.shift(step)
        if self.back_at is not None and clock.now() >= self.back_at:
            self.start()
        app = self.courier.app
        if app is None:
            self.courier.carry()
            return
        with app.app_context():
            engine = db.engine
        with living(engine, self.life):
            self.courier.carry()
            self.runner.tick()
            self.runner.run_next()
        if self.life.over:
            self._after_death(app)
        elif not self.courier.waiting and not self._unfinished():
            self.looks += 1
            self.problems += wrong(self.teachers, self.courier)

    def _after_death(self, app: Flask) -> None:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
        self.courier.app = None
        self.back_at = clock.now() + self.downs[self.deaths] * MINUTE
        self.deaths += 1

    def will_die(self) -> None:
        """At one of the next commits."""
        self.life.kill_at = self.life.commits + self.chance.randint(1, DYING_WITHIN)
        self.life.side = self.chance.choice(("before", "after"))

    def trouble(self) -> None:
        """Now and then the SIS is out, or Schoology is asked too much."""
        if self.chance.random() < 0.02:
            times = self.chance.randrange(2, 30)
            self.world.sis_faults.add([{"route": "* ^.*", "fault": "500", "times": times}])
        if self.chance.random() < 0.04:
            times = self.chance.randrange(1, 3)
            self.world.schoology_faults.add([{"route": "POST /v1/multiget", "fault": "429", "times": times}])

    def save(self, section_id: str = "") -> None:
        """A teacher saves, as long as there is something left to play."""
        if self.saves:
            self.saves -= 1
            self.teachers.save(section_id)

    def meanwhile(self) -> None:
        """The app asks a system: before the answer a teacher may save, most often in the course at work."""
        app = self.courier.app
        if app is None or not self.saves or self.chance.random() >= MEANWHILE:
            return
        with app.app_context(), suppress(Killed):
            running = select(Job.section_id).where(Job.state == JobState.RUNNING)
            self.save(self.chance.choice([db.session.scalar(running) or "", ""]))
            db.session.remove()
        self.courier.carry()

    def settle(self) -> None:
        """Until no event is on its way and nothing is queued."""
        for _ in range(LONGEST):
            self.pass_time(MINUTE)
            if self.courier.app is not None and not self.courier.waiting and not self._unfinished():
                return
        raise AssertionError("it did not come to an end")

    def sweep(self) -> int:
        """One sweep over everything, until its repairs are done; their number."""
        with self.world.app.app_context():
            ask_for_sweep(District(db.session, 1), whole=True)
            db.session.remove()
        self.settle()
        with self.world.app.app_context():
            last = db.session.scalars(select(Sweep).order_by(Sweep.id.desc()).limit(1)).one()
            assert last.finished_at is not None
            return last.repaired

    def _unfinished(self) -> int:
        jobs = select(func.count()).where(Job.state.in_(ACTIVE_STATES))
        events = select(func.count()).where(Event.state == "new")
        with self.world.app.app_context():
            return (db.session.scalar(jobs) or 0) + (db.session.scalar(events) or 0)


@contextmanager
def made(folder: Path, seed: int, *, saves: int, sections: int) -> Iterator[Scene]:
    """So many courses under live sync, before the first of so many saves."""
    with make_synced(folder, public_url="http://localhost") as world:
        world.store.listeners.clear()
        courier = PostmanInTime(world.store)
        rooms = set_up(world, sections)
        with time_machine.travel(clock.now(), tick=False) as time:
            teachers, chance = Teachers(rooms, courier, seed), random.Random(seed)
            downs = chance.sample(DOWN, len(DOWN))
            scene = Scene(world, rooms, courier, teachers, time, chance, saves, downs)
            for each in (world.schoology.app, world.sis.app):
                each.wsgi_app = _with_a_look_between(each.wsgi_app, scene)
            scene.start()
            try:
                yield scene
            finally:
                courier.close()
                if courier.app is not None:
                    with courier.app.app_context():
                        db.engine.dispose()


def _with_a_look_between(answered: Any, scene: Scene) -> Any:
    def wsgi_app(environ: Any, start_response: Any) -> Any:
        scene.meanwhile()
        return answered(environ, start_response)

    return wsgi_app


def play(folder: Path, seed: int, *, saves: int = 100, sections: int = 6) -> Found:
    """Play it whole, and look at what came of it."""
    with made(folder, seed, saves=saves, sections=sections) as scene:
        rooms = scene.rooms
        scene.courier.weather = Weather(seed, LATEST, drop=LOST, double=DOUBLED, late=LATE)
        kills = [2 * saves // 3, saves // 3]
        while scene.saves:
            if kills and scene.saves <= kills[0] and scene.courier.app is not None:
                kills.pop(0)
                scene.will_die()
            scene.trouble()
            scene.save()
            slowly = 1 if scene.courier.app is not None else SLOWLY
            scene.pass_time(timedelta(seconds=scene.chance.choice(PAUSES) * slowly))
        scene.world.sis_faults.clear()
        scene.world.schoology_faults.clear()
        scene.settle()
        scene.courier.weather = Weather(seed, drop=LOST_AT_LAST)
        while not any(map(differences, rooms)):
            for _ in range(sections):
                scene.teachers.save()
            scene.settle()
        found = judge(scene.teachers, scene.courier, scene.sweep)
        found.problems[:0] = scene.problems
        found.figures |= {"deaths": scene.deaths, "looks": scene.looks}
        return found
