"""The Logs tab: syncs newest first, the changes of each, and who changed which setting."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, abort, request
from wtforms import Form, HiddenField, SelectChoice, SelectField, StringField
from wtforms.validators import Length

from lti_app import formats
from lti_app.extensions import db
from lti_app.grades.live.sweep import latest
from lti_app.grades.live.view import held_courses
from lti_app.jobs import queue as queues
from lti_app.models import Change, Run, RunState
from lti_app.runs import history, words
from lti_app.runs import names as runs_names
from lti_app.runs.history import ChangeFilter, RunFacts, RunLine
from lti_app.runs.names import Names
from lti_app.runs.words import sentence
from lti_app.runs.words.reasons.groups import group_title
from lti_app.school.job_request import JobRequest
from lti_app.school.run_kinds import RunKind
from lti_app.setup.checklist import NotReady, raise_if_not_ready
from lti_app.store import refusals
from lti_app.store.district import District
from lti_app.store.paging import SIZE, SIZES, Page
from lti_app.sync.plan import approval, undo
from lti_app.sync.review import access, lost_objects
from lti_app.web.access import acting_user_only, admin_reader, own_district, who
from lti_app.web.admin import progress
from lti_app.web.admin.configuration import queue
from lti_app.web.admin.logs import brake_words, files
from lti_app.web.admin.tabs import blueprint, show
from lti_app.web.shared import job_view
from lti_app.web.shared.ask_jobs import ask_for, submit
from lti_app.web.shared.numbers import whole
from lti_app.web.shared.places import place

FILTERS = ("kind", "action", "building", "outcome", "reason", "order", "text")
SHOWN = (*FILTERS, "size")
ORDERS = {"": "Order of sending", "name": "Name", "school": "School", "reason": "Reason"}


class FilterForm(Form):
    """Which changes of a run to show. It travels in the fields of each press, never in the address."""

    job = HiddenField()
    kind = SelectField("Type", validate_choice=False, choices=[])
    action = SelectField("Action", validate_choice=False, choices=[])
    building = SelectField("School", validate_choice=False, choices=[])
    outcome = SelectField("Outcome", validate_choice=False, choices=[])
    reason = SelectField("Reason", validate_choice=False, choices=[])
    order = SelectField(
        "Sort by",
        validate_choice=False,
        choices=[SelectChoice(value, label) for value, label in ORDERS.items()],
    )
    size = SelectField(
        "Per page",
        coerce=int,
        default=SIZE,
        validate_choice=False,
        choices=[SelectChoice(each, str(each)) for each in SIZES],
    )
    text = StringField(
        "Search",
        description="Searches names, IDs, reasons, and Schoology messages.",
        validators=[Length(max=80)],
        filters=[lambda text: (text or "").strip()[:80]],
        render_kw={"maxlength": 80, "autocomplete": "off"},
    )

    def offer(self, found: RunFacts, names: Names) -> None:
        """Fill the lists with what stands in the run."""
        states = sorted({state for counts in found.outcomes.values() for state in counts})
        buildings = {each: names.sis_buildings.get(each, each) for each in found.buildings}
        self.kind.choices = _choices({k: words.counted_kind(k, 2).capitalize() for k in found.kinds})
        self.action.choices = _choices({each: words.ACTIONS.get(each, each) for each in found.actions})
        self.building.choices = _choices(dict(sorted(buildings.items(), key=lambda each: each[1].casefold())))
        said = {code: f"{group_title(code)} ({formats.number(n)})" for code, n in found.reasons.items()}
        self.reason.choices = _choices(dict(sorted(said.items(), key=lambda each: each[1])))
        self.outcome.choices = _choices({each: words.OUTCOMES.get(each, each) for each in states})

    def wanted(self) -> ChangeFilter:
        """The filter that was asked for."""
        asked = {name: self[name].data or "" for name in FILTERS}
        return ChangeFilter(**asked)


def render(**more: Any) -> str:
    """The tab as it stands."""
    district = own_district()
    job = job_view.current_view(district)
    page = history.runs_page(district, request.form.get("page", 1, type=whole))
    return show(
        "logs",
        "admin/logs.html",
        page=page,
        lines=[job_view.line_view(line) for line in page.rows],
        job=job,
        queue=queue.lines(district),
        audit=history.audit_page(district, 1).rows[:5],
        missing_count=lost_objects.count(district),
        to_review=len(access.waiting(district)) + access.lost(district),
        live_held=len(held_courses(district)),
        sweeps=latest(district, 3),
        **more,
    )


@blueprint.post("/logs")
@admin_reader
@place("page")
def logs() -> str:
    """Show the tab."""
    return render()


@blueprint.post("/logs/cancel")
@acting_user_only
def logs_cancel() -> str:
    """Stop the job that is queued or running."""
    return progress.cancel(render)


@blueprint.post("/logs/try-now")
@acting_user_only
def logs_try_now() -> str:
    """Let a paused sync go on now, and show it."""
    line = _line()
    resumed = queues.resume_now(own_district(), line.job.id)
    db.session.commit()
    if resumed:
        submit(line.job.id)
    return logs_run()


@blueprint.post("/logs/run")
@admin_reader
@place("job", "all", "kind", "action", "building", "outcome", "reason", "order", "size", "page")
def logs_run() -> str:
    """Open a sync to its changes."""
    line = _line()
    district = own_district()
    form, names = _filter(), runs_names.names(district)
    found = history.facts(district, line.run.id) if line.run else RunFacts()
    form.offer(found, names)
    page = _changes(line.run, form) if line.run else None
    return show(
        "logs",
        "admin/run.html",
        view=job_view.job_view(district.session, line.job),
        run=line.run,
        facts=found,
        left_out=history.left_out_of(line.run) if line.run else {},
        form=form,
        names=names,
        page=page,
        labels=runs_names.labels(district, page.rows) if page else {},
        held_parts=approval.parts(district.session, line.run.id) if line.run else [],
        held_lines=approval.count(district.session, line.run.id)
        if line.run and line.run.state == RunState.HELD
        else 0,
        undo_until=undo.undoable_until(line.run) if line.run else None,
        undone=_undone(line.run),
        collisions=history.collisions(district, line.run.id) if line.run else None,
        known_problems=refusals.count(district),
        filters=SHOWN,
        reasons=[
            (code, group_title(code), number)
            for code, number in sorted(found.reasons.items(), key=lambda each: -each[1])
        ],
        brake_words=brake_words,
    )


@blueprint.post("/logs/run/csv")
@admin_reader
def logs_run_csv() -> Response:
    """The filtered changes of a sync as a file."""
    line = _line()
    if line.run is None:
        abort(404)
    return files.run_csv(
        who().installation_id, line.run, FilterForm(request.form).wanted(), scores=who().may_change
    )


@blueprint.post("/logs/settings")
@admin_reader
@place("page", "views")
def logs_settings() -> str:
    """List who changed which setting, or who looked at which page."""
    number, views = request.form.get("page", 1, type=whole), bool(request.form.get("views"))
    found = history.audit_page(own_district(), number, views=views)
    return show("logs", "admin/audit.html", page=found, views=views)


@blueprint.post("/logs/settings/csv")
@admin_reader
def logs_settings_csv() -> Response:
    """The same list as a file."""
    return files.audit_csv(who().installation_id)


@blueprint.post("/logs/undo")
@acting_user_only
def logs_undo() -> str:
    """Ask before the inverse of a sync is planned; then plan it, held until every line was seen."""
    line = _line()
    if line.run is None:
        abort(404)
    try:
        undo.check(own_district(), line.run.id)
    except undo.CannotUndo as error:
        return render(messages=[("danger", f"This sync can’t be undone. {error}")])
    if request.form.get("confirm") != "yes":
        return show("logs", "admin/undo.html", view=job_view.job_view(db.session, line.job), run=line.run)
    return render(messages=[ask_for(JobRequest(what=RunKind.UNDO, undo_of=line.run.id), trigger="undo")])


@blueprint.post("/logs/drift")
@acting_user_only
def logs_drift() -> str:
    """Read Schoology back and list what differs."""
    try:
        raise_if_not_ready(own_district(), "drift")
    except NotReady as refusal:
        return render(messages=[("danger", sentence(refusal.reason))])
    return render(messages=[ask_for(JobRequest(what=RunKind.DRIFT))])


def _undone(run: Run | None) -> Run | None:
    """The run that this one puts back."""
    return db.session.get(Run, run.notes.undo_of) if run else None


def _line() -> RunLine:
    line = history.one_run(own_district(), request.form.get("job", 0, type=whole))
    return line or abort(404)


def _filter() -> FilterForm:
    return FilterForm() if request.form.get("all") else FilterForm(request.form)


def _changes(run: Run, form: FilterForm) -> Page[Change]:
    number = request.form.get("page", 1, type=whole)
    size = form.size.data if form.size.data in SIZES else SIZE
    return history.changes_page(
        District(db.session, run.installation_id), run.id, form.wanted(), number=number, size=size
    )


def _choices(offered: Mapping[str, str]) -> list[SelectChoice]:
    return [SelectChoice("", "All"), *(SelectChoice(value, label) for value, label in offered.items())]
