"""The Sections tab: buildings, templates, co-teachers, sync with enrollments, and what left the SIS."""

from __future__ import annotations

from typing import Any

from flask import Response
from wtforms import BooleanField

from lti_app.school.records import Kind
from lti_app.school.templates import SECTION_FIELDS
from lti_app.web.access import acting_user_only, admin_reader
from lti_app.web.admin import progress
from lti_app.web.admin.roster import tab
from lti_app.web.admin.roster.forms import ChoiceForm, template_field
from lti_app.web.admin.tabs import blueprint

EXAMPLE = {
    "section_key": "48213",
    "building": "10",
    "building_code": "NHS",
    "course": "1400",
    "course_title": "Algebra II",
    "section": "3",
    "title": "Algebra II",
    "period": "2",
    "year": "2026",
}


class SectionsForm(ChoiceForm):
    """Buildings, the three templates of a section, and whether co-teachers are enrolled."""

    option_names = (
        "section_code_template",
        "section_school_code_template",
        "section_title_template",
        "with_co_teachers",
    )

    section_title_template = template_field(
        "Section title", SECTION_FIELDS, EXAMPLE, "What students and teachers see after the course title."
    )
    section_code_template = template_field(
        "Section code", SECTION_FIELDS, EXAMPLE, "The short code within the course."
    )
    section_school_code_template = template_field(
        "Section school code",
        SECTION_FIELDS,
        EXAMPLE,
        "The key by which the section is found again: it must be different for every section and every year. "
        "{section_key} is.",
    )
    with_co_teachers = BooleanField("Enroll co-teachers as administrators of the section too")


TAB = tab.SyncTab("sections", "Sections", Kind.SECTION, SectionsForm, fields=SECTION_FIELDS, example=EXAMPLE)


def render(**more: Any) -> str:
    """The tab as it stands."""
    return tab.page(TAB, **more)


@blueprint.post("/sections")
@admin_reader
def sections() -> str:
    """Show the tab."""
    return render()


@blueprint.post("/sections/tick-all")
@acting_user_only
def sections_tick_all() -> str:
    """Tick every mapped building; nothing is saved yet."""
    return tab.tick_all(TAB)


@blueprint.post("/sections/save")
@acting_user_only
def sections_save() -> str:
    """Save the choice, after a second press where it narrows."""
    return tab.save(TAB)


@blueprint.post("/sections/sync")
@acting_user_only
def sections_sync() -> str:
    """Queue a sync or a preview."""
    return tab.start(TAB)


@blueprint.post("/sections/cancel")
@acting_user_only
def sections_cancel() -> str:
    """Stop the job that is queued or running."""
    return progress.cancel(render)


@blueprint.post("/sections/left")
@admin_reader
def sections_left() -> str:
    """List the sections that left the SIS."""
    return tab.left(TAB)


@blueprint.post("/sections/left/csv")
@admin_reader
def sections_left_csv() -> Response:
    """The same list as a file."""
    return tab.left_csv(TAB)
