"""Live sync on the course's page: its state, and what its teachers decide."""

from __future__ import annotations

from flask import request

from lti_app.extensions import db
from lti_app.grades.live import decisions
from lti_app.grades.rules.held import Held
from lti_app.grades.rules.waiting import Waiting
from lti_app.grades.wishes import Asker
from lti_app.models import LiveSection
from lti_app.web.access import course_member, launched, who
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
    if request.form.get("shown") != Waiting.load(live_section.backlog).digest:
        return sync.render([live.MOVED])
    section.note("changes from before live sync", new="sent")
    ask_jobs.submit(decisions.release(db.session, live_section))
    return sync.render([("success", "Sending the waiting changes.")])


@blueprint.post("/live/decide")
@course_member
@section.linked
def live_decide() -> str:
    """Carry out what was held, or keep what the SIS has; only exactly what was shown."""
    live_section = _live_section()
    if live_section is None or not Held.load(live_section.held).waits:
        return sync.render([OVER])
    if request.form.get("shown") != Held.load(live_section.held).digest:
        return sync.render([live.MOVED])
    going = request.form.get("way") == "go"
    section.note("changes on hold", new="sent" if going else "kept in the SIS")
    if going:
        person = who()
        asked = decisions.release_held(db.session, live_section, Asker(person.name, person.uid))
        ask_jobs.submit(asked.job_id)
        return sync.render([live.GOING])
    decisions.keep(db.session, live_section)
    return sync.render([("success", "Kept in the SIS.")])


@blueprint.post("/live/restore")
@course_member
@section.linked
def live_restore() -> str:
    """Put deleted assignments of this course back: one, or all that were shown."""
    rows = live.chosen(launched().section_id)
    said = live.restore(rows)
    if rows and said[0] != "info":
        section.note(f"assignments {', '.join(each.title for each in rows)}", new="restored")
        db.session.commit()
    return sync.render([said])


def _live_section() -> LiveSection | None:
    mine = launched()
    return db.session.get(LiveSection, (mine.installation_id, mine.section_id))
