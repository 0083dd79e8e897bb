"""The choices of the Data Prep, Users, Courses and Sections tabs: read and changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from lti_app.models import BuildingRow, SyncOptions, TermRow
from lti_app.school.options import ProvisioningOptions
from lti_app.school.prep import PrepOptions


def data_prep_options(session: Session, installation_id: int) -> PrepOptions:
    """The choices of the Data Prep tab."""
    row = session.get(SyncOptions, installation_id)
    return PrepOptions.from_json((row.prep if row else None) or {})


def change_data_prep(session: Session, installation_id: int, **changes: Any) -> PrepOptions:
    """Store other choices. The caller commits."""
    wanted = replace(data_prep_options(session, installation_id), **changes)
    row = session.get(SyncOptions, installation_id)
    if row is None:
        row = SyncOptions(installation_id=installation_id)
        session.add(row)
    row.prep = wanted.to_json()
    return wanted


def read_options(session: Session, installation_id: int) -> ProvisioningOptions:
    """The choices of the Users, Courses and Sections tabs."""
    row = session.get(SyncOptions, installation_id)
    return ProvisioningOptions.from_json(row.provisioning if row else {})


Tab = Literal["users", "courses", "sections"]

TICKS: dict[Tab, InstrumentedAttribute[bool]] = {
    "users": BuildingRow.for_users,
    "courses": BuildingRow.for_courses,
    "sections": BuildingRow.for_sections,
}


@dataclass(frozen=True)
class Choice:
    """What a tab wants: the SIS ids of its ticked buildings, and the options of all tabs."""

    buildings: frozenset[str]
    options: ProvisioningOptions


@dataclass(frozen=True)
class TermsHint:
    """How many marking periods of the chosen buildings are mapped to grading periods."""

    mapped: int
    total: int


def mapped_buildings(session: Session, installation_id: int) -> list[BuildingRow]:
    """The buildings that can be ticked: those with a Schoology building, by name."""
    return list(
        session.scalars(
            select(BuildingRow)
            .where(BuildingRow.installation_id == installation_id, BuildingRow.schoology_id != "")
            .order_by(BuildingRow.name, BuildingRow.sis_id)
        )
    )


def current(session: Session, installation_id: int, tab: Tab) -> Choice:
    """What is chosen now; a ticked building that lost its mapping does not count."""
    ticked = select(BuildingRow.sis_id).where(
        BuildingRow.installation_id == installation_id, BuildingRow.schoology_id != "", TICKS[tab].is_(True)
    )
    return Choice(frozenset(session.scalars(ticked)), read_options(session, installation_id))


def save(session: Session, installation_id: int, tab: Tab, wanted: Choice) -> None:
    """Store a choice. Only mapped buildings of the installation can be ticked. The caller commits."""
    for row in session.scalars(select(BuildingRow).where(BuildingRow.installation_id == installation_id)):
        setattr(row, TICKS[tab].key, bool(row.schoology_id) and row.sis_id in wanted.buildings)
    save_options(session, installation_id, wanted.options)


def save_options(session: Session, installation_id: int, options: ProvisioningOptions) -> None:
    """Store the options of all tabs. The caller commits."""
    row = session.get(SyncOptions, installation_id)
    if row is None:
        row = SyncOptions(installation_id=installation_id)
        session.add(row)
    row.provisioning = options.to_json()


def difference(before: Choice, after: Choice) -> tuple[str, str]:
    """What differs between two choices as two texts, for the audit."""
    old, new = _flat(before), _flat(after)
    names = [name for name in new if old[name] != new[name]]
    return _joined(old, names), _joined(new, names)


def _joined(values: Mapping[str, str], names: Collection[str]) -> str:
    return "; ".join(f"{name}: {values[name]}" for name in names)


def _flat(choice: Choice) -> dict[str, str]:
    options = {name: str(value) for name, value in choice.options.to_json().items() if name != "known_roles"}
    return {"buildings": ", ".join(sorted(choice.buildings)) or "none", **options}


def terms_hint(session: Session, installation_id: int, buildings: Collection[str]) -> TermsHint:
    """Marking periods of the given buildings, mapped and all."""
    total, mapped = session.execute(
        select(func.count(), func.count(TermRow.id).filter(TermRow.grading_period_id != "")).where(
            TermRow.installation_id == installation_id, TermRow.building.in_(buildings)
        )
    ).one()
    return TermsHint(mapped, total)
