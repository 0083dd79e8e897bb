"""Live sync on the course's page: its state, and what its teachers decide."""

from __future__ import annotations

from flask import request

from lti_app.extensions import db
from lti_app.grades.live import decisions
from lti_app.models import LiveSection, RemovedAssignment
from lti_app.web.access import course_member, launched
from lti_app.web.course import section, sync
from lti_app.web.course.pages import blueprint
from lti_app.web.shared import ask_jobs, live
from lti_app.web.shared.tab import Message

OVER: Message = ("info", "Someone already decided this, so nothing was changed.")


@blueprint.post("/live/release")
@course_member
@section.linked
def live_release() -> str:
    """Send what waited in this course before live sync was on."""
    live_section = _live_section()
    if live_section is None or not decisions.waits(live_section):
        return sync.render([OVER])
    section.note("changes from before live sync", new="sent")
    ask_jobs.submit(decisions.release(db.session, live_section))
    return sync.render([("success", "Sending the waiting changes.")])


@blueprint.post("/live/decide")
@course_member
@section.linked
def live_decide() -> str:
    """Let held deletes and clears go, or keep what the SIS has."""
    live_section = _live_section()
    if live_section is None or not live_section.held:
        return sync.render([OVER])
    going = request.form.get("way") == "go"
    section.note("live sync changes on hold", new="sent" if going else "kept in the SIS")
    if going:
        ask_jobs.submit(decisions.release_held(db.session, live_section))
        return sync.render([("success", "Deleting from the SIS. You can restore each item for 30 days.")])
    decisions.keep(db.session, live_section)
    return sync.render([("success", "Kept in the SIS.")])


@blueprint.post("/live/restore")
@course_member
@section.linked
def live_restore() -> str:
    """Put a deleted assignment of this course back."""
    row = db.session.get(RemovedAssignment, request.form.get("removed", 0, type=int))
    if row is not None and row.section_id != launched().section_id:
        row = None
    said = live.restore(row)
    if row is not None and said[0] != "info":
        section.note(f"assignment {row.title}", new="restored")
        db.session.commit()
    return sync.render([said])


def _live_section() -> LiveSection | None:
    mine = launched()
    return db.session.get(LiveSection, (mine.installation_id, mine.section_id))
