"""One person, by every id and name under which the app may hold something of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Table, func, select

from lti_app.models import Base, LaunchSession, Reader
from lti_app.operations.district_removal import belonging
from lti_app.runs.record_names import record_name
from lti_app.school.outside_codes import PersonCode
from lti_app.school.reasons import Told, because
from lti_app.school.records import Kind
from lti_app.sis import registry
from lti_app.store import links
from lti_app.store.district import District

TABLES = Base.metadata.tables
SHORTEST = 5
"""A shorter username is a word that may stand anywhere."""


class Unknown(Told):
    """No one, or more than one person, has the id."""


@dataclass(frozen=True)
class Ids:
    """Ids of one or more people: SIS keys, Schoology ids, LTI subs, and ids in the SIS's gradebook."""

    keys: frozenset[str] = frozenset()
    uids: frozenset[str] = frozenset()
    subjects: frozenset[str] = frozenset()
    students: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Person:
    """`key` is the SIS key and `uid` the Schoology id; one of them may be empty. `texts` are names,
    usernames, and email addresses, without names that someone else has, too."""

    key: str = ""
    uid: str = ""
    name: str = ""
    role: str = ""
    subjects: frozenset[str] = frozenset()
    students: frozenset[str] = frozenset()
    """What the gradebook of the SIS may call them."""
    seats: frozenset[str] = frozenset()
    """Ids of their enrollments in Schoology."""
    texts: frozenset[str] = frozenset()

    @property
    def id(self) -> str:
        """What they are asked for by: the SIS key, or the Schoology id of someone that the SIS never had."""
        return self.key or self.uid

    @property
    def ids(self) -> Ids:
        """What rows about them are found by."""
        keys, uids = (frozenset((each,)) if each else frozenset[str]() for each in (self.key, self.uid))
        return Ids(keys, uids, self.subjects, self.students)

    @property
    def called(self) -> str:
        """Their name, or their id in words where no name is known."""
        return self.name or record_name(self.id)


def find(district: District, given: str) -> Person:
    """The person with this id: the SIS key or number, or the Schoology id. Raises Unknown."""
    wanted = given.strip()
    keys = {key for key in _keys(district, wanted) if key} if wanted else set()
    if wanted in keys:
        return of_key(district, wanted)
    if len(keys) > 1:
        raise Unknown(because(PersonCode.SEVERAL_PEOPLE, id=wanted, keys=", ".join(sorted(keys))))
    if keys:
        return of_key(district, keys.pop())
    if not wanted or not _used_the_app(district, wanted):
        raise Unknown(because(PersonCode.NOBODY, id=wanted))
    return of_key(district, "", uid=wanted)


def of_key(district: District, key: str, *, uid: str = "") -> Person:
    """Everything under which a person may be found."""
    link = links.read.one(district, Kind.USER, key) if key else None
    uid = uid or (link.schoology_id if link else "")
    payload = json.loads(link.payload) if link and link.payload else {}
    used = list(_users(district, uid)) if uid else []
    labels = {link.label if link else "", *_labels(district, key), *(name for _, name in used)}
    names = {form for label in labels for form in _forms(label)}
    words = {str(payload.get(name) or "") for name in ("username", "email")}
    shared = _shared(district, key, names)
    return Person(
        key=key,
        uid=uid,
        name=(link.label if link else "") or next(iter(sorted(filter(None, labels))), ""),
        role=link.role if link else "",
        subjects=frozenset(subject for subject, _ in used),
        students=students_of(key),
        seats=frozenset(links.read.seats_of(district, key)) if key else frozenset(),
        texts=frozenset(each for each in (names - shared) | words if len(each) >= SHORTEST),
    )


def students_of(key: str) -> frozenset[str]:
    """What the gradebook of any SIS may call the person with a key."""
    called = (each.gradebook_id(key) for each in registry.ADAPTERS.values() if key)
    return frozenset(filter(None, called))


def _keys(district: District, wanted: str) -> Iterator[str]:
    """SIS keys of people with an id, in whatever the app still holds."""
    link, staged, change, prep = (TABLES[name] for name in ("link", "staged", "change", "prep_row"))
    named = {
        "link": (link.c.sis_id, (link.c.sis_id, link.c.number, link.c.natural_key, link.c.schoology_id)),
        "staged": (staged.c.sis_id, (staged.c.sis_id, staged.c.number, staged.c.natural_key)),
        "change": (change.c.sis_id, (change.c.sis_id, change.c.number)),
        "prep_row": (prep.c.ident, (prep.c.ident, prep.c.number)),
    }
    for name, (key, columns) in named.items():
        table = TABLES[name]
        is_user = [table.c.kind == Kind.USER, *([prep.c.side == "sis"] if name == "prep_row" else [])]
        for column in columns:
            found = select(key).where(*mine(district, table), *is_user, column == wanted).distinct()
            yield from district.session.scalars(found)


def mine(district: District, table: Table) -> tuple[ColumnElement[bool], ...]:
    """The condition that rows of a table belong to the district; empty for tables of the whole app."""
    found = belonging(table, district.id)
    return () if found is None else (found,)


def _used_the_app(district: District, uid: str) -> bool:
    columns = (("reader", "uid"), ("launch_session", "uid"), ("acting_user", "uid"), ("audit", "uid"))
    return any(
        district.session.scalar(
            select(func.count()).where(*mine(district, TABLES[name]), TABLES[name].c[column] == uid)
        )
        for name, column in columns
    )


def _users(district: District, uid: str) -> Iterator[tuple[str, str]]:
    """(LTI sub, name) of an account that opened the app."""
    for table in (Reader, LaunchSession):
        rows = district.select(table.subject, table.name).where(table.uid == uid).distinct()
        yield from ((subject, name) for subject, name in district.session.execute(rows))


def _labels(district: District, key: str) -> Iterable[str]:
    """What runs and Data Prep called the person."""
    for name, column in (("staged", "sis_id"), ("change", "sis_id"), ("prep_row", "ident")):
        table = TABLES[name]
        rows = select(table.c.label).where(
            *mine(district, table), table.c.kind == Kind.USER, table.c[column] == key
        )
        yield from district.session.scalars(rows.distinct())


def _forms(label: str) -> Iterator[str]:
    """“Last, First” and “First Last” of either; nothing of a single word."""
    last, comma, first = label.partition(", ")
    if comma:
        yield from (label, f"{first} {last}")
    elif " " in label.strip():
        yield label


def _shared(district: District, key: str, names: set[str]) -> set[str]:
    """Names that someone else has: a text with one may be about them."""
    link = TABLES["link"]
    others = select(link.c.label).where(
        *mine(district, link), link.c.kind == Kind.USER, link.c.sis_id != key, link.c.label.in_(names)
    )
    return {form for label in district.session.scalars(others) for form in _forms(label)}
