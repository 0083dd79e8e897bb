"""After a restored backup: a district that was paused before, and a look that fails."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text

from lti_app.extensions import db
from lti_app.models import Installation, Job, JobState, Link
from lti_app.runs.words import sentence
from tests.functional.cli.test_cli import run
from tests.functional.operations.test_periodic import tick_after
from tests.support.world import World, make_synced

DOWN = [{"route": "POST ^.*/calls$", "fault": "close-before", "times": 9999}]


def reason(world: World) -> str:
    with world.app.app_context():
        return sentence(db.session.query(Installation).one().paused_reason)


def restored(world: World, times: int = 1) -> Job:
    """The host says that a backup was restored; what the look came to."""
    for _ in range(times):
        run(world.app, "doctor --after-restore")
    return tick_after(world, timedelta(seconds=1))[-1]


def test_a_district_that_was_paused_stays_paused_for_the_reason_that_it_had(world: World) -> None:
    run(world.app, "installation pause --installation 1 --reason Contract.")

    job = restored(world, times=2)

    assert job.state == JobState.DONE
    assert "still paused, as before: " in sentence(job.message)
    assert reason(world) == "Syncs are paused by the people who host this app. Contract."


def test_a_look_that_fails_is_repeated_until_it_succeeds(world: World) -> None:
    world.sis_faults.add(DOWN)
    job, hours = restored(world), 0
    while job.state == JobState.QUEUED:
        hours += 2
        job = tick_after(world, timedelta(hours=hours))[-1]
    assert job.state == JobState.FAILED
    assert "restored from a backup" in reason(world)

    world.sis_faults.clear()
    again = tick_after(world, timedelta(hours=hours + 2))[-1]

    assert again.id > job.id
    assert again.state == JobState.DONE, sentence(again.message)
    assert reason(world) == ""


def test_who_was_enrolled_again_by_hand_since_the_backup_is_not_taken_out(tmp_path: Path) -> None:
    """The app ended an enrollment, and a person made it again: the backup knows only the app's own."""
    with make_synced(tmp_path) as world:
        section, student, seats = a_class(world)
        keep(world, tmp_path / "app.sqlite", tmp_path / "backup.sqlite")
        key = int(section.section_school_code)
        rows = world.district.enrollments[key]
        school_uid = str(world.store.users[student].school_uid)
        world.district.enrollments[key] = [each for each in rows if each.student_id != school_uid]
        world.sync("sections")
        assert student not in members(world, section)
        world.store.enroll(section.id, student)
        bring_back(world, tmp_path)

        assert restored(world).state == JobState.DONE
        world.sync("sections")

        assert student in members(world, section)
        assert len(members(world, section)) == seats


def test_who_was_taken_out_since_the_backup_and_is_wanted_is_enrolled_again(tmp_path: Path) -> None:
    """The backup thinks that the student is in the class, and the SIS asks for it: without a look it would
    never be sent again."""
    with make_synced(tmp_path) as world:
        section, student, seats = a_class(world)
        keep(world, tmp_path / "app.sqlite", tmp_path / "backup.sqlite")
        seat = next(each for each in world.store.members(section.id) if each.uid == student)
        world.store.unenroll(seat.id)
        bring_back(world, tmp_path)

        assert restored(world).state == JobState.DONE
        world.sync("sections")

        assert student in members(world, section)
        assert len(members(world, section)) == seats


def a_class(world: World) -> tuple[Any, int, int]:
    """A section that the app made, a student of it, and how many it has."""
    with world.app.app_context():
        ids = [int(each.schoology_id) for each in db.session.query(Link).filter(Link.kind == "section")]
    section = max((world.store.sections[each] for each in ids), key=lambda each: len(members(world, each)))
    return section, min(members(world, section)), len(members(world, section))


def members(world: World, section: Any) -> set[int]:
    return {each.uid for each in world.store.members(section.id) if not each.admin}


def keep(world: World, file: Path, copy: Path) -> None:
    """A backup of the app's database."""
    with world.app.app_context():
        db.session.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
        db.session.commit()
        db.session.remove()
        db.engine.dispose()
    shutil.copy(file, copy)


def bring_back(world: World, folder: Path) -> None:
    """The backup in place of the app's database."""
    with world.app.app_context():
        db.session.remove()
        db.engine.dispose()
    for leftover in folder.glob("app.sqlite*"):
        leftover.unlink()
    shutil.copy(folder / "backup.sqlite", folder / "app.sqlite")
