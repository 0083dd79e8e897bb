"""What a prepared category map is chosen from: the courses by school, and the codes that the SIS has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from lti_app.grades.course.coverage import course_codes
from lti_app.grades.rows.section import policy_of
from lti_app.grades.rules.snapshot import Snapshot
from lti_app.models import SectionSettings
from lti_app.school.grade_policy import MapTemplate, fold
from lti_app.school.records import Kind
from lti_app.sis.port import Sis
from lti_app.store import links
from lti_app.store.district import District

MOST_FOUND = 100
"""So many courses are listed for one search."""
MOST_ASKED = 20
"""So many sections the SIS is asked about for one press."""

Place = tuple[str, str]
"""Building and course code of a map; empty for every one."""


@dataclass(frozen=True)
class School:
    """A school with those of its courses that were searched for: (course code, title). The empty code is the
    part of the district for courses that belong to no single school."""

    code: str
    name: str
    courses: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Search:
    """What a search found, and how many courses more it would list."""

    schools: tuple[School, ...] = ()
    more: int = 0


@dataclass(frozen=True)
class Offer:
    """The SIS categories of each place: code → name. `unread`: places of which no one knows any."""

    codes: Mapping[Place, Mapping[str, str]] = field(default_factory=dict)

    @property
    def unread(self) -> list[Place]:
        """Places that no section could be read of."""
        return [place for place, codes in self.codes.items() if not codes]

    @property
    def all(self) -> dict[str, str]:
        """Every code that any of the places has."""
        return dict(
            sorted({code: name for each in self.codes.values() for code, name in each.items()}.items())
        )

    def missing(self, wanted: Iterable[str]) -> dict[Place, list[str]]:
        """The wanted codes that a place doesn't have."""
        found = {place: sorted(set(wanted) - set(codes)) for place, codes in self.codes.items()}
        return {place: codes for place, codes in found.items() if codes}


def search(district: District, names: Mapping[str, str], words: str) -> Search:
    """The courses whose title, code or school has all of these words, by school; `names` are the schools'."""
    wanted = words.casefold().split()
    found = []
    for building, course, title in course_codes(district):
        said = f"{title} {course} {names.get(building, building)}".casefold()
        if course and all(each in said for each in wanted):
            found.append((building, course, title))
    found = sorted(set(found), key=lambda each: (names.get(each[0], each[0]).casefold(), each[2].casefold()))
    shown = groupby(found[:MOST_FOUND], key=lambda each: each[0])
    schools = {code: tuple((course, title) for _, course, title in rows) for code, rows in shown}
    for code, name in names.items():
        if all(each in name.casefold() for each in wanted):
            schools.setdefault(code, ())
    made = [School(code, names.get(code, code), courses) for code, courses in schools.items()]
    made.sort(key=lambda each: (each.code == "", each.name.casefold(), each.code))
    return Search(tuple(made), max(0, len(found) - MOST_FOUND))


def offer(district: District, places: Sequence[Place], sis: Sis) -> Offer:
    """The SIS categories of places: as read with their courses before, else asked for. Raises SisError."""
    rows = {row.section_id: row for row in district.session.scalars(district.select(SectionSettings))}
    course_of = {key: code for key, _, code, _ in links.read.all_facts(district, Kind.COURSE)}
    sections = [(each, course_of.get(each.parent, "")) for each in links.lists.sections(district)]
    codes: dict[Place, dict[str, str]] = {}
    unread: dict[Place, str] = {}
    for place in places:
        codes[place] = {}
        for link, course in sections:
            if place[0] not in ("", link.building) or place[1] not in ("", course):
                continue
            row = rows.get(link.schoology_id)
            kept = row.settings.get("categories", []) if row is not None else []
            codes[place].update({each["code"]: each["name"] for each in kept})
            unread.setdefault(place, link.sis_id)
    district.session.commit()
    for place, section_key in list(unread.items())[:MOST_ASKED]:
        if not codes[place]:
            asked = sis.gradebook_settings(section_key).categories
            codes[place] = {each.code: each.name for each in asked}
    return Offer(codes)


def sections_of(district: District, places: Sequence[Place]) -> list[str]:
    """The Schoology ids of the linked sections of places."""
    course_of = {key: code for key, _, code, _ in links.read.all_facts(district, Kind.COURSE)}
    return [
        each.schoology_id
        for each in links.lists.sections(district)
        if any(
            building in ("", each.building) and course in ("", course_of.get(each.parent, ""))
            for building, course in places
        )
    ]


def titles(district: District) -> list[str]:
    """The titles of Schoology categories that any course was seen with."""
    found: dict[str, str] = {}
    for row in district.session.scalars(district.select(SectionSettings)):
        for each in Snapshot.from_json(row.snapshot).categories:
            found.setdefault(fold(each.title), each.title)
    return sorted(found.values(), key=str.casefold)


def template_of(district: District, place: Place) -> Mapping[str, str]:
    """The map that is prepared for exactly this place."""
    found = (each for each in policy_of(district).templates if (each.building, each.course) == place)
    return next(found, MapTemplate(*place, {})).categories
