"""Bring a deactivated account back: all that Data Prep ever writes to Schoology, asked for one by one.

It is safe to repeat: an account that is active stays so.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from lti_app.models import PrepRow, PrepState, Side
from lti_app.school.records import Kind
from lti_app.schoology.port import Schoology
from lti_app.sync import audit
from lti_app.sync.prep import stored


def reactivate(
    session: Session, schoology: Schoology, installation_id: int, uid: str, *, who: audit.Who
) -> str:
    """Schoology's words when it refuses, empty when it did. Commits what was asked before it is sent."""
    reading = stored.reading(session, installation_id)
    row = session.get(PrepRow, (reading.id, Kind.USER, str(Side.SCHOOLOGY), uid)) if reading else None
    if row is None or row.state != PrepState.INACTIVE:
        return "it is not among the deactivated accounts that were read."
    audit.record(session, installation_id, who, f"Reactivation of Schoology account {uid}", new="asked for")
    session.commit()
    outcome = schoology.reactivate([uid])[0]
    if not outcome.ok:
        return outcome.words or "it gave no reason."
    row.state = PrepState.OK
    audit.record(session, installation_id, who, f"Reactivation of Schoology account {uid}", new="done")
    session.commit()
    return ""
