"""The Courses tab: buildings, templates of code and title, sync, and which courses left the SIS."""

from __future__ import annotations

from typing import Any

from flask import Response

from lti_app.school.records import Kind
from lti_app.school.templates import COURSE_FIELDS
from lti_app.web.access import acting_user_only, admin_reader
from lti_app.web.admin import progress
from lti_app.web.admin.roster import tab
from lti_app.web.admin.roster.forms import ChoiceForm, template_field
from lti_app.web.admin.tabs import blueprint

EXAMPLE = {
    "building": "10",
    "building_code": "NHS",
    "course": "1400",
    "title": "Algebra II",
    "department": "MATH",
}


class CoursesForm(ChoiceForm):
    """Buildings and the two templates of a course."""

    option_names = ("course_code_template", "course_title_template")

    course_code_template = template_field(
        "Course code",
        COURSE_FIELDS,
        EXAMPLE,
        "It must differ for every course of the district: the same code may stand in several buildings.",
    )
    course_title_template = template_field(
        "Course title", COURSE_FIELDS, EXAMPLE, "What students and teachers see."
    )


TAB = tab.SyncTab("courses", "Courses", Kind.COURSE, CoursesForm, fields=COURSE_FIELDS, example=EXAMPLE)


def render(**more: Any) -> str:
    """The tab as it stands."""
    return tab.page(TAB, **more)


@blueprint.post("/courses")
@admin_reader
def courses() -> str:
    """Show the tab."""
    return render()


@blueprint.post("/courses/tick-all")
@acting_user_only
def courses_tick_all() -> str:
    """Tick every mapped building; nothing is saved yet."""
    return tab.tick_all(TAB)


@blueprint.post("/courses/save")
@acting_user_only
def courses_save() -> str:
    """Save the choice, after a second press where it narrows."""
    return tab.save(TAB)


@blueprint.post("/courses/sync")
@acting_user_only
def courses_sync() -> str:
    """Queue a sync or a preview."""
    return tab.start(TAB)


@blueprint.post("/courses/cancel")
@acting_user_only
def courses_cancel() -> str:
    """Stop the job that is queued or running."""
    return progress.cancel(render)


@blueprint.post("/courses/left")
@admin_reader
def courses_left() -> str:
    """List the courses that left the SIS."""
    return tab.left(TAB)


@blueprint.post("/courses/left/csv")
@admin_reader
def courses_left_csv() -> Response:
    """The same list as a file."""
    return tab.left_csv(TAB)
