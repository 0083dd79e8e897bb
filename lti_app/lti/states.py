"""State and nonce of a login in one single-use row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.lti.registrations import hash_of
from lti_app.models import LaunchState

LIFE = timedelta(minutes=5)


@dataclass(frozen=True)
class Pending:
    """What a login left for its launch."""

    platform_id: int
    nonce: str


def remember(session: Session, state: str, nonce: str, platform_id: int) -> None:
    """Keep a login for five minutes, and forget those that were never used. The caller commits."""
    session.execute(delete(LaunchState).where(LaunchState.expires_at < clock.now()))
    session.add(
        LaunchState(
            state_hash=hash_of(state),
            nonce=nonce,
            platform_id=platform_id,
            expires_at=clock.now() + LIFE,
        )
    )


def take(session: Session, state: str) -> Pending | None:
    """Delete the row and give it back in one statement, committed at once: nobody can use it again."""
    row = session.execute(
        delete(LaunchState)
        .where(LaunchState.state_hash == hash_of(state))
        .returning(LaunchState.platform_id, LaunchState.nonce, LaunchState.expires_at)
    ).first()
    session.commit()
    if row is None or row.expires_at < clock.now():
        return None
    return Pending(row.platform_id, row.nonce)
