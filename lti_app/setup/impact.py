"""What narrowing a choice would stop: linked objects that fall outside of it. Nothing of it is dropped."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from lti_app.school.desired import grading_periods_of
from lti_app.school.options import ProvisioningOptions
from lti_app.school.records import Kind, PersonGroup, PersonRole, group_of
from lti_app.setup.choices import Choice, Tab, contact_types, current
from lti_app.setup.terms import TermGroup, building_names
from lti_app.store import links
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
        count = links.counts.co_teachers(district)
        lines.append(Stopping(Kind.ENROLLMENT, count, "co-teachers are turned off"))
    return [line for line in lines if line.count]


def _closed_buildings(district: District, tab: Tab, closed: Collection[str]) -> list[Stopping]:
    """Links in buildings that would be cleared; a section counts with its course, a seat with its person."""
    if not closed:
        return []
    why = "their school is no longer selected"
    if tab == "users":
        return [
            Stopping(Kind.USER, links.counts.in_buildings(district, Kind.USER, closed), why),
            Stopping(
                Kind.ENROLLMENT,
                links.counts.seats_of_people_in(district, closed),
                "the person is no longer synced",
            ),
        ]
    kinds: tuple[Kind, ...] = (Kind.SECTION, Kind.ENROLLMENT)
    if tab == "courses":
        kinds = (Kind.COURSE, *kinds)
    return [Stopping(kind, links.counts.in_buildings(district, kind, closed), why) for kind in kinds]


def _fewer_people(
    district: District, now: ProvisioningOptions, wanted: ProvisioningOptions
) -> list[Stopping]:
    lines = []
    switches = (
        (PersonGroup.STUDENT, now.with_students and not wanted.with_students, "students are turned off"),
        (PersonGroup.STAFF, now.with_staff and not wanted.with_staff, "staff are turned off"),
        (PersonGroup.CONTACT, now.with_guardians and not wanted.with_guardians, "parents are turned off"),
    )
    for group, narrowed, why in switches:
        if narrowed:
            lines.append(Stopping(Kind.USER, links.counts.people(district, group), why))
    fewer_types = set(now.guardian_types) - set(wanted.guardian_types)
    if fewer_types and now.with_guardians and wanted.with_guardians:
        names = contact_types(district, now)
        left_out = ", ".join(sorted(names[each] for each in fewer_types))
        why = f"contacts of this type are left out: {left_out} (at most so many)"
        lines.append(Stopping(Kind.USER, links.counts.people(district, PersonGroup.CONTACT), why))
    for role in PersonRole:
        former = now.role_ids.get(role, "")
        if former and not wanted.role_ids.get(role):
            count = links.counts.people(district, group_of([role]), role_id=former)
            lines.append(Stopping(Kind.USER, count, f"no Schoology role is chosen for them ({role})"))
    return lines


def count_outside(
    district: District, groups: Sequence[TermGroup], closing: Sequence[TermGroup]
) -> dict[Kind, int]:
    """Linked sections whose every grading period would be closed to them, and their enrollments.

    Nothing of it is dropped. `closing` are the groups among `groups` that would be unmapped.
    """
    lost = _lost_periods(groups, closing, building_names(district))
    stopping = [
        sis_id
        for sis_id, building, payload in links.read.payloads_of_buildings(district, Kind.SECTION, lost)
        if (periods := grading_periods_of(payload)) and periods <= lost[building]
    ]
    seats = sum(links.counts.seats_of_sections(district, part) for part in chunks(stopping, AT_ONCE))
    return {kind: n for kind, n in ((Kind.SECTION, len(stopping)), (Kind.ENROLLMENT, seats)) if n}


def _lost_periods(
    groups: Sequence[TermGroup], closing: Sequence[TermGroup], schools: Collection[str]
) -> dict[str, set[str]]:
    """Building → grading periods to which none of its terms would lead any more."""
    closed = {group.key for group in closing}
    before: dict[str, set[str]] = defaultdict(set)
    after: dict[str, set[str]] = defaultdict(set)
    mapped = [(group, row) for group in groups for row in group.rows if row.grading_period_id]
    for group, row in mapped:
        for building in row.buildings or schools:
            before[building].add(row.grading_period_id)
            if group.key not in closed:
                after[building].add(row.grading_period_id)
    return {building: gone for building, ids in before.items() if (gone := ids - after[building])}
