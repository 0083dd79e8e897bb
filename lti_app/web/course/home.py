"""The course page: where this course stands with the SIS."""

from __future__ import annotations

from flask import render_template

from lti_app import links
from lti_app.extensions import db
from lti_app.school.records import Kind
from lti_app.sync import naming
from lti_app.web.access import course_member, launched
from lti_app.web.course.pages import blueprint


def render() -> str:
    """The page of the section that was launched."""
    here = launched()
    link = links.by_schoology_id(db.session, here.installation_id, Kind.SECTION, here.section_id)
    return render_template(
        "course/home.html",
        section_title=here.section_title,
        link=link,
        names=naming.names(db.session, here.installation_id),
    )


@blueprint.post("")
@course_member
def home() -> str:
    """Show the page again."""
    return render()
