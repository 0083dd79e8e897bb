"""Codecs of the toy's roster lists: its rows in, records out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from lti_app.school.reasons import other
from lti_app.school.records import (
    ALWAYS,
    BadRecord,
    Building,
    Course,
    DateRange,
    GuardianLink,
    Kind,
    Person,
    PersonRole,
    Record,
    Seat,
    SeatRole,
    Section,
    Term,
    TermKind,
)
from lti_app.sis.port import Feed

Row = Mapping[str, Any]
ROLES = {
    "pupil": PersonRole.STUDENT,
    "teacher": PersonRole.TEACHER,
    "office": PersonRole.STAFF,
    "parent": PersonRole.GUARDIAN,
}


def building(row: Row) -> Building:
    return Building(row["id"], row["name"], row["short"])


def term(row: Row) -> Term:
    """A whole year of every school, or a part of one, which only some schools may have."""
    return Term(
        row["id"],
        row["name"],
        date.fromisoformat(row["from"]),
        date.fromisoformat(row["to"]),
        kind=TermKind.TERM if row.get("in") else TermKind.YEAR,
        year=row["year"],
        parent=row.get("in", ""),
        buildings=tuple(row.get("schools", ())),
    )


def person(row: Row) -> Person:
    home, *others = row["schools"]
    return Person(
        key=row["id"],
        sis_id=row["id"],
        number=row["number"],
        roles=frozenset(ROLES[each] for each in row["is"]),
        first_name=row["given"],
        last_name=row["family"],
        email=row["mail"],
        login=row["login"],
        main_building=home,
        other_buildings=tuple(others),
    )


def tie(row: Row) -> GuardianLink:
    return GuardianLink(row["adult"], row["child"], row["as"])


def course(row: Row) -> Course:
    return Course(row["id"], row["code"], row["title"], tuple(row["schools"]))


def section(row: Row) -> Section:
    return Section(
        row["id"], row["course"], row["school"], row["number"], row["title"], terms=(row["term"],), year=2027
    )


def seat(row: Row) -> Seat:
    dates = [date.fromisoformat(each) if each else None for each in (row["from"], row["to"])]
    return Seat(
        row["class"],
        row["person"],
        SeatRole.TEACHER if row["teaches"] else SeatRole.STUDENT,
        primary=row["leads"],
        ranges=(DateRange(*dates),) if any(dates) else ALWAYS,
    )


LISTS: dict[Feed, tuple[str, Kind, str, Callable[[Row], Record]]] = {
    Feed.PEOPLE: ("people", Kind.USER, "id", person),
    Feed.GUARDIANS: ("ties", Kind.PARENT_LINK, "adult", tie),
    Feed.COURSES: ("courses", Kind.COURSE, "id", course),
    Feed.SECTIONS: ("classes", Kind.SECTION, "id", section),
    Feed.SEATS: ("seats", Kind.ENROLLMENT, "class", seat),
}
"""Feed → the list of the toy, the kind of its records, the column that one record is asked by, the codec."""


def decode(feed: Feed, row: Row) -> Record:
    """A row as a record, or as a BadRecord."""
    _, kind, _, codec = LISTS[feed]
    try:
        return codec(row)
    except (KeyError, ValueError, TypeError) as error:
        return BadRecord(kind, row["id"], "", other(f"{error} can't be read."))
