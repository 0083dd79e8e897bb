"""Pages about courses, sections and their members, buildings and grading periods."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from flask import render_template, request

from lti_app.sandbox.dates import shown_day
from lti_app.sandbox.schoology.objects import Course, Section
from lti_app.sandbox.schoology.pages.common import page, section_or_404, slice_of, the_store
from lti_app.sandbox.schoology.pages.views import (
    PersonRow,
    SectionRow,
    building_title,
    find_courses,
    person_row,
    section_row,
)
from lti_app.sandbox.schoology.store import SchoologyStore


@dataclass(frozen=True)
class CourseLine:
    """A course with one of its sections."""

    course_title: str
    course_code: str
    building: str
    section: SectionRow | None


@dataclass(frozen=True)
class Member:
    """Someone in a section."""

    person: PersonRow
    enrollment_id: int
    admin: bool
    status: str


@page("/courses")
def courses() -> str:
    """All courses with their sections, by building and text."""
    store = the_store()
    wanted, building = request.args.get("q", ""), request.args.get("building", 0, type=int)
    found = find_courses(store, wanted, building)
    return render_template(
        "schoology/courses.html",
        filters={"q": wanted, "building": building},
        slice=slice_of(found, lambda pair: _line(store, *pair)),
        course_total=len({course.id for course, _ in found}),
        section_total=sum(section is not None for _, section in found),
        building_choices=store.buildings.values(),
    )


def _line(store: SchoologyStore, course: Course, section: Section | None) -> CourseLine:
    return CourseLine(
        course.title,
        course.course_code,
        building_title(store, course.building_id),
        section_row(store, section) if section else None,
    )


@page("/course/<int:section_id>/members")
def members(section_id: int) -> str:
    """A section's roster, admins first."""
    store, section = the_store(), section_or_404(section_id)
    rows = [
        Member(
            person_row(store, store.users[each.uid]),
            each.id,
            bool(each.admin),
            "" if each.status == 1 else f"status {each.status}",
        )
        for each in store.members(section_id)
    ]
    facts = [
        ("Section ID", section.id),
        ("Section code", section.section_code),
        ("Section school code", section.section_school_code),
        ("Course ID", section.course_id),
        ("Synced", "yes" if section.synced else "no"),
        ("Past", "yes, all its grading periods are over" if store.is_past(section) else "no"),
    ]
    return render_template(
        "schoology/members.html",
        section=section_row(store, section),
        members=sorted(rows, key=lambda row: (not row.admin, row.person.name, row.person.uid)),
        facts=facts,
    )


@page("/buildings")
def buildings() -> str:
    """The organization's buildings."""
    store = the_store()
    people = Counter(user.building_id for user in store.users.values())
    taught = Counter(course.building_id for course in store.courses.values())
    rows = [
        (each.title, each.building_code, each.id, people[each.id], taught[each.id])
        for each in store.buildings.values()
    ]
    return render_template(
        "schoology/table.html",
        title="Buildings",
        lead=f"The buildings of {store.school.title} (organization {store.school.id}).",
        columns=("Name", "Building code", "Schoology ID", "People", "Courses"),
        rows=rows,
        empty="There are no buildings.",
    )


@page("/grading-periods")
def grading_periods() -> str:
    """The organization's grading periods."""
    store = the_store()
    used = Counter(period for section in store.sections.values() for period in section.grading_periods)
    found = sorted(store.grading_periods.values(), key=lambda each: (each.start, each.end, each.title))
    return render_template(
        "schoology/table.html",
        title="Grading periods",
        lead="Each section is in one or more grading periods. When they're all over, the section is past.",
        columns=("Title", "Start", "End", "Schoology ID", "Sections"),
        rows=[
            (each.title, shown_day(each.start), shown_day(each.end), each.id, used[each.id]) for each in found
        ],
        empty="There are no grading periods yet. The app can create them from the SIS terms.",
    )
