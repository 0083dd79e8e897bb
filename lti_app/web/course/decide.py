"""What only a person decides: conflicts, restoring, the first score of all, and removing from the SIS."""

from __future__ import annotations

from flask import request

from lti_app import clock
from lti_app.extensions import db
from lti_app.grades.context import LANE
from lti_app.grades.course.view import course_view
from lti_app.grades.rows import conflicts
from lti_app.models import ScoreState, SisConnection
from lti_app.school.job_request import JobRequest
from lti_app.web.access import course_member, launched, own_district, who
from lti_app.web.course import section, sync
from lti_app.web.course.pages import blueprint
from lti_app.web.shared.sis_facts import capabilities
from lti_app.web.shared.tab import Message

NO_DELETE: Message = (
    "warning",
    "Nothing was removed: your SIS doesn’t let this app delete assignments. Delete them there by hand.",
)
OVER: Message = ("info", "That was decided already: nothing was changed.")


@blueprint.post("/sync/keep")
@course_member
@section.linked
def keep() -> str:
    """Let the score stand that was entered in the SIS."""
    item_id, row = _score()
    if row is None or not conflicts.waits(row):
        return sync.render([OVER])
    conflicts.keep_sis(row)
    section.note("score of the SIS kept", new=f"item {item_id}, student {row.student_id}")
    db.session.commit()
    return sync.render([("success", "Kept. It stands until the score changes in Schoology.")])


@blueprint.post("/sync/overwrite")
@course_member
@section.linked
def overwrite() -> str:
    """Send Schoology's score over the one in the SIS."""
    item_id, row = _score()
    if row is None or not conflicts.waits(row):
        return sync.render([OVER])
    conflicts.send_ours(row)
    section.note("score of the SIS overwritten", new=f"item {item_id}, student {row.student_id}")
    db.session.commit()
    asked = section.ask(LANE, JobRequest(items=(item_id,)))
    return sync.render([sync.JOINED if asked.joined else sync.QUEUED])


@blueprint.post("/sync/restore")
@course_member
@section.linked
def restore() -> str:
    """Put back what stood in the SIS before the last push."""
    item_id, row = _score()
    if row is None or not conflicts.restorable(row):
        return sync.render([OVER])
    asked = section.ask(LANE, JobRequest(put_back={"item": item_id, "student": row.student_id}))
    if asked.joined:
        return sync.render([sync.JOINED])
    section.note("score of the SIS to be put back", new=f"item {item_id}, student {row.student_id}")
    db.session.commit()
    return sync.render([("success", "It is being put back. It then stands until Schoology’s score changes.")])


@blueprint.post("/sync/trial")
@course_member
@section.linked
def trial() -> str:
    """Answer whether the first score reads right in the SIS; yes sends the rest."""
    row = section.row()
    answer = request.form.get("answer")
    if not row.trial:
        return sync.render([OVER])
    if answer == "yes":
        connection = db.session.get_one(SisConnection, row.installation_id)
        connection.grades_confirmed_at, connection.grades_confirmed_by = clock.now(), who().name
        section.note("first score in the SIS", new="confirmed")
        row.trial = {}
        db.session.commit()
        section.ask(LANE)
        return sync.render([("success", "Thank you. The rest is being sent.")])
    row.trial = {} if answer == "again" else {**row.trial, "wrong": True}
    section.note("first score in the SIS", new="to be sent again" if answer == "again" else "found wrong")
    db.session.commit()
    if answer == "again":
        return sync.render([("info", "Press Sync grades to send one score again.")])
    return sync.render(
        [("warning", "Nothing more is sent. Tell your district’s administrator what you saw in the SIS.")]
    )


@blueprint.post("/sync/remove")
@course_member
@section.linked
def remove() -> str:
    """Remove assignments from the SIS whose items are gone from Schoology; asked twice."""
    here = launched()
    view = course_view(own_district(), here.section_id, section.active_push())
    wanted = set(request.form.getlist("gone"))
    chosen = [each for each in view.gone if each.id in wanted]
    if not chosen:
        return sync.render([sync.NONE_TICKED])
    if not capabilities().delete:
        return sync.render([NO_DELETE])
    if request.form.get("confirm") != "yes":
        return sync.render(removing=chosen)
    section.note("assignments to be removed from the SIS", new=", ".join(each.title for each in chosen))
    db.session.commit()
    asked = section.ask(LANE, JobRequest(remove=tuple(each.id for each in chosen)))
    return sync.render([sync.JOINED if asked.joined else sync.QUEUED])


def _score() -> tuple[str, ScoreState | None]:
    """The score that a button named as item:student."""
    item_id, _, student_id = request.form.get("score", "").partition(":")
    here = launched()
    place = (here.installation_id, here.section_id)
    return item_id, conflicts.find(db.session, place, item_id, student_id)
