"""The small district of the roster cases: two schools, eight students each, two courses with two sections."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from lti_app.sandbox.district.records import (
    Building,
    Course,
    District,
    Enrollment,
    Section,
    Session,
    Staff,
    StaffBuilding,
    Student,
    Term,
)

AS_OF = date(2026, 11, 23)
YEAR = 2027
FIRST, LAST = date(2026, 8, 17), date(2027, 6, 4)
CODES = ("ALG1", "ENG9")


def two_schools() -> District:
    """Sections 1001, 1002 (ALG1) and 1011, 1012 (ENG9) of school 1, 2001 and so on of school 2; teachers 177
    and 178, 277 and 278; every student takes the first or the second section of both courses."""
    made = District("Two Schools", AS_OF, YEAR)
    for school in (1, 2):
        made.buildings[school] = Building(school, f"School {school}", f"S{school}")
        made.terms.append(Term(school, YEAR, "R", "M1", "Full year", 1, FIRST, LAST))
        for number in range(1, 9):
            add_student(made, f"{school}{number:04}", school)
        for number in (77, 78):
            add_teacher(made, f"{school}{number}", school)
        for offset, code in enumerate(CODES):
            made.courses[school, code] = Course(school, code, f"{code} of {school}", "", "")
            for number in (1, 2):
                add_section(
                    made, school * 1000 + offset * 10 + number, code, number, f"{school}7{6 + number}"
                )
    for student in made.students.values():
        for offset in (0, 10):
            half = 1 if int(student.student_id) % 2 else 2
            enroll(made, student.student_id, student.building * 1000 + offset + half)
    return made


def add_student(district: District, student_id: str, school: int, **values: Any) -> Student:
    """A student with a login and an address of their own."""
    given = {
        "first_name": f"First{student_id}",
        "middle_name": "",
        "last_name": f"Last{student_id}",
        "grade": "09",
        "graduation_year": 2030,
        "status": "A",
        "building": school,
        "other_buildings": (),
        "login_id": f"s{student_id}",
        "contacts": (("M", f"s{student_id}@two.example"),),
        **values,
    }
    made = Student(student_id=student_id, **given)
    district.students[student_id] = made
    return made


def change_student(district: District, student_id: str, **values: Any) -> None:
    """Other values of a student; `email` is that of the mailing contact."""
    if "email" in values:
        values["contacts"] = (("M", values.pop("email")),)
    district.students[student_id] = replace(district.students[student_id], **values)


def add_teacher(district: District, staff_id: str, school: int, **values: Any) -> None:
    """A teacher of one school."""
    given = {
        "first_name": f"First{staff_id}",
        "middle_name": "",
        "last_name": f"Teacher{staff_id}",
        "email": f"t{staff_id}@two.example",
        "login_id": f"t{staff_id}",
        "buildings": (StaffBuilding(school, True, True, False),),
        **values,
    }
    district.staff[staff_id] = Staff(staff_id=staff_id, **given)


def add_section(district: District, key: int, code: str, number: int, teacher: str, **values: Any) -> None:
    """A section of a course of the school that its key begins with."""
    school = key // 1000
    meeting = Session(1, "", "1", True, teacher, (), ("M1",))
    given = {"description": "", "track": "R", "sessions": (meeting,), **values}
    district.sections[key] = Section(key, YEAR, school, code, number, **given)
    district.enrollments.setdefault(key, [])


def enroll(district: District, student_id: str, key: int) -> None:
    """A place in a section since the first day."""
    row = Enrollment(student_id, key, key // 1000, False, "A", ((FIRST, None),))
    district.enrollments.setdefault(key, []).append(row)


def leave(district: District, student_id: str, key: int = 0) -> None:
    """The student leaves a section, or every section and the district."""
    for section, rows in district.enrollments.items():
        if key in (0, section):
            district.enrollments[section] = [each for each in rows if each.student_id != student_id]
    if not key:
        del district.students[student_id]


def move_school(district: District, old: int, new: int) -> None:
    """Everything of a school is under another number: a new one, or that of a school which it joins."""
    if new not in district.buildings:
        district.buildings[new] = replace(district.buildings[old], building=new)
    del district.buildings[old]
    district.terms = list(
        {replace(each, building=new) if each.building == old else each: 0 for each in district.terms}
    )
    for key, student in district.students.items():
        if student.building == old:
            district.students[key] = replace(student, building=new)
    for key, staff in district.staff.items():
        there = tuple(
            replace(each, building=new) if each.building == old else each for each in staff.buildings
        )
        district.staff[key] = replace(staff, buildings=there)
    for (school, code), course in list(district.courses.items()):
        if school == old:
            del district.courses[school, code]
            district.courses.setdefault((new, code), replace(course, building=new))
    for number, section in district.sections.items():
        if section.building == old:
            district.sections[number] = replace(section, building=new)
    for number, rows in district.enrollments.items():
        moved = [each._replace(building=new) if each.building == old else each for each in rows]
        district.enrollments[number] = moved


def teach(district: District, key: int, staff_id: str) -> None:
    """Another teacher is the primary one of a section."""
    section = district.sections[key]
    meetings = tuple(replace(each, primary_staff_id=staff_id) for each in section.sessions)
    district.sections[key] = replace(section, sessions=meetings)


def under_course(district: District, key: int, code: str) -> None:
    """A section belongs to another course."""
    district.sections[key] = replace(district.sections[key], course=code)


def rename_course(district: District, school: int, old: str, new: str) -> None:
    """A course has another code, with all of its sections."""
    course = district.courses.pop((school, old))
    district.courses[school, new] = replace(course, course=new)
    for key, section in district.sections.items():
        if section.building == school and section.course == old:
            under_course(district, key, new)
