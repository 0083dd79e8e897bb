"""What narrowing a choice would stop: linked objects that fall outside of it. Nothing of it is dropped."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, distinct, func, select
from sqlalchemy.orm import Session

from lti_app.models import Link, LinkState
from lti_app.school.options import ProvisioningOptions
from lti_app.school.records import IdSpace, Kind, PersonRole
from lti_app.sync.choices import Choice, Tab, current

SYNCED = (LinkState.OWNED, LinkState.ADOPTED)


@dataclass(frozen=True)
class Stopping:
    """So many linked objects of a kind would no longer be kept up to date, and why."""

    kind: Kind
    count: int
    why: str


def stopping(session: Session, installation_id: int, tab: Tab, wanted: Choice) -> list[Stopping]:
    """What would stop syncing if the choice were saved; nothing of it is dropped."""
    now = current(session, installation_id, tab)
    closed = now.buildings - wanted.buildings
    lines = _closed_buildings(session, installation_id, tab, closed)
    if tab == "users":
        lines += _fewer_people(session, installation_id, now.options, wanted.options)
    if tab == "sections" and now.options.with_co_teachers and not wanted.options.with_co_teachers:
        count = _co_teachers(session, installation_id)
        lines.append(Stopping(Kind.ENROLLMENT, count, "co-teachers are switched off"))
    return [line for line in lines if line.count]


def _closed_buildings(
    session: Session, installation_id: int, tab: Tab, closed: Collection[str]
) -> list[Stopping]:
    """Links in buildings that would be unticked; a section goes with its course, a seat with its person."""
    if not closed:
        return []
    why = "their building is unticked"
    here = Link.building.in_(closed)
    if tab == "users":
        people = select(Link.sis_id).where(*_synced(installation_id, Kind.USER), here)
        return [
            Stopping(Kind.USER, _count(session, installation_id, Kind.USER, here), why),
            Stopping(
                Kind.ENROLLMENT,
                _count(session, installation_id, Kind.ENROLLMENT, Link.person.in_(people)),
                "their person is no longer synced",
            ),
        ]
    kinds: tuple[Kind, ...] = (Kind.SECTION, Kind.ENROLLMENT)
    if tab == "courses":
        kinds = (Kind.COURSE, *kinds)
    return [Stopping(kind, _count(session, installation_id, kind, here), why) for kind in kinds]


def _fewer_people(
    session: Session, installation_id: int, now: ProvisioningOptions, wanted: ProvisioningOptions
) -> list[Stopping]:
    lines = []
    switches = (
        (IdSpace.STUDENT, now.with_students and not wanted.with_students, "students are switched off"),
        (IdSpace.STAFF, now.with_staff and not wanted.with_staff, "staff are switched off"),
        (IdSpace.CONTACT, now.with_guardians and not wanted.with_guardians, "parents are switched off"),
    )
    for space, narrowed, why in switches:
        if narrowed:
            lines.append(_people_of(session, installation_id, space, why))
    fewer_types = set(now.guardian_types) - set(wanted.guardian_types)
    if fewer_types and now.with_guardians and wanted.with_guardians:
        why = f"contacts of type {', '.join(sorted(fewer_types))} are left out (at most so many)"
        lines.append(_people_of(session, installation_id, IdSpace.CONTACT, why))
    for role in PersonRole:
        former = now.role_ids.get(role, "")
        if former and not wanted.role_ids.get(role):
            count = _count(session, installation_id, Kind.USER, _has_role(role, former))
            lines.append(Stopping(Kind.USER, count, f"no Schoology role is chosen for them ({role})"))
    return lines


def _people_of(session: Session, installation_id: int, space: IdSpace, why: str) -> Stopping:
    prefix = Link.sis_id.startswith(f"{space}:", autoescape=True)
    return Stopping(Kind.USER, _count(session, installation_id, Kind.USER, prefix), why)


def _has_role(role: PersonRole, role_id: str) -> ColumnElement[bool]:
    """The role last applied, as it stands in the canonical payload."""
    space = {PersonRole.STUDENT: IdSpace.STUDENT, PersonRole.GUARDIAN: IdSpace.CONTACT}.get(
        role, IdSpace.STAFF
    )
    same_space = Link.sis_id.startswith(f"{space}:", autoescape=True)
    return same_space & Link.payload.contains(f'"role_id":"{role_id}"', autoescape=True)


def _co_teachers(session: Session, installation_id: int) -> int:
    """Teachers beyond the first one of each section: a section has one primary teacher."""
    seats = select(func.count(), func.count(distinct(Link.parent))).where(
        *_synced(installation_id, Kind.ENROLLMENT),
        Link.person.startswith(f"{IdSpace.STAFF}:", autoescape=True),
    )
    every, sections = session.execute(seats).one()
    return int(every - sections)


def _synced(installation_id: int, kind: Kind) -> tuple[ColumnElement[bool], ...]:
    return (Link.installation_id == installation_id, Link.kind == kind, Link.state.in_(SYNCED))


def _count(session: Session, installation_id: int, kind: Kind, condition: ColumnElement[bool]) -> int:
    """How many links that are kept up to date meet a condition."""
    statement = select(func.count()).select_from(Link).where(*_synced(installation_id, kind), condition)
    return session.scalar(statement) or 0
