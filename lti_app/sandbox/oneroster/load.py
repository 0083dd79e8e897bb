"""Loads a OneRoster 1.1 CSV bundle (bulk mode) into the sandbox SIS.

The mapping can be derived from the files alone. Rows with status ``tobedeleted`` count when rows are
numbered; otherwise they are skipped, together with what refers to them.

================  ==========================================================================================
BUILDING          ``identifier`` of each org of type school, if all of those are different whole numbers
                  above 0; otherwise the schools are numbered from 1 in file order
building          NAME = name; ABBREVIATION = identifier, or the number; no address
MARKING_PERIOD    "T1", "T2", ... in file order over the academicSessions that are not of type schoolYear,
                  and those of type schoolYear to which a class refers; DESCRIPTION = title; MP_ORDER = the
                  number; dates as given; the same rows for every building, on TRACK "R"
SCHOOL_YEAR       the last four digits of schoolYear; without any, the year in which the session ends
STUDENT_ID        of users with role student: ``identifier``, or ``username`` without one, cut to 10
                  characters
student           BUILDING = the first school of orgSourcedIds, OTHER_BUILDINGS = the rest; GRADE = the
                  first of grades, 2 characters; LOGIN_ID = username; mailing contact (M) = email, if there
                  is one; CURRENT_STATUS = I when enabledUser is false, else A; no graduation year
STAFF_ID          the same rule for every role but student, guardian, parent and relative
staff             one BUILDINGS row for each school of orgSourcedIds, the first is primary (none for
                  someone of the district's own org); IS_TEACHER for role teacher, IS_COUNSELOR for role
                  counselor; ACTIVE = enabledUser
contact           CONTACT_ID = row number in users.csv of a guardian, parent or relative; type G towards
                  every student that either side names in agentSourcedIds; RELATION = the role, 5 capitals
COURSE            one course for each (school, course) that a class uses: courseCode cut to 10 characters,
                  or "C" and the row number without one; if the building has that code already (courses
                  taken in the order in which classes use them), cut to 9 and followed by the first free
                  digit from 2; DESCRIPTION and LONG_DESCRIPTION = title; DEPARTMENT = the first subject, 5
                  characters
SECTION_KEY       row number in classes.csv; DESCRIPTION = class title; COURSE_SECTION counts within the
                  course of the building; SCHOOL_YEAR = that of its first term; one session that receives
                  marks, with PERIOD = the first of periods and the MARKING_PERIODS of termSourcedIds
PRIMARY_STAFF_ID  the first teacher whose enrollment has primary = true; every other teacher is CO_STAFF
enrollment        one row for each student and class, a DATE_RANGE for each line: DATE_ADDED = beginDate, or
                  the start of the first term; DATE_DROPPED = endDate if it lies before the day of loading
                  or before the end of the last term, else null; COURSE_STATUS = D when every range ended
                  before the day
================  ==========================================================================================
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from lti_app.sandbox.district.records import Building, District, Term, local_today, school_year_of
from lti_app.sandbox.oneroster.classes import load_classes, load_enrollments
from lti_app.sandbox.oneroster.files import Bundle, RosterError, Row, follow
from lti_app.sandbox.oneroster.people import load_people

__all__ = ["RosterError", "load_oneroster"]


def load_oneroster(folder: Path, as_of: date | None = None) -> District:
    """A district from the CSV files of a folder, as of a day (today by default).

    Raises RosterError when a file cannot be used.
    """
    day = as_of or local_today()
    bundle = Bundle(Path(folder))
    orgs = bundle.index("orgs.csv")
    name = next((org["name"] for org in orgs.values() if org["type"] == "district"), Path(folder).name)
    district = District(name, day, school_year_of(day))
    buildings = _load_buildings(district, orgs)
    classes = bundle.index("classes.csv")
    sessions = bundle.index("academicSessions.csv")
    periods = _load_terms(district, sessions, classes)
    people = load_people(district, bundle, buildings)
    load_classes(district, bundle, classes, buildings=buildings, periods=periods)
    load_enrollments(district, bundle, classes, people)
    return district


def _load_buildings(district: District, orgs: dict[str, Row]) -> dict[str, int]:
    """Building numbers by sourcedId."""
    schools = [org for org in orgs.values() if org["type"] == "school" and not org.deleted]
    if not schools:
        raise RosterError("orgs.csv, column type", "no org is a school", "Give every school the type school")
    given = [int(org["identifier"]) if org["identifier"].isdecimal() else 0 for org in schools]
    if 0 in given or len(set(given)) < len(given):
        given = list(range(1, len(schools) + 1))
    for number, org in zip(given, schools, strict=True):
        code = (org["identifier"] or str(number))[:10]
        district.buildings[number] = Building(number, org["name"], code)
    return {org["sourcedId"]: number for number, org in zip(given, schools, strict=True)}


def _load_terms(
    district: District, sessions: dict[str, Row], classes: dict[str, Row]
) -> dict[str, tuple[str, Term]]:
    """Marking period codes, with the first building's term, by sourcedId of the session."""
    used = set()
    for row in classes.values():
        for source_id in row.listed("termSourcedIds"):
            follow(row, "termSourcedIds", sessions, target="academicSessions.csv", source_id=source_id)
            used.add(source_id)
    kept = [row for row in sessions.values() if not row.deleted]
    kept = [row for row in kept if row["type"] != "schoolYear" or row["sourcedId"] in used]
    periods: dict[str, tuple[str, Term]] = {}
    for order, row in enumerate(kept, 1):
        start, end = row.needed_day("startDate"), row.needed_day("endDate")
        if end < start:
            raise row.error("endDate", "is before startDate", "Correct one of the two")
        year = _school_year(row, end)
        for number in district.buildings:
            term = Term(number, year, "R", f"T{order}", row["title"], order, start, end)
            district.terms.append(term)
            periods.setdefault(row["sourcedId"], (term.marking_period, term))
    return periods


def _school_year(row: Row, end: date) -> int:
    digits = row["schoolYear"][-4:]
    return int(digits) if digits.isdecimal() and len(digits) == 4 else end.year
