"""What only a person decides: conflicts, restoring, the first score of all, and removing from the SIS."""

from __future__ import annotations

from flask import request

from lti_app import clock, formats
from lti_app.extensions import db
from lti_app.grades import doubt
from lti_app.grades.context import LOOK_LANE
from lti_app.grades.course.view import course_view, trial_digest
from lti_app.grades.rows import conflicts, removed
from lti_app.grades.rules import shown
from lti_app.grades.rules.delete_brake import FEW_ITEMS, Load
from lti_app.models import ScoreState, SisConnection
from lti_app.runs.words import sentence
from lti_app.school.finding_codes import BrakeCode
from lti_app.school.job_request import JobRequest
from lti_app.school.reasons import NO_REASON
from lti_app.web.access import course_member, launched, own_district, who
from lti_app.web.course import section, sync
from lti_app.web.course.pages import blueprint
from lti_app.web.shared.sis_facts import capabilities
from lti_app.web.shared.tab import Message

NO_DELETE: Message = (
    "warning",
    "Nothing was removed: your SIS doesn’t let this app delete assignments. Delete them there by hand.",
)
OVER: Message = ("info", "Someone already decided this, so nothing was changed.")
MOVED: Message = (
    "warning",
    "Nothing was changed because the score in Schoology or the SIS has changed since this page was shown. "
    "Check both scores, then decide again.",
)


@blueprint.post("/sync/keep")
@course_member
@section.linked
def keep() -> str:
    """Let the score stand that was entered in the SIS."""
    item_id, row, digest = _score()
    if row is None or not conflicts.waits(row):
        return sync.render([OVER])
    if digest != conflicts.digest(row):
        return sync.render([MOVED])
    conflicts.keep_sis(row)
    section.note("SIS score kept", new=f"item {item_id}, student {row.student_id}")
    db.session.commit()
    return sync.render([("success", "Kept. The SIS keeps this score until the score changes in Schoology.")])


@blueprint.post("/sync/overwrite")
@course_member
@section.linked
def overwrite() -> str:
    """Send Schoology's score over the one in the SIS, if both are still what was shown."""
    item_id, row, digest = _score()
    if row is None or not conflicts.waits(row):
        return sync.render([OVER])
    if digest != conflicts.digest(row):
        return sync.render([MOVED])
    conflicts.send_ours(row)
    section.note("SIS score overwritten", new=f"item {item_id}, student {row.student_id}")
    db.session.commit()
    return sync.render([sync.said(section.wish(JobRequest(items=(item_id,), shown=sync.seen())))])


@blueprint.post("/sync/restore")
@course_member
@section.linked
def restore() -> str:
    """Put back what the SIS had before a sync replaced or cleared it: one score, or all that were shown."""
    wanted = set(request.form.getlist("kept"))
    there = [each.id for each in removed.scores(own_district(), launched().section_id)]
    chosen = tuple(each for each in there if str(each) in wanted)
    if not chosen:
        return sync.render([OVER])
    section.note("SIS scores restored", new=formats.counted(len(chosen), "score"))
    db.session.commit()
    asked = section.wish(JobRequest(put_back_scores=chosen))
    if asked.follows:
        return sync.render([sync.FOLLOWS])
    return sync.render(
        [
            (
                "success",
                f"Restoring {formats.counted(len(chosen), 'score')} in the SIS. The SIS keeps them until "
                "the scores change in "
                "Schoology.",
            )
        ]
    )


@blueprint.post("/sync/use-ours")
@course_member
@section.linked
def use_ours() -> str:
    """Change one's mind about scores that the SIS keeps: the next sync sends Schoology's."""
    here, changed, moved = launched(), 0, False
    for each in request.form.getlist("score"):
        item_id, student_id, digest = [*each.split(":"), "", ""][:3]
        row = conflicts.find(db.session, (here.installation_id, here.section_id), item_id, student_id)
        if row is None or not conflicts.is_decided(row):
            continue
        if digest != conflicts.decided_digest(row):
            moved = True
            continue
        conflicts.use_ours(row)
        section.note("SIS score no longer kept", new=f"item {item_id}, student {student_id}")
        changed += 1
    if not changed:
        return sync.render([MOVED if moved else OVER])
    db.session.commit()
    section.ask(LOOK_LANE)
    one, many = "Schoology’s score counts again.", f"Schoology’s {changed} scores count again."
    return sync.render([("success", f"{one if changed == 1 else many} The next sync sends what differs.")])


@blueprint.post("/sync/trial")
@course_member
@section.linked
def trial() -> str:
    """Answer whether the first score reads right in the SIS: yes sends the rest, no stops the district."""
    row, district = section.row(), own_district()
    answer = request.form.get("answer")
    if not row.trial or answer not in ("yes", "no"):
        return sync.render([OVER])
    if doubt.find(district) is not None:
        return sync.render([sync.STOPPED])
    if request.form.get("shown") != trial_digest(row.trial):
        return sync.render([MOVED])
    if answer == "no":
        doubt.begin(district, row, launched().section_title, who().name)
        section.note("first score in the SIS", new="found wrong: all grades of the district are stopped")
        db.session.commit()
        return sync.render([sync.STOPPED])
    connection = db.session.get_one(SisConnection, row.installation_id)
    connection.grades_confirmed_at, connection.grades_confirmed_by = clock.now(), who().name
    section.note("first score in the SIS", new="confirmed")
    row.trial = {}
    db.session.commit()
    section.wish(JobRequest(shown=sync.seen("losses")))
    return sync.render([("success", "Thank you. Sending the rest.")])


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
    there = sum(1 for each in (*view.items, *view.gone) if each.in_sis)
    load = Load(len(chosen), 0, there)
    why = load.reason(BrakeCode.BRAKE_DELETES) if load.is_too_much(FEW_ITEMS) else NO_REASON
    digest = shown.digest([[each.id, each.title] for each in chosen] + [why.to_json()])
    if request.form.get("confirm") != "yes" or request.form.get("shown") != digest:
        return sync.render(removing=chosen, too_much=sentence(why), removing_shown=digest)
    section.note("assignments removed from the SIS", new=", ".join(each.title for each in chosen))
    db.session.commit()
    let_go = request.form.get("let_go") == "yes"
    return sync.render(
        [sync.said(section.wish(JobRequest(remove=tuple(each.id for each in chosen), let_go=let_go)))]
    )


def _score() -> tuple[str, ScoreState | None, str]:
    """The score that a button named as item:student:digest; the digest stands for what was shown."""
    item_id, _, rest = request.form.get("score", "").partition(":")
    student_id, _, digest = rest.rpartition(":")
    here = launched()
    place = (here.installation_id, here.section_id)
    return item_id, conflicts.find(db.session, place, item_id, student_id), digest
