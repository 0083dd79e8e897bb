"""The SIS's categories in the Schoology courses of schools: previewed, made, and removed where no one uses
them."""

from __future__ import annotations

from collections.abc import Mapping

from flask import abort, request

from lti_app import formats
from lti_app.extensions import db
from lti_app.grades.categories.ask import is_busy
from lti_app.grades.categories.job import DIGESTS
from lti_app.grades.course.prepared import sections_of
from lti_app.models import Run, RunState
from lti_app.runs import history
from lti_app.runs.history import CATEGORIES, RunLine
from lti_app.school.job_request import JobRequest
from lti_app.school.run_kinds import RunKind
from lti_app.store import audit
from lti_app.web.access import acting_user_only, own_district, who
from lti_app.web.admin.grades import templates
from lti_app.web.admin.logs import page as logs
from lti_app.web.admin.tabs import blueprint, show
from lti_app.web.shared import job_view
from lti_app.web.shared.ask_jobs import enqueue_for
from lti_app.web.shared.numbers import whole
from lti_app.web.shared.tab import Message

NO_COURSE: Message = (
    "warning",
    "Nothing was started: no course there is linked. Select other schools or courses.",
)
BUSY: Message = (
    "warning",
    "Nothing was started because another update of these categories is queued or running. Try again later.",
)
QUEUED: Message = ("success", "Queued. Open it below to see the result.")
NOTHING: Message = ("info", "These courses already have the categories of the SIS, so nothing was started.")


@blueprint.post("/grades/categories/preview")
@acting_user_only
def preview_categories() -> str:
    """Find out what making the SIS's categories would do in the selected places; nothing is sent."""
    places = templates.chosen_places()
    if not places:
        return templates.render_search([templates.NO_PLACE])
    sections = dict.fromkeys(sections_of(own_district(), places), "")
    if not sections:
        return templates.render_search([NO_COURSE])
    named = "; ".join(templates.named(each) for each in places)
    asked = JobRequest(what=RunKind.CATEGORIES, sections=sections, plan_only=True)
    return _ask(asked, f"SIS categories in Schoology previewed: {named}", sections)


@blueprint.post("/grades/categories/make")
@acting_user_only
def make_categories() -> str:
    """Make what a preview has shown."""
    run = _run()
    shown = run.counts.get(DIGESTS, {})
    if not run.plan_only or run.state != RunState.DONE:
        abort(404)
    if not shown:
        return logs.render(messages=[NOTHING])
    asked = JobRequest(what=RunKind.CATEGORIES, sections=shown)
    return _ask(asked, f"SIS categories made in {formats.counted(len(shown), 'Schoology course')}", shown)


@blueprint.post("/grades/categories/remove")
@acting_user_only
def remove_categories() -> str:
    """Ask before what a run has made is removed where it holds no items; then have it removed."""
    line, run = _line(), _run()
    if run.plan_only or run.notes.undo_of or run.finished_at is None:
        abort(404)
    if request.form.get("confirm") != "yes":
        view = job_view.job_view(db.session, line.job)
        return show("logs", "admin/remove_categories.html", view=view, run=run)
    sections = line.job.request.sections
    asked = JobRequest(what=RunKind.CATEGORIES, sections=sections, undo_of=run.id)
    return _ask(asked, "SIS categories in Schoology: removal of unused ones", sections)


def _ask(asked: JobRequest, what: str, sections: Mapping[str, str]) -> str:
    if is_busy(own_district(), sections):
        db.session.rollback()
        return logs.render(messages=[BUSY])

    audit.record(own_district(), who(), what, new=formats.counted(len(sections), "course"))
    queued = enqueue_for(
        who(), CATEGORIES, asked, lane=CATEGORIES, trigger="undo" if asked.undo_of else "manual"
    )
    return logs.render(messages=[BUSY if queued.joined else QUEUED])


def _line() -> RunLine:
    """The job that was posted, if it is one of these."""
    line = history.one_run(own_district(), request.form.get("job", 0, type=whole))
    if line is None or line.job.kind != CATEGORIES:
        abort(404)
    return line


def _run() -> Run:
    return _line().run or abort(404)
