"""Live sync of grades, a page under Configuration: on and off, its state, the backlog, what a brake holds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import render_template, request

from lti_app import clock
from lti_app.extensions import db
from lti_app.grades.live import decisions, preview, registration, sweep, view
from lti_app.grades.live.task import PREVIEW, SWEEP, ask_for_sweep
from lti_app.grades.rows import live as rows_live
from lti_app.grades.rows import removed
from lti_app.jobs import queue
from lti_app.models import Job
from lti_app.runs.words import sentence
from lti_app.school.job_request import JobRequest
from lti_app.school.run_kinds import RunKind
from lti_app.schoology.port import Schoology
from lti_app.store import audit
from lti_app.store.district import District
from lti_app.web.access import acting_user_only, admin_reader, own_district, who
from lti_app.web.admin.tabs import blueprint, show
from lti_app.web.shared import ask_systems, job_view
from lti_app.web.shared import live as shared_live
from lti_app.web.shared.ask_jobs import enqueue_for, submit
from lti_app.web.shared.numbers import whole
from lti_app.web.shared.places import place
from lti_app.web.shared.tab import Message

FRESH = timedelta(days=1)
"""So long a look at everything is good enough to turn live sync on."""
SETTING = "Live Sync Schoology Grades"
NOT_YET: Message = (
    "info",
    "Live sync isn’t on yet. Review the waiting changes, then turn it on below.",
)
LOOK_FIRST: Message = (
    "warning",
    "Live sync wasn’t turned on because waiting changes haven’t been reviewed. Select Review waiting "
    "changes first.",
)

STILL_LOOKING: Message = (
    "warning",
    "Live sync wasn’t turned on because courses are still being refreshed. Turn it on when that’s done.",
)
ALREADY_ON: Message = (
    "info",
    "Live sync is already on. To find missed changes, select Compare all courses.",
)


def render(messages: list[Message] | None = None) -> str:
    """The page as it stands."""
    district = own_district()
    active = queue.active_job(district, lane=PREVIEW) or queue.active_job(district, lane=SWEEP)
    job = job_view.job_view(district.session, active) if active else None
    row = rows_live.shown(district)
    waits = preview.backlog(district)
    return show(
        "configuration",
        "admin/live.html",
        messages or [],
        live=row,
        on=rows_live.is_on(district),
        ready=is_fresh(district.id),
        job=job,
        backlog=[each for each in waits if each.items],
        backlog_shown=_shown(district),
        unread=[each for each in waits if each.why],
        held=view.held_courses(district),
        sweeps=sweep.latest(district),
        removed=removed.restorable(district),
        label_of=lambda section_id: view.label_of(district, section_id),
    )


def is_fresh(installation_id: int) -> bool:
    """Whether everything was looked at lately."""
    row = rows_live.shown(District(db.session, installation_id))
    return row.previewed_at is not None and row.previewed_at > clock.now() - FRESH


def _shown(district: District) -> dict[str, str]:
    """Section → what stands for its backlog; "all" for all of them together."""
    found = decisions.with_backlog(district)
    each = {section.section_id: decisions.digest([section]) for section in found}
    return {**each, "all": decisions.digest(found)}


@blueprint.post("/live")
@admin_reader
@place()
def live_sync() -> str:
    """Show the page."""
    return render()


@blueprint.post("/live/look")
@acting_user_only
def live_look() -> str:
    """Read every course that is set up."""
    if rows_live.is_on(own_district()):
        return render([ALREADY_ON])
    enqueue_for(who(), PREVIEW, JobRequest(what=RunKind.LIVE_PREVIEW), lane=PREVIEW)
    return render([("success", "Refreshing every course that is set up. You can leave this page.")])


@blueprint.post("/live/on")
@acting_user_only
def live_on() -> str:
    """Turn it on, once everything was looked at."""
    if not is_fresh(who().installation_id):
        return render([LOOK_FIRST])
    if queue.active_job(own_district(), lane=PREVIEW) is not None:
        return render([STILL_LOOKING])

    def on(schoology: Schoology) -> Message:
        shared_live.registrar(schoology).turn_on()
        _note("off", "on")
        return ("success", "Live sync is on. New changes in Schoology are sent automatically.")

    return render([ask_systems.ask_schoology(on)])


@blueprint.post("/live/off")
@acting_user_only
def live_off() -> str:
    """Turn it off; Schoology is told at once, or as soon as it answers."""
    return render([turn_off()])


def turn_off() -> Message:
    """Turn it off. Commits."""
    district = own_district()
    if not rows_live.is_on(district):
        return ("info", "Live sync is already off.")
    registration.turn_off(district)
    _note("on", "off")
    left = ask_systems.ask_schoology(_leave)
    if left[0] == "success":
        return left
    return (
        "warning",
        f"Live sync is off. The app is still removing it from Schoology and keeps trying. {left[1]}",
    )


def _leave(schoology: Schoology) -> Message:
    done = registration.leave(own_district(), schoology)
    return ("success" if done else "warning", "Live sync is off." if done else "Schoology isn’t responding.")


@blueprint.post("/live/check")
@acting_user_only
def live_check() -> str:
    """Ask Schoology to confirm target and subscriptions."""

    def check(schoology: Schoology) -> Message:
        shared_live.registrar(schoology).confirm()
        row = rows_live.live_sync(own_district())
        return (
            ("danger", sentence(row.problem))
            if row.problem
            else ("success", ("Schoology confirmed live sync."))
        )

    return render([_when_on(check)])


@blueprint.post("/live/rotate")
@acting_user_only
def live_rotate() -> str:
    """A new address that no one can know; the former one is refused from now on."""

    def rotate(schoology: Schoology) -> Message:
        shared_live.registrar(schoology).rotate()
        audit.record(own_district(), who(), "Live sync secret address", new=audit.CHANGED)
        db.session.commit()
        submit(ask_for_sweep(own_district(), whole=False, asked_by=who().name))
        return ("success", "Schoology now uses a new secret address. The old one no longer works.")

    return render([_when_on(rotate)])


def _when_on(ask: Callable[[Schoology], Message]) -> Message:
    if not rows_live.is_on(own_district()):
        return ("warning", "Live sync is off. Turn it on first.")
    return ask_systems.ask_schoology(ask)


@blueprint.post("/live/sweep")
@acting_user_only
def live_sweep() -> str:
    """Compare every course now."""
    submit(ask_for_sweep(own_district(), whole=True, asked_by=who().name))
    return render([("success", "Comparing all courses. Missed changes will be sent.")])


@blueprint.post("/live/progress")
@admin_reader
def live_progress() -> dict[str, Any]:
    """The panel of the look or the sweep that the page watches."""
    job = db.session.get(Job, request.form.get("job", 0, type=whole))
    mine = job is not None and job.installation_id == who().installation_id
    shown = job_view.job_view(db.session, job) if job is not None and mine else None
    return {
        "fragments": {"live-job": render_template("partials/live_job.html", job=shown)},
        "stop": shown is None or not shown.active,
    }


def _note(old: str, new: str) -> None:
    audit.record(own_district(), who(), SETTING, old=old, new=new)
    db.session.commit()
