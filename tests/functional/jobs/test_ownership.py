"""A worker that stood still sends nothing for a job that others may have by now."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter
from sqlalchemy import update

from lti_app.extensions import db
from lti_app.jobs import heartbeats
from lti_app.jobs.heartbeats import SILENT_AFTER
from lti_app.models import Job, JobState
from tests.support.world import World

WRITES = ("POST", "PUT", "DELETE")


def once_it_writes(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], None]) -> list[str]:
    """Every request that may change something, in order; something happens after the first one."""
    sent: list[str] = []
    send = HTTPAdapter.send

    def watched(self: HTTPAdapter, request: requests.PreparedRequest, *args: Any, **more: Any) -> Any:
        writes = request.method in WRITES and "/oauth" not in str(request.url)
        if writes:
            sent.append(str(request.url))
        answer = send(self, request, *args, **more)
        if writes and len(sent) == 1:
            happens()
        return answer

    monkeypatch.setattr(HTTPAdapter, "send", watched)
    return sent


def stand_still(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine stops for longer than others wait, and goes on."""
    real, gone = time.monotonic, SILENT_AFTER.total_seconds()
    monkeypatch.setattr(time, "monotonic", lambda: real() + gone)


def test_a_worker_that_stood_still_sends_nothing_more(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def happens() -> None:
        with world.app.app_context(), db.engine.begin() as other_machine:
            other_machine.execute(update(Job).values(owner="another machine"))
        stand_still(monkeypatch)

    at_once = world.app.extensions["wiring"].in_flight
    sent = once_it_writes(monkeypatch, happens)

    job = world.sync()

    assert job.owner == "another machine"
    assert 0 < len(sent) <= at_once


def test_a_machine_that_slept_and_kept_its_job_does_the_rest_later(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        once_it_writes(patch, lambda: stand_still(patch))
        asleep = world.sync()
    assert asleep.state == JobState.RUNNING

    with world.app.app_context():
        assert heartbeats.requeue_silent(db.session, {asleep.owner}) == 1
    world.app.extensions["runner"].run_now(asleep.id)

    with world.app.app_context():
        assert db.session.get_one(Job, asleep.id).state in (JobState.DONE, JobState.DONE_WITH_PROBLEMS)
    assert world.sync().state in (JobState.DONE, JobState.DONE_WITH_PROBLEMS)
