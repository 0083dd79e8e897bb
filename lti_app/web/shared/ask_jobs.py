"""Queue what a person asked for, in their name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from flask import current_app

from lti_app.extensions import db
from lti_app.jobs import queue
from lti_app.models import Job
from lti_app.operations import schedule
from lti_app.runs import history
from lti_app.sync import scope
from lti_app.sync.scope import PREP
from lti_app.web.access import who
from lti_app.web.shared import job_view
from lti_app.web.shared.tab import Message


def ask_for(params: Mapping[str, Any], trigger: str = "manual") -> Message:
    """Queue a provisioning job, or say which one is there already. Commits."""
    person = who()
    if params.get("what") == PREP and queue.active_job(
        db.session, person.installation_id, lane=queue.ONE_RECORD
    ):
        return ("info", "A record is being synced alone: wait a few seconds, then ask again.")
    lane = scope.lane_of(params)
    asked = queue.enqueue(
        db.session,
        person.installation_id,
        history.PROVISION,
        params=params,
        trigger=trigger,
        asked_by=person.name,
        asked_by_uid=person.uid,
        lane=lane,
    )
    job_id = asked.job.id
    plan_only = bool(params.get("plan_only"))
    if not asked.joined and schedule.resets(str(params.get("what", "")), plan_only=plan_only):
        schedule.reset(db.session, person.installation_id, "the manual sync")
    db.session.commit()
    if asked.joined and lane == queue.ONE_RECORD and asked.job.params != params:
        return ("info", "Another record is being synced alone: wait a few seconds, then ask again.")
    if asked.joined:
        there = job_view.title_of(cast(Job, db.session.get(Job, job_id)))
        return ("info", f"{there} is queued or running already, so nothing was added. Its progress is below.")
    current_app.extensions["runner"].submit(job_id)
    return ("success", "Queued. You may leave this page: it goes on without you.")
