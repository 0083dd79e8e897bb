"""One line of the process log when a job begins, and one when it ends, so that the log answers whether a
district synced last night. Ids, codes and counts only."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from lti_app.jobs.runner import Result
from lti_app.logs import say
from lti_app.models import Job, Run

log = logging.getLogger(__name__)


class Outcome:
    """How a job ended, as far as this process knows."""

    def __init__(self) -> None:
        self.result: Result | None = None
        """None when another worker has taken the job over."""


@contextmanager
def logged(session: Session, job: Job) -> Iterator[Outcome]:
    """Log that a job begins and, after the block, how it ended."""
    facts: dict[str, object] = {
        "job": job.id,
        "installation": job.installation_id,
        "kind": job.kind,
    }
    if job.kind == "provision":
        facts["what"] = job.request.what
    say(log, "job begun", **facts, trigger=job.trigger)
    outcome, began = Outcome(), time.monotonic()
    yield outcome
    seconds = round(time.monotonic() - began, 1)
    result = outcome.result
    state = str(result.state) if result else "taken over"
    reason = (result.message.code if result else "") or "-"
    say(log, "job ended", **facts, outcome=state, reason=reason, **_counts(session, job.id), seconds=seconds)
    session.rollback()


def _counts(session: Session, job_id: int) -> dict[str, int]:
    """How many lines of its run had each outcome: done, failed, held, and so on."""
    counts: dict[str, Any] | None = None
    with suppress(SQLAlchemyError):
        counts = session.scalar(
            select(Run.counts).where(Run.job_id == job_id).order_by(Run.id.desc()).limit(1)
        )
    return {str(name): number for name, number in sorted((counts or {}).get("outcome", {}).items())}
