"""The course page: the Sync tab, or Configuration before anything is matched, or why there is neither."""

from __future__ import annotations

from lti_app.extensions import db
from lti_app.grades.course.setup import is_mapped
from lti_app.grades.rows.section import NoGrades
from lti_app.web.access import course_member
from lti_app.web.course import configuration, section, sync
from lti_app.web.course.pages import blueprint
from lti_app.web.shared.places import place


def render() -> str:
    """The page of the section that was launched."""
    try:
        section.link()
        section.look_if_stale()
    except NoGrades:
        return section.unlinked_page()
    row = section.row()
    return sync.render() if row.own_map or is_mapped(db.session, row) else configuration.render()


@blueprint.post("")
@course_member
@place()
def home() -> str:
    """Show the page again."""
    return render()
