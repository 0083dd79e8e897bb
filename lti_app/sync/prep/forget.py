"""Forget a reading and the decisions made on it. Links stay."""

from __future__ import annotations

from sqlalchemy import delete
from sqlalchemy.orm import Session

from lti_app.models import PrepPair, PrepUpload
from lti_app.sync.prep import stored
from lti_app.sync.prep.work import forget_older


def forget(session: Session, installation_id: int) -> None:
    """Forget rows, keys, pairs and uploads; the choices of the tab stay. The caller commits."""
    stored.change(session, installation_id, run_id=0)
    for table in (PrepPair, PrepUpload):
        session.execute(delete(table).where(table.installation_id == installation_id))
    session.commit()
    forget_older(session, installation_id, 0)
