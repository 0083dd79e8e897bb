"""Sessions of launched people: an opaque token in the page, its hash in the database.

Idle 60 minutes, absolute 8 hours. No cookie takes part.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from sqlalchemy import delete, or_, update
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.lti.claims import Launch
from lti_app.lti.registrations import hash_of
from lti_app.models import LaunchSession
from lti_app.store.district import District

IDLE = timedelta(minutes=60)
LONGEST = timedelta(hours=8)


def open_session(district: District, launch: Launch, *, cookie_bound: bool) -> str:
    """A new session's token. Sessions that are over are forgotten on the way. The caller commits."""
    now = clock.now()
    district.session.execute(
        delete(LaunchSession).where(or_(LaunchSession.expires_at < now, LaunchSession.seen_at < now - IDLE))
    )
    token = secrets.token_urlsafe(32)
    district.session.add(
        LaunchSession(
            token_hash=hash_of(token),
            installation_id=district.id,
            subject=launch.subject,
            uid=launch.uid,
            name=launch.name,
            role=launch.role,
            section_id=launch.section_id,
            section_title=launch.section_title,
            domain=launch.domain,
            cookie_bound=cookie_bound,
            created_at=now,
            seen_at=now,
            expires_at=now + LONGEST,
        )
    )
    return token


def is_over(found: LaunchSession) -> bool:
    """Whether a session was idle for too long, or lasted too long."""
    now = clock.now()
    return found.expires_at < now or found.seen_at < now - IDLE


def find_session(session: Session, token: str) -> LaunchSession | None:
    """The session of a token while it lasts, touched so that it stays alive; commits the touch."""
    if not token:
        return None
    now = clock.now()
    found = session.get(LaunchSession, hash_of(token))
    if found is None or is_over(found):
        return None
    if now - found.seen_at > timedelta(minutes=1):
        session.execute(
            update(LaunchSession).where(LaunchSession.token_hash == found.token_hash).values(seen_at=now)
        )
        session.commit()
    return found
