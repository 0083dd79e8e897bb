"""Schools, sessions, courses, classes and enrollments of the district, in the order of their ids."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lti_app.sandbox.district.records import District, Section, Session, Term
from lti_app.sandbox.sis.oneroster.spelling import Spelling, Wire, day, told

Row = tuple[str, Any]
"""The id of an object of the district, and what finds it there."""
DISTRICT = "district"
NOBODY = ("", "0")
SESSION_TYPES = {"Y": "schoolYear", "S": "semester", "M": "gradingPeriod"}
"""First letter of a marking period's code → type of an academicSession."""


@dataclass(frozen=True)
class Source:
    """One list: how many rows there are, which ones, and how one of them is spelled."""

    count: Callable[[District], int]
    rows: Callable[[District], list[Row]]
    spell: Callable[[District, Row, Spelling], Wire]


def _orgs(district: District) -> list[Row]:
    inside = [each for each in district.buildings.values() if not each.out_of_district]
    return [(DISTRICT, None), *((f"org-{each.building}", each.building) for each in inside)]


def _org(district: District, row: Row, spelling: Spelling) -> Wire:
    if row[1] is None:
        schools = [spelling.ref("org", key) for key, number in _orgs(district) if number is not None]
        own = {"name": district.name, "type": "district", "identifier": "0", "children": schools}
        return spelling.head(DISTRICT) | told(own)
    found = district.buildings[row[1]]
    own = {"name": found.name, "type": "school", "identifier": found.abbreviation.strip()}
    return spelling.head(row[0]) | told(own) | {"parent": spelling.ref("org", DISTRICT)}


def session_id(term: Term) -> str:
    """The id of a marking period."""
    return f"ses-{term.building}-{term.track}-{term.school_year}-{term.marking_period}"


def _sessions(district: District) -> list[Row]:
    return [(session_id(each), each) for each in district.terms]


def parent_of(district: District, term: Term) -> Term | None:
    """The shortest longer session of the same school that holds a whole session."""
    same = [
        each
        for each in district.terms
        if (each.building, each.track, each.school_year) == (term.building, term.track, term.school_year)
        and each.start <= term.start
        and term.end <= each.end
        and each.end - each.start > term.end - term.start
    ]
    return min(same, key=lambda each: each.end - each.start, default=None)


def _session(district: District, row: Row, spelling: Spelling) -> Wire:
    term: Term = row[1]
    parent = parent_of(district, term)
    children = [each for each in district.terms if parent_of(district, each) is term]
    return spelling.head(row[0]) | told(
        {
            "title": term.description,
            "startDate": day(term.start),
            "endDate": day(term.end),
            "type": SESSION_TYPES.get(term.marking_period[:1], "term"),
            "parent": spelling.ref("academicSession", session_id(parent)) if parent else None,
            "children": [spelling.ref("academicSession", session_id(each)) for each in children],
            "schoolYear": str(term.school_year),
        }
    )


def _course_id(building: int, code: str) -> str:
    return f"crs-{building}-{code}"


def _courses(district: District) -> list[Row]:
    return [(_course_id(*key), key) for key in district.courses]


def _course(district: District, row: Row, spelling: Spelling) -> Wire:
    found = district.courses[row[1]]
    return spelling.head(row[0], deleted=not found.active) | told(
        {
            "title": found.long_description or found.description or " ",
            "courseCode": found.course,
            "org": spelling.ref("org", f"org-{found.building}"),
            "subjects": [found.department] if found.department else [],
        }
    )


def marked(section: Section) -> Session | None:
    """The session of a section that receives marks: the one with the lowest number, else the first."""
    return min(section.sessions, key=lambda each: (not each.receive_mark, each.number), default=None)


def class_id(key: int) -> str:
    """The id of a section."""
    return f"cls-{key}"


def _classes(district: District) -> list[Row]:
    return [(class_id(key), key) for key in district.sections]


def _class(district: District, row: Row, spelling: Spelling) -> Wire:
    section = district.sections[row[1]]
    session = marked(section)
    periods = session.marking_periods if session else ()
    terms = [f"ses-{section.building}-{section.track}-{section.school_year}-{period}" for period in periods]
    return spelling.head(row[0]) | told(
        {
            "title": section.description or (session.description if session else "") or "Class",
            "classCode": f"{section.course}-{section.course_section}",
            "classType": "scheduled",
            "course": spelling.ref("course", _course_id(section.building, section.course)),
            "school": spelling.ref("org", f"org-{section.building}"),
            "terms": [spelling.ref("academicSession", each) for each in terms],
            "periods": [session.period] if session and session.period else [],
        }
    )


def _enrollments(district: District) -> list[Row]:
    return [row for key in district.sections for row in enrollments_of(district, key)]


def _teachers(section: Section) -> list[str]:
    named = {who for each in section.sessions for who in (each.primary_staff_id, *each.co_staff_ids)}
    return sorted(named - set(NOBODY))


def enrollments_of(district: District, key: int) -> list[Row]:
    """The rows of one section: a row for each teacher, and for each range of days of a student."""
    rows: list[Row] = [(f"enr-{key}-t-{who}", (key, who)) for who in _teachers(district.sections[key])]
    seen: Counter[str] = Counter()
    for place, each in enumerate(district.enrollments.get(key, ())):
        for number in range(0 if each.modeled else len(each.ranges)):
            seen[each.student_id] += 1
            name = f"enr-{key}-{each.student_id}-{seen[each.student_id]}"
            rows.append((name, (key, (place, number))))
    return rows


def _enrollment(district: District, row: Row, spelling: Spelling) -> Wire:
    key, who = row[1]
    section = district.sections[key]
    common: Wire = {
        "class": spelling.ref("class", class_id(key)),
        "school": spelling.ref("org", f"org-{section.building}"),
    }
    if isinstance(who, str):
        session = marked(section)
        primary = session is not None and session.primary_staff_id == who
        own: Wire = {"user": spelling.ref("user", f"emp-{who}"), "role": "teacher"}
        return spelling.head(row[0]) | own | common | {"primary": spelling.flag(primary)}
    place, number = who
    found = district.enrollments[key][place]
    first, last = found.ranges[number]
    own = {
        "user": spelling.ref("user", f"stu-{found.student_id}"),
        "role": "student",
        "primary": spelling.flag(False),
        "beginDate": day(first),
        "endDate": day(last),
    }
    return spelling.head(row[0], deleted=found.status == "D") | common | told(own)


def _how_many_enrollments(district: District) -> int:
    """Changes with every row that comes or goes, which is all that an order depends on."""
    rows = sum(len(each.ranges) + 1 for several in district.enrollments.values() for each in several)
    return rows + hash(tuple(each.sessions for each in district.sections.values()))


ORGS = Source(lambda district: len(district.buildings), _orgs, _org)
SESSIONS = Source(lambda district: hash(tuple(district.terms)), _sessions, _session)
COURSES = Source(lambda district: hash(tuple(district.courses)), _courses, _course)
CLASSES = Source(lambda district: hash(tuple(district.sections)), _classes, _class)
ENROLLMENTS = Source(_how_many_enrollments, _enrollments, _enrollment)
