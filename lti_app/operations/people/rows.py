"""Where a person is in the tables: conditions on rows, and what texts and JSON of other rows say of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, Text, and_, cast, false, or_, type_coerce
from sqlalchemy.types import TypeDecorator

from lti_app.grades.live.last_seen import Kept
from lti_app.models import LEFT_PERSON
from lti_app.operations.people.person import Ids, Person
from lti_app.operations.people.places import PLACES, Ref
from lti_app.school.reasons import Reason
from lti_app.school.records import GradeKind, Kind
from lti_app.store import audit

GONE = "(erased)"
"""Stands where a text named the person."""
Found = list[tuple[str, Any]]
"""(path, value) of what a value says of the person."""


def about(table: Table, ids: Ids) -> ColumnElement[bool]:
    """The condition that a row is about one of the people with these ids."""
    whose = PLACES[table.name].whose
    return or_(false(), *(each for name, ref in whose.items() for each in _refers(table, name, ref, ids)))


def _refers(table: Table, name: str, ref: Ref, ids: Ids) -> Iterator[ColumnElement[bool]]:
    column, of_user = table.c[name], [table.c.kind == Kind.USER] if "kind" in table.c else []
    if ref is Ref.STUDENT:
        yield column.in_(ids.students)
    elif ref is Ref.SUBJECT:
        yield column.in_(ids.subjects)
    elif ref is Ref.UID:
        yield column.in_(ids.uids)
    elif ref is Ref.ACCOUNT:
        yield and_(column.in_(ids.uids), *of_user)
    elif ref in (Ref.SIDE, Ref.SIDE_PERSON):
        kinds = of_user if ref is Ref.SIDE else []
        for side, known in (("sis", ids.keys), ("schoology", ids.uids)):
            yield and_(column.in_(known), table.c.side == side, *kinds)
    else:
        yield from _by_key(table, column, ref, ids)


def _by_key(table: Table, column: Column[Any], ref: Ref, ids: Ids) -> Iterator[ColumnElement[bool]]:
    if ref is Ref.KEY:
        yield column.in_(ids.keys)
    elif ref is Ref.GUARDIAN:
        yield and_(column.in_(ids.keys), table.c.kind == Kind.PARENT_LINK)
    else:
        yield and_(column.in_(ids.keys), table.c.kind.in_((Kind.USER, LEFT_PERSON)))
    if ref is Ref.LINE:
        scores = [column.endswith(f":{each}", autoescape=True) for each in sorted(ids.students)]
        yield and_(table.c.kind == GradeKind.SCORE, or_(false(), *scores))
    elif ref is Ref.JOINED:
        seat, link = table.c.kind == Kind.ENROLLMENT, table.c.kind == Kind.PARENT_LINK
        for key in sorted(ids.keys):
            yield and_(seat, column.endswith(f":{key}", autoescape=True))
            yield and_(link, column.endswith(f">{key}", autoescape=True))
            yield and_(link, column.startswith(f"{key}>", autoescape=True))


def may_mention(column: Column[Any], person: Person) -> ColumnElement[bool]:
    """The condition that the stored text has one of the person's ids or names somewhere."""
    if column.name == "far":
        return column != "" if person.seats else false()
    stored = type_coerce(column, Text) if isinstance(column.type, TypeDecorator) else cast(column, Text)
    said = {person.key, person.uid, *person.students, *person.texts} - {""}
    forms = {form for each in said for form in (each, json.dumps(each)[1:-1])}
    return or_(false(), *(stored.contains(each, autoescape=True) for each in sorted(forms)))


def mentions(table: Table, person: Person) -> ColumnElement[bool]:
    """The condition that a row may name the person in a text or JSON."""
    columns = (table.c[name] for name in PLACES[table.name].mentions)
    return or_(false(), *(may_mention(each, person) for each in columns))


def without(column: Column[Any], value: Any, person: Person) -> tuple[Any, Found]:
    """What a column holds without what it says of the person, and what that was."""
    if column.name == "far":
        return kept_grades(value, person)
    return taken_out(value, person)


def taken_out(value: Any, person: Person) -> tuple[Any, Found]:
    """A value without what it says of the person, and what that was."""
    if isinstance(value, Reason):
        rest, found = _split(value.to_json(), person, "")
        return Reason.from_json(rest), found
    if isinstance(value, str) and value.startswith(("{", "[")):
        return _of_text(value, person)
    return _split(value, person, "")


