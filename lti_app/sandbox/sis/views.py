"""What the sandbox SIS's pages show, gathered from the district: plain rows for the templates."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from lti_app.sandbox.dates import shown_day
from lti_app.sandbox.district.records import Building, District, Section
from lti_app.sandbox.sis.gradebook import Gradebook
from lti_app.sandbox.sis.rules import Assignment

PAGE = 50


@dataclass(frozen=True)
class BuildingLine:
    """A building with how much is in it."""

    building: Building
    students: int
    staff: int
    courses: int
    sections: int


@dataclass(frozen=True)
class PersonLine:
    """A student, a member of staff or a contact, as the list shows them."""

    kind: str
    sis_id: str
    name: str
    email: str
    where: str
    status: str


@dataclass(frozen=True)
class RosterLine:
    """One enrollment row of a section."""

    student_id: str
    name: str
    state: str
    ranges: str


def building_lines(district: District) -> list[BuildingLine]:
    """Every building, with its counts."""
    students = Counter(row.building for row in district.students.values())
    staff = Counter(place.building for row in district.staff.values() for place in row.buildings)
    courses = Counter(number for number, _ in district.courses)
    sections = Counter(row.building for row in district.sections.values())
    return [
        BuildingLine(row, students[key], staff[key], courses[key], sections[key])
        for key, row in sorted(district.buildings.items())
    ]


def people(district: District, kind: str, wanted: str) -> list[PersonLine]:
    """Everyone of a kind whose ID, name, or email contains the text."""
    makers = {"students": _students, "staff": _staff, "contacts": _contacts}
    text = wanted.strip().lower()
    lines = makers[kind](district)
    return [row for row in lines if text in f"{row.sis_id} {row.name} {row.email}".lower()]


def sections(district: District, building: int | None, wanted: str) -> list[Section]:
    """Sections of a building whose key, course or description holds the wanted text."""
    text = wanted.strip().lower()
    return [
        row
        for row in district.sections.values()
        if (building is None or row.building == building)
        and text in f"{row.section_key} {row.course} {row.description}".lower()
    ]


def roster(district: District, section: Section, today: date) -> list[RosterLine]:
    """Every enrollment row of a section, including dropped and modeled ones."""
    lines = []
    for row in district.enrollments.get(section.section_key, ()):
        state = "In class" if row.open_on(today) else "Not in class today"
        state = "Dropped" if row.status == "D" else state
        state = "Modeled (draft)" if row.modeled else state
        ranges = ", ".join(
            f"{shown_day(first)} to {shown_day(last)}" if last else f"since {shown_day(first)}"
            for first, last in row.ranges
        )
        lines.append(RosterLine(row.student_id, name_of(district, row.student_id), state, ranges))
    return lines


def gradebook_table(gradebook: Gradebook, key: int) -> tuple[list[Assignment], dict[tuple[str, int], str]]:
    """Assignments, and the cells by student and assignment number."""
    cells = {}
    for assignment, score in gradebook.scores(key):
        value = score.mark or _plain(score.score)
        cells[score.student_id, assignment.number] = f"{value} (over)" if score.exception else value
    return gradebook.assignments(key), cells


def name_of(district: District, student_id: str) -> str:
    """A student's name, or a placeholder if no student has the ID."""
    row = district.students.get(student_id)
    return f"{row.last_name}, {row.first_name}" if row else "(no such student)"


def staff_name(district: District, staff_id: str) -> str:
    """A staff member's name, or a placeholder."""
    row = district.staff.get(staff_id)
    return " ".join(filter(None, (row.first_name, row.last_name))) if row else "no one"


def _plain(value: Decimal | None) -> str:
    return "" if value is None else f"{value:f}"


def _students(district: District) -> list[PersonLine]:
    words = {"A": "active", "I": "inactive", "G": "graduated"}
    return [
        PersonLine(
            f"Student, grade {row.grade}",
            row.student_id,
            f"{row.last_name}, {row.first_name}",
            row.email,
            district.buildings[row.building].name,
            words[row.status],
        )
        for row in district.students.values()
    ]


def _staff(district: District) -> list[PersonLine]:
    lines = []
    for row in district.staff.values():
        where = ", ".join(district.buildings[place.building].name for place in row.buildings)
        teaches = any(place.is_teacher for place in row.buildings)
        active = any(place.active for place in row.buildings) or not row.buildings
        name = ", ".join(filter(None, (row.last_name, row.first_name)))
        kind = "Teacher" if teaches else "Staff"
        lines.append(
            PersonLine(kind, row.staff_id, name, row.email, where, "active" if active else "inactive")
        )
    return lines


def _contacts(district: District) -> list[PersonLine]:
    lines = []
    for row in district.contacts.values():
        students = ", ".join(
            f"{name_of(district, tie.student_id)} ({tie.contact_type})" for tie in row.students
        )
        name = f"{row.last_name}, {row.first_name}"
        lines.append(PersonLine("Contact", str(row.contact_id), name, row.email, students, ""))
    return lines
