"""Erase what the app holds about one person. Nothing in Schoology or the SIS changes.

Rows about the person are deleted, and other rows no longer name them. The settings history keeps its lines,
which hold ids; a mark (lti_app.operations.people.tombstones) tells that someone was erased.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import CursorResult, Delete, Table, Update, and_, delete, select, update

from lti_app import clock
from lti_app.models import Base, Installation, PersonHold
from lti_app.operations.people import leaving, rows, tombstones
from lti_app.operations.people.export import mentioning
from lti_app.operations.people.person import TABLES, Ids, Person, mine, of_key
from lti_app.operations.people.places import PLACES, Fate
from lti_app.school.records import Kind
from lti_app.store import audit, links, sqlite
from lti_app.store.district import District
from lti_app.vault import Vault

ERASED = "Person erased"


def erase(district: District, vault: Vault, person: Person, who: audit.Who) -> int:
    """Erase a person who has left; how many rows were deleted or changed. The caller commits.

    Raises leaving.NotYet.
    """
    leaving.raise_if_not_erasable(district, person)
    number = wipe(district, person)
    mark = tombstones.put(district, vault, person, clock.now())
    audit.record(district, who, ERASED, new=f"mark {mark}")
    return number


def again(district: District, vault: Vault) -> int:
    """Erase everybody who was erased before, in a database that was restored; how many people. The caller
    commits. Someone on hold stays."""
    link, staged, change = (TABLES[name] for name in ("link", "staged", "change"))
    keys: set[str] = set()
    for column in (link.c.sis_id, staged.c.sis_id, change.c.sis_id):
        found = _distinct(district, column)
        keys |= set(tombstones.marked(district, vault, "key", found))
    uids = set(tombstones.marked(district, vault, "account", _distinct(district, TABLES["reader"].c.uid)))
    people = [of_key(district, each) for each in sorted(keys)]
    people += [of_key(district, "", uid=each) for each in sorted(uids - {each.uid for each in people})]
    held = {each.key for each in district.session.scalars(district.select(PersonHold))}
    erased = [each for each in people if each.id not in held]
    for each in erased:
        wipe(district, each)
    return len(erased)


def wipe(district: District, person: Person) -> int:
    """Delete and change rows, whoever the person is; how many. The caller commits."""
    number = 0
    sqlite.overwrite_deleted(district.session)
    for table in reversed(Base.metadata.sorted_tables):
        place = PLACES[table.name]
        if place.erased is not Fate.KEEP or not place.whose:
            number += _unname(district, table, person)
        if place.erased is not Fate.KEEP:
            number += deal(district, table, person.ids, place.erased)
    district.session.expire_all()
    return number


def deal(district: District, table: Table, ids: Ids, fate: Fate, *also: Any) -> int:
    """Delete rows about people, or empty what they say beside ids; how many. The caller commits."""
    where = and_(*mine(district, table), rows.about(table, ids), *also)
    if fate is Fate.DELETE:
        return _run(district, delete(table).where(where))
    blank = {name: _blank(table, name) for name in PLACES[table.name].facts}
    return _run(district, update(table).where(where).values(blank))


def _unname(district: District, table: Table, person: Person) -> int:
    """Rows about something else lose what they say of the person."""
    number = 0
    for each in mentioning(district, table, person, own=PLACES[table.name].erased is Fate.REDUCE):
        where = and_(*(table.c[name] == value for name, value in each.key.items()))
        rest = {name: value for name, (value, _) in each.found.items()}
        number += _run(district, update(table).where(where).values(rest))
    return number


def _run(district: District, statement: Delete | Update) -> int:
    done: Any = district.session.execute(statement)
    assert isinstance(done, CursorResult)
    return done.rowcount


def _blank(table: Table, name: str) -> Any:
    column = table.c[name]
    if column.nullable:
        return None
    return {} if name in ("facts", "reason_values", "login") else ""


def _distinct(district: District, column: Any) -> list[str]:
    table = column.table
    kinds = [table.c.kind == Kind.USER] if "kind" in table.c else []
    return list(district.session.scalars(select(column).where(*mine(district, table), *kinds).distinct()))


def forget_returned(district: District, vault: Vault) -> None:
    """Forget the marks of people who came back: a sync manages their accounts again. The caller commits."""
    row = district.session.get(Installation, district.id)
    if row is None or not row.person_key:
        return
    for key in tombstones.marked(district, vault, "key", links.lists.in_use(district, Kind.USER)):
        tombstones.remove(district, vault, of_key(district, key))
    district.session.flush()
