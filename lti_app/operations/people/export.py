"""Everything that the app holds about one person, as one JSON document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Table, select

from lti_app import clock
from lti_app.models import Installation
from lti_app.operations.district_removal import SECRETS
from lti_app.operations.people import rows
from lti_app.operations.people.person import TABLES, Person, mine
from lti_app.operations.people.places import PLACES
from lti_app.school.reasons import Reason
from lti_app.store import audit
from lti_app.store.district import District

EXPORTED = "Person’s data exported"


def export(district: District, person: Person, who: audit.Who) -> dict[str, Any]:
    """{"person": ids and names, "rows": {table: [row]}, "mentions": {table: [{key, column, path, value}]}},
    with the audit line about it. Sealed values and what opens something are left out. The caller commits."""
    installation = district.session.get_one(Installation, district.id)
    audit.record(district, who, EXPORTED, new="exported", about=("user", person.id))
    district.session.flush()
    tables = [TABLES[name] for name in sorted(PLACES) if TABLES[name].primary_key.columns]
    return {
        "exported_at": clock.now().isoformat(timespec="seconds"),
        "installation": {"id": installation.id, "name": installation.name},
        "person": {
            "sis_id": person.key,
            "schoology_id": person.uid,
            "name": person.name,
            "role": person.role,
            "lti_subjects": sorted(person.subjects),
        },
        "rows": _some({each.name: list(_rows(district, each, person)) for each in tables}),
        "mentions": _some({each.name: list(_mentions(district, each, person)) for each in tables}),
    }


def _rows(district: District, table: Table, person: Person) -> Iterator[dict[str, Any]]:
    if not PLACES[table.name].whose:
        return
    columns = [each for each in table.columns if each.name not in SECRETS and not each.info.get("sealed")]
    found = select(*columns).where(*mine(district, table), rows.about(table, person.ids))
    for row in district.session.execute(found).mappings():
        yield {name: _plain(value) for name, value in row.items()}


def _mentions(district: District, table: Table, person: Person) -> Iterator[dict[str, Any]]:
    for row in mentioning(district, table, person):
        for name, (_, found) in row.found.items():
            for path, value in found:
                key = {each: _plain(value) for each, value in row.key.items()}
                yield {"key": key, "column": name, "path": path, "value": _plain(value)}


class Mentioning:
    """A row of a table that names a person, and what each column is without it."""

    def __init__(self, key: Mapping[str, Any], found: Mapping[str, tuple[Any, rows.Found]]) -> None:
        self.key, self.found = key, found


def mentioning(
    district: District, table: Table, person: Person, *, own: bool = False
) -> Iterator[Mentioning]:
    """Rows that name a person in a column of `mentions`; with `own` also those that are about the person."""
    names = PLACES[table.name].mentions
    if not names:
        return
    keys = list(table.primary_key.columns)
    columns = [table.c[name] for name in names]
    wanted = select(*keys, *(each.label(f"_{each.name}") for each in columns)).where(
        *mine(district, table),
        rows.mentions(table, person),
        *([] if own else [~rows.about(table, person.ids)]),
    )
    for row in district.session.execute(wanted).mappings().all():
        found = {name: rows.without(table.c[name], row[f"_{name}"], person) for name in names}
        told = {name: each for name, each in found.items() if each[1]}
        if told:
            yield Mentioning({each.name: row[each.name] for each in keys}, told)


def _some(found: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
    return {name: each for name, each in found.items() if each}


def _plain(value: Any) -> Any:
    if isinstance(value, Reason):
        return value.to_json()
    if isinstance(value, date | datetime):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return value
