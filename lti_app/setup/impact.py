"""What narrowing a choice would stop: linked objects that fall outside of it. Nothing of it is dropped."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, distinct, func, select

from lti_app.models import Link, LinkState
from lti_app.school.desired import grading_periods_of
from lti_app.school.options import ProvisioningOptions
from lti_app.school.records import IdSpace, Kind, PersonRole
from lti_app.setup.choices import Choice, Tab, current
from lti_app.setup.terms import TermGroup
from lti_app.store.bulk import AT_ONCE, chunks
from lti_app.store.district import District


@dataclass(frozen=True)
class Stopping:
    """So many linked objects of a kind would no longer be kept up to date, and why."""

    kind: Kind
    count: int
    why: str


def stopping(district: District, tab: Tab, wanted: Choice) -> list[Stopping]:
    """What would stop syncing if the choice were saved; nothing of it is dropped."""
    now = current(district, tab)
    closed = now.buildings - wanted.buildings
    lines = _closed_buildings(district, tab, closed)
    if tab == "users":
        lines += _fewer_people(district, now.options, wanted.options)
    if tab == "sections" and now.options.with_co_teachers and not wanted.options.with_co_teachers:
        count = _co_teachers(district)
        lines.append(Stopping(Kind.ENROLLMENT, count, "co-teachers are switched off"))
    return [line for line in lines if line.count]


def _closed_buildings(district: District, tab: Tab, closed: Collection[str]) -> list[Stopping]:
    """Links in buildings that would be unticked; a section goes with its course, a seat with its person."""
    if not closed:
        return []
    why = "their building is unticked"
    here = Link.building.in_(closed)
    if tab == "users":
        people = select(Link.sis_id).where(*_synced(district.id, Kind.USER), here)
        return [
            Stopping(Kind.USER, _count(district, Kind.USER, here), why),
            Stopping(
                Kind.ENROLLMENT,
                _count(district, Kind.ENROLLMENT, Link.person.in_(people)),
                "their person is no longer synced",
            ),
        ]
    kinds: tuple[Kind, ...] = (Kind.SECTION, Kind.ENROLLMENT)
    if tab == "courses":
        kinds = (Kind.COURSE, *kinds)
    return [Stopping(kind, _count(district, kind, here), why) for kind in kinds]


def _fewer_people(
    district: District, now: ProvisioningOptions, wanted: ProvisioningOptions
) -> list[Stopping]:
    lines = []
    switches = (
        (IdSpace.STUDENT, now.with_students and not wanted.with_students, "students are switched off"),
        (IdSpace.STAFF, now.with_staff and not wanted.with_staff, "staff are switched off"),
        (IdSpace.CONTACT, now.with_guardians and not wanted.with_guardians, "parents are switched off"),
    )
    for space, narrowed, why in switches:
        if narrowed:
            lines.append(_people_of(district, space, why))
    fewer_types = set(now.guardian_types) - set(wanted.guardian_types)
    if fewer_types and now.with_guardians and wanted.with_guardians:
        why = f"contacts of type {', '.join(sorted(fewer_types))} are left out (at most so many)"
        lines.append(_people_of(district, IdSpace.CONTACT, why))
    for role in PersonRole:
        former = now.role_ids.get(role, "")
        if former and not wanted.role_ids.get(role):
            count = _count(district, Kind.USER, _has_role(role, former))
            lines.append(Stopping(Kind.USER, count, f"no Schoology role is chosen for them ({role})"))
    return lines


def _people_of(district: District, space: IdSpace, why: str) -> Stopping:
    prefix = Link.sis_id.startswith(f"{space}:", autoescape=True)
    return Stopping(Kind.USER, _count(district, Kind.USER, prefix), why)


def _has_role(role: PersonRole, role_id: str) -> ColumnElement[bool]:
    """The role last applied, as it stands in the canonical payload."""
    space = {PersonRole.STUDENT: IdSpace.STUDENT, PersonRole.GUARDIAN: IdSpace.CONTACT}.get(
        role, IdSpace.STAFF
    )
    same_space = Link.sis_id.startswith(f"{space}:", autoescape=True)
    return same_space & Link.payload.contains(f'"role_id":"{role_id}"', autoescape=True)


def _co_teachers(district: District) -> int:
    """Teachers beyond the first one of each section: a section has one primary teacher."""
    seats = select(func.count(), func.count(distinct(Link.parent))).where(
        *_synced(district.id, Kind.ENROLLMENT),
        Link.person.startswith(f"{IdSpace.STAFF}:", autoescape=True),
    )
    every, sections = district.session.execute(seats).one()
    return int(every - sections)


def _synced(installation_id: int, kind: Kind) -> tuple[ColumnElement[bool], ...]:
    return (Link.installation_id == installation_id, Link.kind == kind, Link.state.in_(LinkState.in_use()))


def _count(district: District, kind: Kind, condition: ColumnElement[bool]) -> int:
    """How many links that are kept up to date meet a condition."""
    statement = select(func.count()).select_from(Link).where(*_synced(district.id, kind), condition)
    return district.session.scalar(statement) or 0


def count_outside(
    district: District, groups: Sequence[TermGroup], closing: Sequence[TermGroup]
) -> dict[Kind, int]:
    """Linked sections whose every grading period would be closed to them, and their enrollments.

    Nothing of it is dropped. `closing` are the groups among `groups` that would be unmapped.
    """
    lost = _lost_periods(groups, closing)
    stopping = [
        sis_id
        for sis_id, building, payload in district.session.execute(
            district.select(Link.sis_id, Link.building, Link.payload)
            .where(
                Link.kind == Kind.SECTION,
                Link.state.in_(LinkState.in_use()),
                Link.building.in_(list(lost)),
            )
            .execution_options(yield_per=AT_ONCE)
        )
        if (periods := grading_periods_of(payload)) and periods <= lost[building]
    ]
    seats = _seats(district, stopping)
    return {kind: n for kind, n in ((Kind.SECTION, len(stopping)), (Kind.ENROLLMENT, seats)) if n}


def _lost_periods(groups: Sequence[TermGroup], closing: Sequence[TermGroup]) -> dict[str, set[str]]:
    """Building → grading periods to which none of its terms would lead any more."""
    closed = {group.key for group in closing}
    before: dict[str, set[str]] = defaultdict(set)
    after: dict[str, set[str]] = defaultdict(set)
    mapped = [(group, row) for group in groups for row in group.rows if row.grading_period_id]
    for group, row in mapped:
        before[row.building].add(row.grading_period_id)
        if group.key not in closed:
            after[row.building].add(row.grading_period_id)
    return {building: gone for building, ids in before.items() if (gone := ids - after[building])}


def _seats(district: District, sections: list[str]) -> int:
    total = 0
    for part in chunks(sections, AT_ONCE):
        total += (
            district.session.scalar(
                select(func.count())
                .select_from(Link)
                .where(
                    Link.installation_id == district.id,
                    Link.kind == Kind.ENROLLMENT,
                    Link.state.in_(LinkState.in_use()),
                    Link.parent.in_(part),
                )
            )
            or 0
        )
    return total
