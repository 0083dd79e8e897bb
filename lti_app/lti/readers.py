"""Who may look at the admin app: people confirmed by Schoology, or allowed by name by the Acting User.

A role in a launch opens nothing: a teacher who administers a course launches as Administrator too. Schoology
is asked about a person with the Acting User's token, and again once a day. While it cannot be asked, its
last word stands for a week.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from enum import Enum, auto

from sqlalchemy import delete, or_, select
from sqlalchemy.exc import IntegrityError

from lti_app import clock
from lti_app.lti import acting
from lti_app.models import ActingUser, Installation, LaunchSession, Reader
from lti_app.outbound.errors import NotFound, OutboundError, Refused
from lti_app.school.reason_codes import Code
from lti_app.schoology.port import Schoology
from lti_app.store.district import District

CONFIRM_EVERY = timedelta(days=1)
STANDS = timedelta(days=7)
"""So long a confirmation stands while Schoology cannot be asked."""
ASK_AGAIN = timedelta(seconds=30)
"""How long the app waits before it asks again about a person that Schoology didn't confirm."""
KEPT = timedelta(days=90)
"""So long a person who does not open the app is kept on the list, unless they were allowed by name."""


class Admission(Enum):
    """Whether a person may look, and if not, why."""

    READS = auto()
    NO_UID = auto()
    NO_ACTING_USER = auto()
    NOT_CONFIRMED = auto()
    UNREACHED = auto()


def known(district: District, found: LaunchSession, acting_user: ActingUser | None) -> Admission | None:
    """What is known without asking Schoology; None: ask it."""
    if not found.uid:
        return Admission.NO_UID
    if acting_user is None or acting_user.problem:
        return Admission.NO_ACTING_USER
    row = district.session.get(Reader, (district.id, found.subject))
    if row is None:
        return None
    now = clock.now()
    if row.allowed_at is not None or _confirmed_within(row, CONFIRM_EVERY):
        return Admission.READS
    if row.asked_at is None or not row.asked_at <= now < row.asked_at + ASK_AGAIN:
        return None
    return _by_last_word(row)


def ask(district: District, found: LaunchSession, acting_user: ActingUser, schoology: Schoology) -> Admission:
    """Ask Schoology about a person and keep what it says. Commits, and holds nothing open while it asks."""
    uid, subject, name, since = found.uid, found.subject, found.name, acting_user.since
    district.session.commit()
    confirmed = _is_system_admin(schoology, uid)
    problem = _acting_users_problem(schoology) if confirmed is None else Code.ROLE_LOST
    row = _row(district, subject, uid)
    row.uid, row.name, row.asked_at, row.seen_at = uid, name or row.name, clock.now(), clock.now()
    row.answered = confirmed is not None
    if confirmed is not None:
        row.confirmed_at = clock.now() if confirmed else None
    district.session.refresh(acting_user)
    to_blame = confirmed is None or (confirmed is False and acting_user.uid == uid)
    if problem is not None and to_blame and acting_user.since == since:
        acting.note_problem(district, acting.problem_of(district, acting_user, problem))
        district.session.commit()
        return Admission.NO_ACTING_USER
    district.session.commit()
    return _by_last_word(row)


def confirm(district: District, subject: str, uid: str, name: str) -> None:
    """Keep that Schoology has just said of a person that they are a system administrator. Caller commits."""
    row = _row(district, subject, uid)
    row.uid, row.name, row.answered = uid, name or row.name, True
    row.confirmed_at = row.asked_at = row.seen_at = clock.now()


def listed(district: District) -> list[Reader]:
    """Everybody who opened the admin app lately, by name."""
    return list(district.session.scalars(district.select(Reader).order_by(Reader.name, Reader.uid)))


def allow(district: District, subject: str, by: str) -> Reader | None:
    """Let a listed person look; None when no one of the list has this sub. The caller commits."""
    row = district.session.get(Reader, (district.id, subject))
    if row is not None and row.allowed_at is None:
        row.allowed_at, row.allowed_by = clock.now(), by
    return row


def stop_allowing(district: District, subject: str) -> Reader | None:
    """Take back that a person may look by name; None when no one has this sub. The caller commits."""
    row = district.session.get(Reader, (district.id, subject))
    if row is not None:
        row.allowed_at, row.allowed_by = None, ""
    return row


def names(district: District, uids: Collection[str]) -> dict[str, str]:
    """Schoology uid → the name of a person who has used the app, as far as it is still known."""
    wanted = [each for each in uids if each]
    found: dict[str, str] = {}
    for owner, uid, name in (
        (LaunchSession.installation_id, LaunchSession.uid, LaunchSession.name),
        (Reader.installation_id, Reader.uid, Reader.name),
        (ActingUser.installation_id, ActingUser.uid, ActingUser.name),
        (Installation.id, Installation.claimed_by_uid, Installation.claimed_by_name),
    ):
        known = select(uid, name).where(owner == district.id, uid.in_(wanted), name != "")
        found |= {each: called for each, called in district.session.execute(known)}
    return found


def forget_old(district: District) -> None:
    """Forget people who have not opened the app for long and were not allowed by name. The caller commits."""
    old = Reader.seen_at < clock.now() - KEPT
    stale = or_(Reader.confirmed_at.is_(None), Reader.confirmed_at < clock.now() - KEPT)
    district.session.execute(
        delete(Reader).where(Reader.installation_id == district.id, Reader.allowed_at.is_(None), old, stale)
    )


def _is_system_admin(schoology: Schoology, uid: str) -> bool | None:
    """What Schoology says; None when it does not say anything."""
    try:
        return schoology.person(uid).is_system_admin
    except NotFound:
        return False
    except OutboundError:
        return None


def _acting_users_problem(schoology: Schoology) -> Code | None:
    """Whether it is the Acting User's fault that Schoology does not say anything."""
    try:
        return None if schoology.me().is_system_admin else Code.ROLE_LOST
    except Refused:
        return Code.PERMISSION_VOID
    except OutboundError:
        return None


def _row(district: District, subject: str, uid: str) -> Reader:
    key = (district.id, subject)
    row = district.session.get(Reader, key, populate_existing=True)
    if row is not None:
        return row
    row = Reader(installation_id=district.id, subject=subject, uid=uid, name="", seen_at=clock.now())
    try:
        with district.session.begin_nested():
            district.session.add(row)
    except IntegrityError:  # another request of the same person was faster
        return district.session.get_one(Reader, key, populate_existing=True)
    return row


def _confirmed_within(row: Reader, span: timedelta) -> bool:
    now = clock.now()
    return row.confirmed_at is not None and now - span < row.confirmed_at <= now


def _by_last_word(row: Reader) -> Admission:
    if _confirmed_within(row, CONFIRM_EVERY if row.answered else STANDS):
        return Admission.READS
    return Admission.NOT_CONFIRMED if row.answered else Admission.UNREACHED