def kept_grades(stored: str, person: Person) -> tuple[str, Found]:
    """The same of what live sync keeps of a gradebook, which names students by their enrollments."""
    kept = Kept.load(stored)
    theirs = {key: each for key, each in (kept.grades or {}).items() if key[1] in person.seats}
    averages = {seat: each for seat, each in (kept.averages or {}).items() if seat in person.seats}
    if not theirs and not averages and not (kept.seats or frozenset()) & person.seats:
        return stored, []
    found: Found = [
        (f"grades.{item}", {"score": str(each.score), "comment": each.comment})
        for (item, _), each in theirs.items()
    ]
    found += [(f"averages.{seat}", str(each)) for seat, each in averages.items()]
    rest = Kept(
        kept.items,
        {key: each for key, each in (kept.grades or {}).items() if key not in theirs},
        {seat: each for seat, each in (kept.averages or {}).items() if seat not in averages},
        None if kept.seats is None else kept.seats - person.seats,
        kept.at,
    )
    return rest.dump(), found or [("seats", sorted(person.seats))]


def _of_text(text: str, person: Person) -> tuple[str, Found]:
    try:
        value = json.loads(text)
    except ValueError:
        return _split(text, person, "")
    rest, found = _split(value, person, "")
    return (json.dumps(rest, ensure_ascii=False) if found else text), found


def _split(value: Any, person: Person, path: str) -> tuple[Any, Found]:
    if isinstance(value, dict):
        return _of_mapping(value, person, path)
    if isinstance(value, list | tuple):
        return _of_list(value, person, path)
    if isinstance(value, str):
        return _of_words(value, person, path)
    return value, []


def _of_mapping(value: dict[str, Any], person: Person, path: str) -> tuple[Any, Found]:
    if _is_about(value, person):
        return {}, [(path, value)]
    rest: dict[str, Any] = {}
    found: Found = []
    for name, each in value.items():
        inside = f"{path}.{name}" if path else name
        if name in person.students and _holds_students(path):
            found.append((inside, each))
            continue
        rest[name], said = _split(each, person, inside)
        found += said
    return (rest if found else value), found


def _of_list(value: Any, person: Person, path: str) -> tuple[Any, Found]:
    rest, found = [], []
    for number, each in enumerate(value):
        inside = f"{path}.{number}" if path else str(number)
        if _stands_for(each, person, path):
            found.append((inside, each))
            continue
        kept, said = _split(each, person, inside)
        rest.append(kept)
        found += said
    return (rest if found else value), found


def _of_words(value: str, person: Person, path: str) -> tuple[str, Found]:
    rest = value
    for each in sorted(person.texts, key=len, reverse=True):
        rest = re.sub(rf"(?<!\w){re.escape(each)}(?!\w)", GONE, rest)
    if person.uid and rest == value:
        account = re.escape(audit.account(person.uid))
        if re.search(rf"{account}\b", value):
            return value, [(path, value)]
    return rest, [(path, value)] if rest != value else []


def _is_about(value: dict[str, Any], person: Person) -> bool:
    """{"student_id": …}, {"student": {"student_id": …}}, or {"kind": "user", "sis_id": …}."""
    student = value.get("student")
    inner = student if isinstance(student, dict) else {}
    ids = {value.get("student_id"), inner.get("student_id")} - {None, ""}
    seats = {value.get("enrollment_id"), inner.get("enrollment_id")} - {None, ""}
    key = value.get("sis_id") if value.get("kind") == Kind.USER else None
    return bool(ids & person.students or seats & person.seats or (key and key == person.key))


def _stands_for(each: Any, person: Person, path: str) -> bool:
    """An element of a list that is the person's: an object about them, a pair with their id, or their id."""
    if isinstance(each, dict):
        return _is_about(each, person)
    if isinstance(each, list | tuple):
        ids = {person.key, person.uid, *person.texts} - {""}
        return any(isinstance(part, str) and part in ids for part in each)
    # The list of students who are excused from late work is the whole value of its column.
    return isinstance(each, str) and (each in person.texts or (not path and each in person.students))


def _holds_students(path: str) -> bool:
    """Objects whose names are students: not those of items, whose ids may be spelled the same."""
    parts = path.split(".") if path else []
    if parts[:1] == ["approved"]:
        parts = parts[1:]
    return parts in ([], ["students"]) or (len(parts) == 2 and parts[0] in ("scores", "clear", "shown"))
