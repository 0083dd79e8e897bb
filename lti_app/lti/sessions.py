"""Sessions of launched people: an opaque token in the page, its hash in the database.

Idle 60 minutes, absolute 8 hours. No cookie takes part. An ended session opens nothing, and is kept for a
week: it says whose installation a refused page belongs to, where the person was, and which login to repeat.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any
from zoneinfo import available_timezones

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.lti.claims import Launch
from lti_app.lti.registrations import hash_of
from lti_app.models import LaunchSession
from lti_app.store.district import District

IDLE = timedelta(minutes=60)
LONGEST = timedelta(hours=8)
KEPT = timedelta(days=7)
"""How long a session is kept after it has ended: a tab that was left open over a long weekend still knows."""


def open_session(district: District, launch: Launch, *, cookie_bound: bool, opened_from: str = "") -> str:
    """A new session's token. Sessions that ended long ago are forgotten on the way. The caller commits.

    `opened_from` is the hash of the session that an administrator opened a course from, for the way back.
    """
    now = clock.now()
    forget_old(district.session)
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
            time_zone=launch.time_zone if launch.time_zone in available_timezones() else "",
            cookie_bound=cookie_bound,
            created_at=now,
            seen_at=now,
            expires_at=now + LONGEST,
            place=_last_place(district, launch),
            login_id=launch.login_id,
            login=launch.login,
            opened_from=opened_from,
        )
    )
    return token


def return_session(district: District, here: LaunchSession) -> str:
    """A new token for the administrator's session that a course was opened from; empty when that has ended or
    is someone else's. The caller commits."""
    found = district.session.get(LaunchSession, here.opened_from) if here.opened_from else None
    mine = found is not None and found.installation_id == district.id and found.subject == here.subject
    if found is None or not mine or found.section_id or is_over(found):
        return ""
    columns = [each.key for each in LaunchSession.__table__.columns if each.key != "token_hash"]
    token = secrets.token_urlsafe(32)
    kept = {name: getattr(found, name) for name in columns}
    district.session.add(LaunchSession(token_hash=hash_of(token), **{**kept, "seen_at": clock.now()}))
    return token


def judge_again(district: District, launch: Launch) -> None:
    """Give the person's older sessions of the same context the role that they have now. None is ended: each
    request is judged by the role. The caller commits."""
    district.session.execute(
        district.update(LaunchSession)
        .where(
            LaunchSession.subject == launch.subject,
            LaunchSession.section_id == launch.section_id,
            LaunchSession.role != launch.role,
        )
        .values(role=launch.role)
    )


def sign_out(district: District, subject: str) -> None:
    """End every session of a person, so that no token and no *Open again* of theirs works. Caller commits."""
    district.session.execute(
        district.update(LaunchSession)
        .where(LaunchSession.subject == subject, LaunchSession.expires_at > clock.now())
        .values(expires_at=clock.now() - timedelta(seconds=1), login={})
    )


def _last_place(district: District, launch: Launch) -> dict[str, Any]:
    """Where this person was in their last session of this context, unless that is too long ago."""
    found = district.session.scalars(
        select(LaunchSession.place)
        .where(
            LaunchSession.installation_id == district.id,
            LaunchSession.subject == launch.subject,
            LaunchSession.section_id == launch.section_id,
            LaunchSession.seen_at > clock.now() - LONGEST,
        )
        .order_by(LaunchSession.seen_at.desc(), LaunchSession.created_at.desc())
        .limit(1)
    ).first()
    return found or {}


def forget_old(session: Session) -> None:
    """Forget the sessions that ended long ago. The caller commits."""
    session.execute(delete(LaunchSession).where(LaunchSession.expires_at < clock.now() - KEPT))


def is_over(found: LaunchSession) -> bool:
    """Whether a session was idle for too long, or lasted too long."""
    now = clock.now()
    return found.expires_at < now or found.seen_at < now - IDLE


def kept_session(session: Session, token: str) -> LaunchSession | None:
    """The session of a token, also one that has ended: only to know whose it was."""
    return session.get(LaunchSession, hash_of(token)) if token else None


def session_of_login(session: Session, login_id: str) -> LaunchSession | None:
    """The session that a login led to, also one that has ended: only to know whose it was."""
    if not login_id:
        return None
    return session.scalars(select(LaunchSession).where(LaunchSession.login_id == login_id)).first()


def touch(session: Session, found: LaunchSession) -> None:
    """Keep a session alive. Commits when the last time was more than a minute ago."""
    now = clock.now()
    if now - found.seen_at <= timedelta(minutes=1):
        return
    session.execute(
        update(LaunchSession).where(LaunchSession.token_hash == found.token_hash).values(seen_at=now)
    )
    session.commit()


def keep_place(session: Session, token_hash: str, place: dict[str, Any]) -> None:
    """Note the page that a person sees. The caller commits."""
    session.execute(update(LaunchSession).where(LaunchSession.token_hash == token_hash).values(place=place))
