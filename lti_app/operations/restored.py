"""What a restored database needs before its first tick: every district paused, its links looked up again."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.models import ACTIVE_STATES, Installation, Job, JobState
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import because
from lti_app.store import audit
from lti_app.store.district import District
from lti_app.sync.apply.after_restore import RESTORED, ask_to_find_again


def pause_everywhere(session: Session) -> list[str]:
    """Pause every claimed installation and queue the job that finds its links again; returns their names. One
    that no one has claimed has no links. The caller commits."""
    claimed = select(Installation).where(Installation.claimed_by_uid != "").order_by(Installation.id)
    names = []
    for row in session.scalars(claimed).all():
        session.execute(
            update(Job)
            .where(Job.installation_id == row.id, Job.state.in_(ACTIVE_STATES))
            .values(
                state=JobState.CANCELLED,
                finished_at=clock.now(),
                message=because(Code.JOB_CANCELLED_RESTORED),
            )
        )
        district = District(session, row.id)
        audit.record(district, audit.THE_HOST, audit.PAUSE, old=row.paused_reason, new=RESTORED)
        ask_to_find_again(session, row, asked_by="command line")
        names.append(row.name)
    return names
