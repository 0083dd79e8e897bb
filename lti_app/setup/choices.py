"""The choices of the Data Prep, Users, Courses and Sections tabs: read and changed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any, Literal

from sqlalchemy.orm import InstrumentedAttribute

from lti_app import clock
from lti_app.models import BuildingRow, Installation, Run, SisConnection, SyncOptions, TermRow
from lti_app.school.options import ProvisioningOptions
from lti_app.school.prep import PrepOptions
from lti_app.school.records import Kind
from lti_app.school.run_kinds import RunKind
from lti_app.sis import registry
from lti_app.sis.capabilities import Capabilities
from lti_app.store.district import District

MET_TYPES = "contact_types"
"""The count of a run that says which contact types it met, chosen or not: code → links."""
RECENT = 10
"""So many newest runs are asked for it."""


def data_prep_options(district: District) -> PrepOptions:
    """The choices of the Data Prep tab."""
    row = district.session.get(SyncOptions, district.id)
    return PrepOptions.from_json((row.prep if row else None) or {})


def change_data_prep(district: District, **changes: Any) -> PrepOptions:
    """Store other choices. The caller commits."""
    wanted = replace(data_prep_options(district), **changes)
    row = district.session.get(SyncOptions, district.id)
    if row is None:
        row = SyncOptions(installation_id=district.id)
        district.session.add(row)
    row.prep = wanted.to_json()
    return wanted


def read_options(district: District) -> ProvisioningOptions:
    """The choices of the Users, Courses and Sections tabs.

    As long as no one has chosen contact types, parents are those that the SIS's adapter calls so.
    """
    row = district.session.get(SyncOptions, district.id)
    found = ProvisioningOptions.from_json(row.provisioning if row else {})
    return found if found.guardian_types else replace(found, guardian_types=_parent_types(district))


def contact_types(district: District, options: ProvisioningOptions) -> dict[str, str]:
    """Code → name of every contact type that can be chosen: those that the SIS's adapter names, those that
    the last sync with parents met, and those that are chosen now."""
    can = _capabilities(district)
    named = {each.code: each.name for each in can.contact_types} if can else {}
    met = [*_met_types(district), *options.guardian_types]
    return named | {code: f"Type “{code}” (the SIS gives no name)" for code in met if code not in named}


def _met_types(district: District) -> list[str]:
    """Codes of the contacts that the newest run with parents read, chosen or not."""
    runs = district.select(Run.counts).where(Run.what.in_(RunKind.covering(Kind.USER)))
    recent = district.session.scalars(runs.order_by(Run.id.desc()).limit(RECENT))
    return next((sorted(counts[MET_TYPES]) for counts in recent if counts.get(MET_TYPES)), [])


def _parent_types(district: District) -> tuple[str, ...]:
    found = _capabilities(district)
    return found.parent_types if found else ()


def _capabilities(district: District) -> Capabilities | None:
    connection = district.session.get(SisConnection, district.id)
    described = registry.find(connection.adapter) if connection else registry.first()
    return described.capabilities if described else None


Tab = Literal["users", "courses", "sections"]

TICKS: dict[Tab, InstrumentedAttribute[bool]] = {
    "users": BuildingRow.for_users,
    "courses": BuildingRow.for_courses,
    "sections": BuildingRow.for_sections,
}


@dataclass(frozen=True)
class Choice:
    """The choices of a tab: the SIS IDs of its selected buildings, and the options of all tabs."""

    buildings: frozenset[str]
    options: ProvisioningOptions


@dataclass(frozen=True)
class TermsHint:
    """How many terms of the chosen buildings are mapped to grading periods."""

    mapped: int
    total: int


def mapped_buildings(district: District) -> list[BuildingRow]:
    """The buildings that can be selected: those with a Schoology building, by name."""
    return list(
        district.session.scalars(
            district.select(BuildingRow)
            .where(BuildingRow.schoology_id != "")
            .order_by(BuildingRow.name, BuildingRow.sis_id)
        )
    )


def current(district: District, tab: Tab) -> Choice:
    """What is chosen now; a selected building that lost its mapping doesn't count."""
    ticked = district.select(BuildingRow.sis_id).where(BuildingRow.schoology_id != "", TICKS[tab].is_(True))
    return Choice(frozenset(district.session.scalars(ticked)), read_options(district))


def save(district: District, tab: Tab, wanted: Choice) -> None:
    """Store a choice. Only mapped buildings of the installation can be selected. The caller commits."""
    for row in district.session.scalars(district.select(BuildingRow)):
        setattr(row, TICKS[tab].key, bool(row.schoology_id) and row.sis_id in wanted.buildings)
    save_options(district, wanted.options)


def save_options(district: District, options: ProvisioningOptions) -> None:
    """Store the options of all tabs. The caller commits."""
    row = district.session.get(SyncOptions, district.id)
    if row is None:
        row = SyncOptions(installation_id=district.id)
        district.session.add(row)
    row.provisioning = options.to_json()


def terms_hint(district: District, buildings: Collection[str]) -> TermsHint:
    """Terms of the given schools that aren't over, mapped and all."""
    zone = district.session.get_one(Installation, district.id).time_zone
    columns = (TermRow.buildings, TermRow.grading_period_id)
    rows = district.session.execute(district.select(*columns).where(TermRow.end >= clock.today(zone))).all()
    theirs = [period for schools, period in rows if not schools or set(schools) & set(buildings)]
    return TermsHint(sum(map(bool, theirs)), len(theirs))
