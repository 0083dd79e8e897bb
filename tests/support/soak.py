"""The soak: random teachers over many courses, lost and doubled events, outages, 429s and two kill -9."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import time_machine
from sqlalchemy import func, select

from lti_app import clock
from lti_app.extensions import db
from lti_app.grades.live.task import ask_for_sweep
from lti_app.grades.rows import category_map
from lti_app.grades.rows.section import settings_row
from lti_app.models import Event, Job, JobState, Link, LiveSection, SisConnection, Sweep
from lti_app.sandbox.schoology import gradebook as far_book
from lti_app.sandbox.schoology.event_delivery import Weather
from lti_app.school.grade_policy import GradePolicy, Ungraded
from lti_app.store.district import District
from tests.support.gradebook import Class, gradebook_of
from tests.support.live import registrar_of
from tests.support.processes import ROOT, answers, environment, free_port, until
from tests.support.teachers import Key, Save, Teachers, Value, differences, in_sis
from tests.support.world import World, make_world

AGAIN = 0.003
"""Schoology's ten minutes until it tries again, as 1.8 seconds."""
LOST, DOUBLED, LATE = 0.1, 0.1, 0.1
LOST_AT_LAST = 0.5
"""Of one more save for each course at the end: a later event of a course heals what was lost before it."""


@dataclass
class Plan:
    """What is to be played. `saves` are spread over `seconds`."""

    seed: int
    seconds: float
    saves: int
    sections: int = 50
    students: int = 220


@dataclass
class Found:
    """What came of it: what was wrong, and figures."""

    problems: list[str]
    repaired: int
    expected: int
    left: set[Key]
    figures: dict[str, int]


class Host:
    """The app in a process of its own that can be killed."""

    def __init__(self, world: World, port: int, folder: Path) -> None:
        self._clock, self._log = folder / "clock", folder / "app.log"
        self._port = port
        wiring = world.app.extensions["wiring"]
        self._env = {**environment(wiring.settings), "TEST_CLOCK": str(self._clock)}
        self._command = [sys.executable, "-m", "gunicorn", "-w", "1", "--threads", "8"]
        self._command += ["-b", f"127.0.0.1:{port}", "tests.support.soak_wsgi:app"]
        self._travels: list[time_machine.travel] = []
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and wait until it answers."""
        self.move(timedelta())
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own command
                self._command, env=self._env, cwd=ROOT, stdout=log, stderr=log, start_new_session=True
            )
        until(lambda: answers(self._port))

    def kill(self) -> None:
        """As if the machine had lost its power."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def move(self, ahead: timedelta) -> None:
        """Let time pass for everybody: the sandboxes live in this process."""
        moment = clock.now() + ahead
        if ahead:
            self._travels.append(time_machine.travel(moment, tick=True))
            self._travels[-1].start()
        self._clock.write_text(moment.isoformat())

    def close(self) -> None:
        """End the process, and go back to the time in which it began."""
        self.kill()
        while self._travels:
            self._travels.pop().stop()


@contextmanager
def courses(folder: Path, plan: Plan, port: int) -> Iterator[tuple[World, list[Class]]]:
    """A synced district with so many courses set up and live sync on."""
    options = {"students": plan.students, "public_url": f"http://127.0.0.1:{port}"}
    with make_world(folder, trigger_scale=AGAIN, **options) as world:
        world.sync()
        yield world, set_up(world, plan.sections)


def set_up(world: World, number: int) -> list[Class]:
    """So many courses with students, each with one matched category; live sync on."""
    book = gradebook_of(world)
    with world.app.app_context():
        links = db.session.query(Link).filter(Link.kind == "section").order_by(Link.sis_id).all()
        chosen = [each for each in links if _members(world, each) > 2][:number]
        assert len(chosen) == number, f"only {len(chosen)} courses have students"
        rooms = []
        for link in chosen:
            key = int(link.sis_id)
            there = book.settings(key).categories[0]
            category = far_book.add_category(world.store, int(link.schoology_id), there.description)
            row = settings_row(District(db.session, 1), link.schoology_id)
            category_map.save(db.session, row, {str(category.id): there.code})
            rooms.append(Class(world, link.schoology_id, key, there.session, book, there.code, category))
        db.session.get_one(SisConnection, 1).grades_confirmed_at = clock.now()
        db.session.commit()
        registrar_of(world.app).turn_on()
    rooms[0].policy(GradePolicy(ungraded=Ungraded.SEND))  # what is compared are items with and without scores
    _first_sweep(world)
    return rooms


def _first_sweep(world: World) -> None:
    """Compare every course once, as the app does on its own when live sync was turned on: what the first
    comparison of a course finds is not counted as a repair."""
    with world.app.app_context():
        ask_for_sweep(District(db.session, 1), whole=True)
        queued = select(Job.id).where(Job.state == JobState.QUEUED).order_by(Job.id).limit(1)
        while job_id := db.session.scalar(queued):
            world.app.extensions["runner"].run_now(job_id)
        assert set(db.session.scalars(select(LiveSection.begun))) == {True}
        db.session.remove()


def _members(world: World, link: Link) -> int:
    return len([each for each in world.store.members(int(link.schoology_id)) if not each.admin])


def play(folder: Path, plan: Plan) -> Found:
    """Play it whole, and look at what came of it."""
    port = free_port()
    with courses(folder, plan, port) as (world, rooms):
        host = Host(world, port, folder)
        host.start()
        try:
            return _play(world, rooms, host, plan)
        finally:
            host.close()


