"""What a restored database needs before its first tick: every district paused, its links looked up again.

The commands that restore ask for it. One that was put in place otherwise is recognized by its epoch.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.models import ACTIVE_STATES, Installation, Job, JobState
from lti_app.school.ending_codes import EndingCode
from lti_app.school.reasons import because
from lti_app.store import audit, epoch
from lti_app.store.district import District
from lti_app.sync.apply.after_restore import RESTORED, ask_to_find_again

log = logging.getLogger(__name__)


def recognized() -> Callable[[Session], None]:
    """What a process does before it takes jobs: keep how far the database has come, and pause every district
    when it went back. Commits."""
    known: epoch.Known = {}

    def look(session: Session) -> None:
        if epoch.went_back(session, known):
            log.error("the database went back: it was restored, or lost its last commits")
            pause_everywhere(session)
            session.commit()
        epoch.keep(session, epoch.mark(session), known)
        session.rollback()

    return look


def note_epoch(session: Session) -> None:
    """The database comes one step further, with each tick. Commits."""
    if epoch.advance(session) is None:
        epoch.begin_anew(session)
    session.commit()


def pause_everywhere(session: Session) -> list[str]:
    """Pause every claimed installation and queue the job that finds its links again; returns their names. One
    that no one has claimed has no links. The caller commits."""
    epoch.begin_anew(session)
    claimed = select(Installation).where(Installation.claimed_by_uid != "").order_by(Installation.id)
    names = []
    for row in session.scalars(claimed).all():
        session.execute(
            update(Job)
            .where(Job.installation_id == row.id, Job.state.in_(ACTIVE_STATES))
            .values(
                state=JobState.CANCELED,
                finished_at=clock.now(),
                message=because(EndingCode.JOB_CANCELED_RESTORED),
            )
        )
        district = District(session, row.id)
        audit.record(district, audit.THE_HOST, audit.PAUSE, old=row.paused_reason, new=RESTORED)
        ask_to_find_again(session, row, asked_by="command line")
        names.append(row.name)
    return names
