"""Whether a person has left, since when, and why what the app holds of them can't be erased yet."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, or_, select

from lti_app import clock
from lti_app.jobs import queue
from lti_app.lti import readers
from lti_app.models import (
    ACTIVE_STATES,
    LEFT_PERSON,
    UNFINISHED,
    ActingUser,
    Change,
    Installation,
    Job,
    LaunchSession,
    LinkState,
    Reader,
    Run,
    RunState,
    Scope,
    Staged,
)
from lti_app.operations.people import holds, rows
from lti_app.operations.people.person import TABLES, Person
from lti_app.school.outside_codes import PersonCode
from lti_app.school.reasons import NO_REASON, Reason, Told, because
from lti_app.school.records import Kind
from lti_app.school.run_kinds import RunKind
from lti_app.school.told import OF_KIND
from lti_app.store import links
from lti_app.store.district import District
from lti_app.sync.review.preview import last_planned_run

WAITING_DAYS = 30
"""So long after they left no one is erased: someone who left by mistake comes back within days, and until
then a sync can be undone."""


class NotYet(Told):
    """Nothing was erased."""


def raise_if_not_erasable(district: District, person: Person) -> None:
    """Raises NotYet."""
    why = why_not(district, person)
    if why:
        raise NotYet(why)


def why_not(district: District, person: Person) -> Reason:
    """Why a person can't be erased now; no reason if they can."""
    if holds.of(district, person) is not None:
        return because(PersonCode.ON_LEGAL_HOLD, name=person.called)
    return (
        _by_the_sis(district, person)
        or _by_the_app(district, person)
        or _by_time(district, person)
        or _by_syncs(district, person)
    )


def left_at(district: District, person: Person) -> datetime | None:
    """When the app saw that they left: their account was let go, or else when they were last seen."""
    link = links.read.one(district, Kind.USER, person.key) if person.key else None
    if link is not None:
        return link.changed_at
    staged = TABLES["staged"]
    lines = (rows.about(Change.__table__, person.ids), rows.about(staged, person.ids))  # type: ignore[arg-type]
    runs = [select(func.max(Run.started_at)).join(Change, Change.run_id == Run.id).where(lines[0])]
    runs += [select(func.max(Run.started_at)).join(staged, staged.c.run_id == Run.id).where(lines[1])]
    seen = [select(func.max(each.seen_at)).where(each.uid == person.uid) for each in (Reader, LaunchSession)]
    owners = (Run.installation_id, Run.installation_id, Reader.installation_id, LaunchSession.installation_id)
    asked = zip((*runs, *(seen if person.uid else ())), owners, strict=False)
    found = [district.session.scalar(each.where(owner == district.id)) for each, owner in asked]
    return max(filter(None, found), default=None)


def _by_the_sis(district: District, person: Person) -> Reason:
    """They are in the last complete read, or no one can tell."""
    if not person.key:
        return NO_REASON
    run = last_planned_run(district, RunKind.covering(Kind.USER))
    if run is None or not _is_whole(district, run):
        return because(PersonCode.NOT_READ_WHOLE, name=person.called)
    there = select(Staged.sis_id).where(
        Staged.run_id == run.id,
        Staged.kind.in_((Kind.USER, Kind.ENROLLMENT, Kind.PARENT_LINK)),
        rows.about(TABLES["staged"], person.ids),
        Staged.kind != LEFT_PERSON,
    )
    if district.session.scalar(there.limit(1)) is not None:
        zone = district.session.get_one(Installation, district.id).time_zone
        return because(PersonCode.STILL_IN_SIS, name=person.called, at=run.started_at, zone=zone)
    unread = select(Staged.sis_id).where(
        Staged.run_id == run.id,
        Staged.kind == Kind.USER,
        Staged.hides != "",
        or_(Staged.role == "", Staged.role == person.role),
    )
    if district.session.scalar(unread.limit(1)) is not None:
        return because(PersonCode.ROW_NOT_READ, name=person.called)
    link = links.read.one(district, Kind.USER, person.key)
    if link is not None and link.state in LinkState.in_use():
        return because(PersonCode.STILL_MANAGED, name=person.called)
    return NO_REASON


def _is_whole(district: District, run: Run) -> bool:
    """Whether every list of people was read to its end, and is still kept."""
    told = [str(each) for each in OF_KIND[Kind.USER]]
    lists = select(Scope.complete).where(Scope.run_id == run.id, Scope.kind.in_(told))
    complete = list(district.session.scalars(lists))
    kept = select(Staged.sis_id).where(Staged.run_id == run.id, Staged.kind == Kind.USER)
    return bool(complete) and all(complete) and district.session.scalar(kept.limit(1)) is not None


def _by_the_app(district: District, person: Person) -> Reason:
    """They may use the app."""
    acting_user = district.session.get(ActingUser, district.id)
    if acting_user is not None and person.uid and acting_user.uid == person.uid:
        return because(PersonCode.IS_ACTING_USER, name=person.called)
    since = clock.now() - readers.STANDS
    may_view = or_(Reader.allowed_at.is_not(None), Reader.confirmed_at > since)
    viewing = district.select(Reader.subject).where(Reader.uid == person.uid, Reader.uid != "", may_view)
    if district.session.scalar(viewing.limit(1)) is not None:
        return because(PersonCode.MAY_STILL_VIEW, name=person.called)
    return NO_REASON


def _by_time(district: District, person: Person) -> Reason:
    since = left_at(district, person)
    until = since + timedelta(days=WAITING_DAYS) if since else None
    if until is None or until <= clock.now():
        return NO_REASON
    zone = district.session.get_one(Installation, district.id).time_zone
    return because(PersonCode.LEFT_TOO_SHORT_AGO, name=person.called, at=since, until=until, zone=zone)


def _by_syncs(district: District, person: Person) -> Reason:
    """What runs may be about to write of them."""
    busy = district.select(Job.id).where(Job.lane.in_(queue.WRITERS), Job.state.in_(ACTIVE_STATES))
    if district.session.scalar(busy.limit(1)) is not None:
        return because(PersonCode.SYNC_UNDER_WAY)
    open_runs = district.select(Run.id).where(Run.state.in_((*UNFINISHED, RunState.HELD)))
    lines = select(Change.id).where(
        Change.run_id.in_(open_runs),
        rows.about(Change.__table__, person.ids),  # type: ignore[arg-type]
    )
    if district.session.scalar(lines.limit(1)) is not None:
        return because(PersonCode.SYNC_ON_HOLD, name=person.called)
    return NO_REASON
