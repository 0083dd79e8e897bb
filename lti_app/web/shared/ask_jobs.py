"""Queue what a person asked for, in their name."""

from __future__ import annotations

from collections.abc import Callable

from flask import current_app

from lti_app.extensions import db
from lti_app.jobs import queue
from lti_app.models import Job, JobState
from lti_app.operations import schedule
from lti_app.runs import history
from lti_app.runs.words.jobs import job_title
from lti_app.school.job_request import JobRequest
from lti_app.sync import scope
from lti_app.web.access import Person, own_district, who
from lti_app.web.shared.tab import Message


def enqueue_for(  # noqa: PLR0913 - a job has that many facts, all named
    person: Person,
    kind: str,
    request: JobRequest,
    *,
    lane: str = queue.PROVISION,
    section_id: str = "",
    trigger: str = "manual",
    once_added: Callable[[], None] | None = None,
) -> queue.Enqueued:
    """Queue a job in a person's name and have it run soon, or join the one that is there. Commits.

    `once_added` changes what belongs to a new job, in the same transaction.
    """
    asked = queue.enqueue(
        own_district(),
        kind,
        params=request,
        trigger=trigger,
        asked_by=person.name,
        asked_by_uid=person.uid,
        lane=lane,
        section_id=section_id,
    )
    job_id = asked.job.id
    if once_added is not None and not asked.joined:
        once_added()
    db.session.commit()
    if not asked.joined:
        submit(job_id)
    return asked


def submit(*job_ids: int) -> None:
    """Have jobs run soon; 0 is none."""
    for job_id in job_ids:
        if job_id:
            current_app.extensions["runner"].submit(job_id)


def ask_for(request: JobRequest, trigger: str = "manual") -> Message:
    """Queue a provisioning job, or say which one is there already. Commits."""
    person = who()
    lane = scope.lane_of(request.what)

    def reset_schedule() -> None:
        if schedule.resets(request.what, plan_only=request.plan_only):
            schedule.reset(own_district(), schedule.Event.MANUAL_SYNC)

    asked = enqueue_for(
        person, history.PROVISION, request, lane=lane, trigger=trigger, once_added=reset_schedule
    )
    if asked.joined and lane == queue.ONE_RECORD and asked.job.request != request:
        return ("info", "Another record is being synced. Wait a few seconds and try again.")
    if not asked.joined:
        return ("success", "Queued. You can leave this page.")
    if lane == queue.ONE_RECORD or not _may_follow(asked.job, request):
        return _there_already(asked.job)
    first = job_title(asked.job)
    asked = enqueue_for(
        person,
        history.PROVISION,
        request,
        lane=queue.FOLLOWING,
        trigger=trigger,
        once_added=reset_schedule,
    )
    if asked.joined:
        return _there_already(asked.job)
    return ("success", f"Queued. It starts when “{first}” is done. You can leave this page.")


def _may_follow(there: Job, request: JobRequest) -> bool:
    """Whether to sync once more after the job that is there: one that waits does the same anyway, and a
    second preview would show the same."""
    same = there.request == request
    return not same or (there.state == JobState.RUNNING and not request.plan_only)


def _there_already(job: Job) -> Message:
    said = f"“{job_title(job)}” is already queued or running, so no new job was started."
    return ("info", f"{said} Its progress is below.")
