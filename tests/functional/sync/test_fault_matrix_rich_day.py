"""The fault matrix of a day on which classes and families change, and of the jobs beside a sync."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from lti_app.extensions import db
from lti_app.models import Job, Link, SyncOptions
from lti_app.outbound.transport import Transport
from lti_app.runs.words import sentence
from lti_app.store.district import District
from lti_app.sync.plan import approval
from tests.support.killed_days import a_day_passes
from tests.support.killed_worker import OVER
from tests.support.matrix import (
    DATABASES,
    HANDLED,
    cells,
    ends_as,
    entry,
    picture,
    synced_world,
    to_the_end,
    url_of,
)
from tests.support.world import World, make_synced
from tests.unit.sync.plan.test_approval import Avery

pytestmark = pytest.mark.long

PLACES = {
    "courses": "POST /v1/courses",
    "sections": "PUT /v1/sections",
    "parents": "POST /v1/users",
    "parent-links": "POST /v1/users/import/associations/parents",
}
FAULTS = ("429", "500", "close-before", "close-after", *HANDLED)


def a_rich_day_passes(world: World) -> None:
    """Every course and class has another name, and parents come with their children."""
    district = world.district
    for key, course in list(district.courses.items()):
        district.courses[key] = replace(course, description=f"New {course.description}")
    for number, section in list(district.sections.items()):
        district.sections[number] = replace(section, description=f"New {section.description}")
    with world.app.app_context():
        options = db.session.get_one(SyncOptions, 1)
        options.provisioning = {**options.provisioning, "with_guardians": True}
        options.brakes = {"update_share": 1.0, "update_floor": 50}
        db.session.commit()


def titles(world: World) -> dict[str, list[Any]]:
    store = world.store
    return {
        **picture(store),
        "course titles": sorted(each.title for each in store.courses.values()),
        "section titles": sorted(each.section_title for each in store.sections.values()),
        "families": sorted(
            (each.school_uid, store.users[child].school_uid)
            for each in store.users.values()
            for child in each.child_uids
        ),
    }


@pytest.fixture(params=DATABASES)
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    with synced_world(tmp_path, url_of(request, tmp_path), a_rich_day_passes) as made:
        yield made


@cache
def undisturbed() -> dict[str, list[Any]]:
    """Schoology after such a day without any fault; each process of the tests looks once."""
    with TemporaryDirectory() as folder, make_synced(Path(folder), students=12) as world:
        before = titles(world)
        a_rich_day_passes(world)
        to_the_end(world)
        after = titles(world)
    assert all(before[name] != after[name] for name in ("course titles", "section titles", "families"))
    return after


@pytest.mark.parametrize(("place", "fault"), cells(tuple(PLACES), FAULTS, gate=3))
def test_a_changed_class_or_family_that_meets_a_fault_is_sent_once(
    world: World, place: str, fault: str
) -> None:
    world.schoology_faults.add([entry(PLACES[place], fault)])

    ends_as(world, picture_of(undisturbed()))

    assert titles(world) == undisturbed()


def picture_of(whole: dict[str, list[Any]]) -> dict[str, list[Any]]:
    return {name: whole[name] for name in ("users", "courses", "sections", "enrollments")}


def test_a_sis_that_hangs_beyond_our_patience_is_given_up_and_asked_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(Transport.__init__.__kwdefaults__, "time_out", (2.0, 0.5))
    world.sis_faults.add([{"route": "GET ^.*/pages/", "nth": 2, "fault": "hang", "seconds": 1}])

    ends_as(world, picture_of(undisturbed()))


# The jobs beside a sync: each over a district that was synced and had a day like others.


def drift(world: World) -> list[tuple[str, str, str]]:
    """What a check lists."""
    job = settled(world, world.sync("drift"))
    return sorted((each.kind, each.action, each.sis_id) for each in world.changes(job))


def undo(world: World) -> dict[str, list[Any]]:
    """What Schoology has after the day was undone."""
    run = world.run_of(newest(world))
    plan = world.run_of(world.sync("undo", undo_of=run.id))
    with world.app.app_context():
        approval.approve(District(db.session, 1), plan.id, plan.digest, who=Avery())
        db.session.commit()
        job_id = db.session.get_one(Job, plan.job_id).id
    settled(world, job_of(world, job_id))
    return picture(world.store)


def recover(world: World) -> list[tuple[str, str]]:
    """The links after the app forgot all of them and found them again."""
    with world.app.app_context():
        db.session.query(Link).delete()
        db.session.commit()
    settled(world, world.sync("all", recover=True, paused=""))
    with world.app.app_context():
        return sorted((each.kind, each.sis_id) for each in db.session.query(Link))


def newest(world: World) -> Job:
    with world.app.app_context():
        job = db.session.query(Job).order_by(Job.id.desc()).first()
        assert job is not None
        db.session.expunge(job)
        return job


def job_of(world: World, job_id: int) -> Job:
    with world.app.app_context():
        job = db.session.get_one(Job, job_id)
        db.session.expunge(job)
        return job


def settled(world: World, job: Job) -> Job:
    """The job at its end: what paused it passes."""
    for _ in range(8):
        if job.state in OVER:
            return job
        with world.app.app_context():
            db.session.get_one(Job, job.id).resume_at = None
            db.session.commit()
        world.app.extensions["runner"].run_now(job.id)
        job = job_of(world, job.id)
    raise AssertionError(f"it never came to an end: {sentence(job.message)}")


JOBS: dict[str, tuple[Callable[[World], Any], str]] = {
    "drift": (drift, "GET ^/v1/(csvexport|users|courses|sections)"),
    "undo": (undo, "POST /v1/enrollments"),
    "undo of people": (undo, "PUT /v1/users"),
    "recover": (recover, "GET ^/v1/(users|sections|courses)"),
}


def a_day_is_over(world: World) -> None:
    a_day_passes(world)
    to_the_end(world)


@pytest.fixture(params=DATABASES)
def after_a_day(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    with synced_world(tmp_path, url_of(request, tmp_path), a_day_is_over) as made:
        yield made


@cache
def calm(name: str) -> Any:
    """What a job finds or does without any fault; each process of the tests looks once."""
    with TemporaryDirectory() as folder, make_synced(Path(folder), students=12, then=a_day_is_over) as world:
        return JOBS[name][0](world)


@pytest.mark.parametrize(
    ("name", "fault"), cells(tuple(JOBS), ("429", "500", "502-html", "close-before", "close-after"), gate=3)
)
def test_a_check_an_undo_and_a_look_after_a_restore_survive_the_fault(
    after_a_day: World, name: str, fault: str
) -> None:
    work, route = JOBS[name]
    after_a_day.schoology_faults.add([entry(route, fault, times=3)])

    assert work(after_a_day) == calm(name)
    assert after_a_day.schoology_faults.entries[0].seen


LISTS = {
    "recover people": (recover, "GET ^/v1/users$"),
    "recover sections": (recover, "GET ^/v1/sections$"),
    "recover courses": (recover, "GET ^/v1/courses$"),
    "drift": (drift, "GET ^/v1/courses$"),
}


@pytest.mark.parametrize(
    ("name", "fault"), cells(tuple(LISTS), ("drop-rows", "repeat-page", "other-total"), gate=2)
)
def test_a_list_of_schoology_that_breaks_in_the_middle_misleads_no_one(
    after_a_day: World, name: str, fault: str
) -> None:
    work, route = LISTS[name]
    after_a_day.schoology_faults.add([entry(route, fault)])

    assert work(after_a_day) == calm(name.split()[0])
    assert after_a_day.schoology_faults.entries[0].seen
