"""One row that says which process may tick, so that several web processes do no harm."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, insert, literal, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.jobs import moment
from lti_app.models import Lease
from lti_app.models.base import UtcDateTime

ASTRAY = timedelta(hours=1)
"""A clock that is wrong by more than this doesn't say when something was due."""


def hold(session: Session, name: str, holder: str, length: timedelta) -> bool:
    """Take or renew a lease; False while another holder's lease hasn't expired."""
    taken: Any = session.execute(
        update(Lease)
        .where(
            Lease.name == name,
            (Lease.holder == holder) | (Lease.expires_at < moment.now(session)) | _is_void(session, length),
        )
        .values(holder=holder, expires_at=moment.now(session, length))
    )
    assert isinstance(taken, CursorResult)
    if taken.rowcount == 1:
        session.commit()
        return True
    session.rollback()
    return _make(session, name, holder, moment.now(session, length))


def renew(session: Session, name: str, holder: str, length: timedelta) -> None:
    """Renew a lease that is still ours; a lease that another holder has taken is left alone."""
    session.execute(
        update(Lease)
        .where(Lease.name == name, Lease.holder == holder)
        .values(expires_at=moment.now(session, length))
    )
    session.commit()


def note(session: Session, name: str, holder: str, length: timedelta) -> None:
    """Write down who was heard of last; several holders may use such a name at the same time."""
    values = {"holder": holder, "expires_at": moment.now(session, length)}
    noted: Any = session.execute(update(Lease).where(Lease.name == name).values(**values))
    assert isinstance(noted, CursorResult)
    session.commit()
    if not noted.rowcount:
        _make(session, name, holder, moment.now(session, length))


def runs(session: Session, name: str) -> bool:
    """Whether a lease is still valid, whoever holds it."""
    found = session.get(Lease, name, populate_existing=True)
    if found is None:
        return False
    return bool(session.scalar(select(literal(found.expires_at, UtcDateTime()) > moment.now(session))))


def holder_of(session: Session, name: str) -> str:
    """The current or last holder of a lease; empty if there never was one."""
    found = session.get(Lease, name)
    return found.holder if found is not None else ""


def take_from(session: Session, name: str, dead: str, holder: str, *, length: timedelta) -> bool:
    """Take over a lease from a holder that is known to be dead."""
    taken: Any = session.execute(
        update(Lease)
        .where(Lease.name == name, Lease.holder == dead)
        .values(holder=holder, expires_at=moment.now(session, length))
    )
    assert isinstance(taken, CursorResult)
    session.commit()
    return taken.rowcount == 1


def _is_void(session: Session, length: timedelta) -> ColumnElement[bool]:
    """A lease that ends later than one that was taken just now: some clock was wrong."""
    return Lease.expires_at > moment.now(session, length)


def _make(session: Session, name: str, holder: str, expires_at: Any) -> bool:
    """Create the row the first time; the process that loses the race doesn't hold the lease."""
    if session.get(Lease, name) is not None:
        session.rollback()
        return False
    try:
        session.execute(insert(Lease).values(name=name, holder=holder, expires_at=expires_at))
        session.commit()
    except IntegrityError:
        session.rollback()
        return False
    return True


def is_due(session: Session, name: str, every: timedelta) -> bool:
    """True once in each period, in one process only; the first period begins now. What is due is a matter of
    the day, so it goes by this machine's clock; a period that a wrong clock made longer is over.

    Clocks of two machines always differ a little, and a clock that is set back a second is right: only a
    period that is longer than it may be by ASTRAY, or by its own length, comes from a wrong clock.
    """
    now = clock.now()
    if session.get(Lease, name) is None:
        _make(session, name, "", now + every)
        return False
    longest = now + every + min(every, ASTRAY)
    taken: Any = session.execute(
        update(Lease)
        .where(Lease.name == name, (Lease.expires_at <= now) | (Lease.expires_at > longest))
        .values(expires_at=now + every)
    )
    assert isinstance(taken, CursorResult)
    session.commit()
    return taken.rowcount == 1


def is_due_again(session: Session, name: str) -> None:
    """Note that due work failed, so that it is due again at the next check."""
    session.execute(update(Lease).where(Lease.name == name).values(expires_at=clock.now()))
    session.commit()
