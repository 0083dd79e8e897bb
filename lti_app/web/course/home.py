"""The course page: the Sync tab, or Configuration before anything is matched, or why there is neither."""

from __future__ import annotations

from flask import current_app, request
from werkzeug.datastructures import ImmutableMultiDict

from lti_app.extensions import db
from lti_app.grades.course.setup import is_mapped
from lti_app.grades.rows.section import NoGrades
from lti_app.lti import sessions
from lti_app.web import access, framing
from lti_app.web.access import course_member
from lti_app.web.course import configuration, section, sync
from lti_app.web.course.pages import blueprint
from lti_app.web.shared import places
from lti_app.web.shared.places import place
from lti_app.web.shared.tab import Message

OVER: Message = (
    "warning",
    "Your administrator session has ended. To go back, open the app from the app launcher in Schoology.",
)


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


@blueprint.post("/leave")
@course_member
@section.linked
def leave() -> str:
    """Go back to the administrator's page that the course was opened from; it is judged as that page is."""
    token = sessions.return_session(access.own_district(), access.launched())
    if not token:
        return sync.render([OVER])
    db.session.commit()
    access.load_session(token)
    request.form = ImmutableMultiDict({framing.FIELD: token})
    places.go_to("/admin/grades")
    return str(current_app.view_functions["admin.grades"]())
