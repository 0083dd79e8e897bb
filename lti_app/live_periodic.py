"""What live sync queues by itself: sweeps, and the daily confirmation of Schoology."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.grades.live.sweep import OFTEN, WHOLE
from lti_app.jobs import lease, queue
from lti_app.live_tasks import CONFIRM, SWEEP
from lti_app.models import Installation, LiveSync, SyncOptions

DAILY = timedelta(hours=24)
WHOLE_SWEEP = "live-sweep-whole-{}"
"""The lease of an installation's daily sweep of every course."""


def queue_confirmations(session: Session, _wiring: Any) -> None:
    """Once a day for each district with live sync; hourly while Schoology still has what is to go."""
    mine = select(LiveSync).join(Installation, Installation.id == LiveSync.installation_id)
    for row in session.scalars(mine.where(Installation.paused_reason == "")).all():
        every = DAILY if row.secret_hash else timedelta(hours=1)
        wanted = bool(row.secret_hash or row.leftovers)
        if wanted and lease.is_due(session, f"live-confirm-{row.installation_id}", every):
            params = {"what": CONFIRM}
            queue.enqueue(
                session,
                row.installation_id,
                CONFIRM,
                params=params,
                trigger="scheduled",
                asked_by="the app",
                lane=CONFIRM,
            )
            session.commit()


def queue_sweeps(session: Session, _wiring: Any) -> None:
    """Queue the sweeps that are due: everything once a day, what was active every quarter of an hour."""
    installations = session.scalars(
        select(SyncOptions.installation_id)
        .join(Installation, Installation.id == SyncOptions.installation_id)
        .where(SyncOptions.live_grades.is_(True), Installation.paused_reason == "")
    ).all()
    for each in installations:
        often = lease.is_due(session, f"live-sweep-{each}", OFTEN)
        if lease.is_due(session, WHOLE_SWEEP.format(each), WHOLE):
            ask_for_sweep(session, each, whole=True)
        elif often:
            ask_for_sweep(session, each, whole=False)


def ask_for_sweep(session: Session, installation_id: int, *, whole: bool, asked_by: str = "the app") -> int:
    """Queue a sweep, or join the one that is there; its job. Commits.

    One of every course that finds a smaller one is asked for again at the next tick.
    """
    asked = queue.enqueue(
        session,
        installation_id,
        SWEEP,
        params={"what": "sweep", "whole": whole},
        trigger="scheduled",
        asked_by=asked_by,
        lane=SWEEP,
    )
    job_id = asked.job.id
    session.commit()
    if whole and asked.joined and not asked.job.params.get("whole"):
        lease.is_due_again(session, WHOLE_SWEEP.format(installation_id))
    return job_id
