"""The grades bench: from the teacher's button to the SIS, at the default pace, both far sides 50 ms away.

python -m tests.bench.grades --items 30 --students 30 --sections 6
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app import create_app
from lti_app.config import Settings
from lti_app.extensions import db
from lti_app.models import ACTIVE_STATES, Job
from tests.bench.figures import Figures
from tests.functional.web.course.test_course_tabs import Teacher, teacher_of
from tests.support.gradebook import Class, class_in
from tests.support.world import World, make_world

LATENCY = 0.05
WRITE = "PUT ^.*"


def main() -> int:
    """Run the bench; the exit code is the number of missed targets."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=30)
    parser.add_argument("--students", type=int, default=30)
    parser.add_argument("--sections", type=int, default=6)
    arguments = parser.parse_args()
    figures = Figures()
    with (
        tempfile.TemporaryDirectory() as folder,
        make_world(Path(folder), public_url="http://localhost") as world,
    ):
        world.sync()
        rooms = [_fill(world, number, arguments) for number in range(arguments.sections)]
        with _paced(world) as app:
            _bench([replace(each, world=replace(world, app=app)) for each in rooms], arguments, figures)
    return figures.failures


def _fill(world: World, number: int, arguments: argparse.Namespace) -> Class:
    """A section with so many students, items, and a score in every cell."""
    room = class_in(world, place=number)
    room.add_students(max(0, arguments.students - len(room.seats())), letter="ABCDEFGHIJ"[number])
    for count in range(arguments.items):
        room.grade_all(room.item(f"Item {count}"), 5 + count % 5)
    return room


@contextmanager
def _paced(world: World) -> Iterator[Any]:
    """The app at its default pace and with its scheduler; both sandboxes are far away from here on."""
    given: Settings = world.app.extensions["wiring"].settings
    app = create_app(replace(given, schoology_pace=Settings.schoology_pace, scheduler=True))
    world.schoology.app.extensions["schoology_latency"] = LATENCY
    world.sis.app.extensions["sis"].latency = LATENCY
    try:
        yield app
    finally:
        app.extensions["runner"].stop()


def _bench(rooms: list[Class], arguments: argparse.Namespace, figures: Figures) -> None:
    room, name = rooms[0], f"grades-{arguments.items}x{arguments.students}"
    teachers = [teacher_of(each, f"5{number}") for number, each in enumerate(rooms)]
    writes = room.watch(WRITE)
    shown, took = _press(teachers[:1])
    figures.say(f"{name}.first.progress", shown, "s", at_most=2)
    figures.say(f"{name}.first.seconds", took, "s", at_most=30)
    figures.say(f"{name}.first.writes", writes(), "requests", at_most=2 * arguments.items)
    figures.say(f"{name}.first.scores", len(room.sis.scores(room.key)), "scores", at_least=_cells(room))
    writes = room.watch(WRITE)
    figures.say(f"{name}.unchanged.seconds", _press(teachers[:1])[1], "s", at_most=30)
    figures.say(f"{name}.unchanged.writes", writes(), "requests", at_most=0)
    item = room.world.store.items[next(iter(room.world.store.items_of[int(room.section_id)]))]
    room.grade(item, 0, 9.75)
    writes = room.watch(WRITE)
    figures.say(f"{name}.one-score.seconds", _press(teachers[:1])[1], "s", at_most=30)
    figures.say(f"{name}.one-score.writes", writes(), "requests", at_most=1)
    if len(rooms) > 1:
        _, took = _press(teachers[1:])
        arrived = sum(len(each.sis.scores(each.key)) for each in rooms[1:])
        figures.say(
            f"{name}.{len(rooms) - 1}-more-sections.seconds", took, "s", at_most=30 * (len(rooms) - 1)
        )
        figures.say(
            f"{name}.{len(rooms) - 1}-more-sections.scores",
            arrived,
            "scores",
            at_least=sum(map(_cells, rooms[1:])),
        )


def _cells(room: Class) -> int:
    return len(room.seats()) * len(room.world.store.items_of[int(room.section_id)])


def _press(teachers: list[Teacher]) -> tuple[float, float]:
    """Press Sync grades in each course: seconds until the first shows progress, and until all are done."""
    began = time.perf_counter()
    for teacher in teachers:
        teacher.pages.press("/course/sync/start", which="all")
    shown = 0.0
    with teachers[0].room.world.app.app_context():
        while True:
            with Session(db.engine) as session:
                active = session.scalars(
                    select(Job).where(Job.lane == "grades", Job.state.in_(ACTIVE_STATES))
                ).all()
                if not shown and (not active or any(each.phase for each in active)):
                    shown = time.perf_counter() - began
                if not active:
                    return shown, time.perf_counter() - began
            time.sleep(0.02)  # a bench measures what a person waits: it looks fifty times a second


if __name__ == "__main__":
    sys.exit(main())
