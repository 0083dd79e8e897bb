"""The Courses tab: buildings, templates of code and title, sync, and which courses left the SIS."""

from __future__ import annotations

from lti_app.school.records import Kind
from lti_app.school.templates import COURSE_FIELDS
from lti_app.web.admin.roster import tab
from lti_app.web.admin.roster.forms import ChoiceForm, TellsApart, template_field

EXAMPLE = {
    "building": "10",
    "building_code": "NHS",
    "course": "1400",
    "title": "Algebra II",
    "department": "MATH",
}

NAMED = {**EXAMPLE, "name": "Algebra II (1400) at North High School"}
COURSES = (
    NAMED,
    {**NAMED, "course": "1410", "name": "Algebra II (1410) at North High School"},
    {**NAMED, "building": "20", "building_code": "SHS", "name": "Algebra II (1400) at South High School"},
)
"""Courses that a code has to tell apart."""


class CoursesForm(ChoiceForm):
    """Buildings and the two templates of a course."""

    option_names = ("course_code_template", "course_title_template")

    course_code_template = template_field(
        "Course code",
        COURSE_FIELDS,
        EXAMPLE,
        "Must be unique in the district. Different schools may use the same SIS course code.",
        apart=TellsApart(COURSES, "Use {course}, and {building} or {building_code}."),
    )
    course_title_template = template_field(
        "Course title", COURSE_FIELDS, EXAMPLE, "What students and teachers see."
    )


TAB = tab.SyncTab("courses", "Courses", Kind.COURSE, CoursesForm, fields=COURSE_FIELDS, example=EXAMPLE)
