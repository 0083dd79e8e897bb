"""After a restored backup: a district that was paused before, and a look that fails."""

from __future__ import annotations

from datetime import timedelta

from lti_app.extensions import db
from lti_app.models import Installation, Job, JobState
from tests.functional.test_cli import run
from tests.functional.test_periodic import tick_after
from tests.support.world import World

DOWN = [{"route": "POST ^.*/calls$", "fault": "close-before", "times": 9999}]


def reason(world: World) -> str:
    with world.app.app_context():
        return db.session.query(Installation).one().paused_reason


def restored(world: World, times: int = 1) -> Job:
    """The host says that a backup was restored; what the look came to."""
    for _ in range(times):
        run(world.app, "doctor --after-restore")
    return tick_after(world, timedelta(seconds=1))[-1]


def test_a_district_that_was_paused_stays_paused_for_the_reason_that_it_had(world: World) -> None:
    run(world.app, "installation pause --installation 1 --reason Contract.")

    job = restored(world, times=2)

    assert job.state == JobState.DONE
    assert "stays paused as it was before: " in job.message
    assert reason(world) == "Syncing is paused by the people who host the app. Contract."


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
    assert again.state == JobState.DONE, again.message
    assert reason(world) == ""