def _play(world: World, rooms: Sequence[Class], host: Host, plan: Plan) -> Found:
    postman = world.schoology.app.extensions["schoology_postman"]
    postman.weather = Weather(plan.seed, drop=LOST, double=DOUBLED, late=LATE)
    teachers = Teachers(rooms, postman, plan.seed)
    _teach(world, host, teachers, plan)
    _settle(world, host, postman)
    postman.weather = Weather(plan.seed, drop=LOST_AT_LAST)
    for _ in range(plan.sections):
        teachers.save()
    _settle(world, host, postman)
    return judge(teachers, postman, lambda: _sweep(world, host))


def judge(teachers: Teachers, postman: Any, sweep: Callable[[], int]) -> Found:
    """What is wrong once everything has settled; `sweep` sweeps once, and says how much it repaired."""
    rooms, problems = teachers.rooms, wrong(teachers, postman)
    missed = {key for room in rooms for key in differences(room)}
    repaired = sweep()
    left = {key for room in rooms for key in differences(room)}
    figures = {
        "saves": len(teachers.saves),
        "events": postman.posted,
        "dropped": len(postman.dropped),
        "lost": len(postman.lost - postman.delivered),
        "missed": len(missed),
        "repaired": repaired,
    }
    return Found(problems, repaired, len(missed), left, figures)


def wrong(teachers: Teachers, postman: Any) -> list[str]:
    """What the SIS lacks, or should not have, once every event that was delivered was worked off."""
    rooms, delivered = teachers.rooms, _delivered(teachers.saves, postman)
    found = [
        f"{key}: {there!r} is not among {sorted(map(str, allowed))}"
        for room in rooms
        for key, allowed, there in _promised(room, teachers.saves, delivered)
        if there not in allowed
    ]
    late = _changed_after(teachers.saves, delivered)
    missed = {key for room in rooms for key in differences(room)}
    return found + [f"{key} is missing, though its event was delivered" for key in missed - late]


def _teach(world: World, host: Host, teachers: Teachers, plan: Plan) -> None:
    """Save after save, with the disasters at fixed places."""
    chance = random.Random(plan.seed + 1)
    kills = {plan.saves // 3, 2 * plan.saves // 3}
    pause, between = threading.Event(), plan.seconds / plan.saves
    for number in range(plan.saves):
        if number in kills:
            host.kill()
            host.start()
        if chance.random() < 0.01:
            world.sis_faults.add([{"route": "* ^.*", "fault": "500", "times": chance.randrange(2, 30)}])
        if chance.random() < 0.02:
            route = "POST /v1/multiget"
            world.schoology_faults.add([{"route": route, "fault": "429", "times": chance.randrange(1, 3)}])
        teachers.save()
        pause.wait(between)
    world.sis_faults.clear()
    world.schoology_faults.clear()


def _settle(world: World, host: Host, postman: Any) -> None:
    """Wait until no event is on its way and nothing is queued, as long as something gets done."""
    left = _left(world, host, postman)

    def changed() -> tuple[int, int, int] | None:
        now = _left(world, host, postman)
        return now if now != left else None

    while any(left):
        left = until(changed, every=0.5) or left


def _left(world: World, host: Host, postman: Any) -> tuple[int, int, int]:
    """Events on their way, active jobs, and stored events. The pause of a job passes at once."""
    with world.app.app_context():
        paused = db.session.scalar(select(func.count()).where(Job.resume_at.is_not(None), _active()))
        waiting = db.session.scalar(select(func.count()).where(_active())) or 0
        new = db.session.scalar(select(func.count()).where(Event.state == "new")) or 0
        db.session.remove()
    if paused:
        host.move(timedelta(minutes=1))
    return postman.waiting, waiting, new


def _active() -> Any:
    return Job.state.in_((JobState.QUEUED, JobState.RUNNING))


def _delivered(saves: Sequence[Save], postman: Any) -> dict[str, int]:
    """Section → its newest save of which an event was delivered."""
    found: dict[str, int] = {}
    for each in saves:
        if each.events & postman.delivered:
            found[each.section_id] = each.number
    return found


def _promised(
    room: Class, saves: Sequence[Save], delivered: dict[str, int]
) -> Iterator[tuple[Key, set[Value], Value]]:
    """What each cell may say: what it said at the newest delivered save, or whatever came later."""
    there, newest = in_sis(room), delivered.get(room.section_id, -1)
    allowed: dict[Key, set[Value]] = {}
    for each in saves:
        for key, value in each.changes.items() if each.section_id == room.section_id else ():
            known = allowed.setdefault(key, {None})
            allowed[key] = {value} if each.number <= newest else {*known, value}
    for key, values in allowed.items():
        yield key, values, there.get(key)


def _changed_after(saves: Sequence[Save], delivered: dict[str, int]) -> set[Key]:
    """What was changed after the newest delivered save of its section: only a sweep can know of it."""
    return {key for each in saves if each.number > delivered.get(each.section_id, -1) for key in each.changes}


def _sweep(world: World, host: Host) -> int:
    """One sweep over everything, until its repairs are done; their number."""
    with world.app.app_context():
        ask_for_sweep(District(db.session, 1), whole=True)
        db.session.remove()

    def done() -> bool:
        with world.app.app_context():
            ended = db.session.scalar(select(Sweep.finished_at).order_by(Sweep.id.desc()).limit(1))
            waiting = db.session.scalar(select(func.count()).where(_active()))
            db.session.remove()
            return ended is not None and not waiting

    until(done, every=0.5)
    with world.app.app_context():
        return db.session.scalar(select(Sweep.repaired).order_by(Sweep.id.desc()).limit(1)) or 0
