"""The Sections tab: buildings, templates, co-teachers, sync with enrollments, and what left the SIS."""

from __future__ import annotations

from wtforms import BooleanField

from lti_app.school.records import Kind
from lti_app.school.templates import SECTION_FIELDS
from lti_app.web.admin.roster import tab
from lti_app.web.admin.roster.forms import ChoiceForm, TellsApart, template_field

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

NAMED = {**EXAMPLE, "name": "Section 3 of Algebra II"}
SECTIONS = (
    NAMED,
    {**NAMED, "section_key": "48214", "section": "4", "name": "section 4 of Algebra II"},
)
"""Sections that a code has to tell apart within their course."""
EVERYWHERE = (
    *SECTIONS,
    {**NAMED, "section_key": "51877", "year": "2027", "name": "section 3 of Algebra II of the next year"},
    {
        **NAMED,
        "section_key": "60001",
        "building": "20",
        "building_code": "SHS",
        "name": "section 3 of Algebra II at South High School",
    },
)
"""Sections that a section school code has to tell apart."""


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
        "Section code",
        SECTION_FIELDS,
        EXAMPLE,
        "Short code within the course.",
        apart=TellsApart(SECTIONS, "Use {section} or {section_key}."),
    )
    section_school_code_template = template_field(
        "Section school code",
        SECTION_FIELDS,
        EXAMPLE,
        "Identifies the section. Must be unique for every section in every year, such as {section_key}.",
        apart=TellsApart(EVERYWHERE, "Use {section_key}."),
    )
    with_co_teachers = BooleanField("Also enroll co-teachers as section administrators")


TAB = tab.SyncTab("sections", "Sections", Kind.SECTION, SectionsForm, fields=SECTION_FIELDS, example=EXAMPLE)
