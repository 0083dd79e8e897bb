"""Killed at random, again and again: a first sync and that of another day come to their ends."""

from __future__ import annotations

import random
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lti_app.extensions import db
from lti_app.models import SyncOptions
from lti_app.sync import held
from tests.support.butcher import OVER, Butcher
from tests.support.world import World, make_world
from tests.unit.sync.test_held import Avery


@pytest.fixture
def butcher(tmp_path: Path) -> Iterator[Butcher]:
    with make_world(tmp_path, students=8) as world:
        made = Butcher(world, tmp_path)
        yield made
        made.close()


def a_day_passes(world: World) -> None:
    """Every third enrollment ends in the SIS, and every other student has another name."""
    for rows in world.district.enrollments.values():
        for place in range(0, len(rows), 3):
            rows[place] = rows[place]._replace(status="D")
    students = world.district.students
    for key in list(students)[::2]:
        students[key] = replace(students[key], last_name="Anders")
    with world.app.app_context():
        loose = {
            "drop_share": 0.5,
            "drop_floor": 50,
            "section_floor": 30,
            "update_share": 0.8,
            "update_floor": 50,
        }
        db.session.get_one(SyncOptions, 1).brakes = loose
        db.session.commit()


def first_day(butcher: Butcher) -> None:
    butcher.queue()


def next_day(butcher: Butcher) -> None:
    assert butcher.world.sync().state in OVER
    a_day_passes(butcher.world)
    butcher.keep()
    butcher.queue()


def the_next_day_is_undone(butcher: Butcher) -> None:
    world = butcher.world
    assert world.sync().state in OVER
    a_day_passes(world)
    run = world.run_of(world.sync())
    plan = world.run_of(world.sync("undo", undo_of=run.id))
    with world.app.app_context():
        held.approve(db.session, 1, plan.id, plan.digest, who=Avery())
        db.session.commit()
    butcher.keep()
    butcher.remember()


@pytest.mark.parametrize("prepare", [first_day, next_day, the_next_day_is_undone])
def test_killed_again_and_again_at_random_it_still_comes_to_the_same_end(
    butcher: Butcher, prepare: Callable[[Butcher], None]
) -> None:
    prepare(butcher)
    commits = butcher.run()["commits"]
    wanted = butcher.result()
    assert wanted["job"]
    seed = random.randrange(10**6)
    dice = random.Random(seed)  # noqa: S311 - a test's dice

    for _ in range(2):
        butcher.put_back()
        kills = 0
        while kills < 12 and butcher.run(dice.randint(1, commits // 2))["signal"] == signal.SIGKILL:
            kills += 1
        butcher.run()
        assert kills > 0
        assert butcher.result() == wanted, f"seed {seed}"
