"""The Sync tab of a course: every graded item with its status, and the buttons that send."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import render_template, request
from sqlalchemy import update

from lti_app import formats
from lti_app.extensions import db
from lti_app.grades import agreement, doubt, wishes
from lti_app.grades.context import LOOK_LANE
from lti_app.grades.course.losses import digest_of
from lti_app.grades.course.setup import is_mapped
from lti_app.grades.course.view import course_view, last_push, shown_losses
from lti_app.grades.live.view import live_view
from lti_app.grades.parity.values import shared_findings
from lti_app.grades.wishes import Asked
from lti_app.jobs import queue
from lti_app.models import ItemState, Job
from lti_app.school.job_request import JobRequest
from lti_app.web.access import course_member, launched, own_district
from lti_app.web.course import grade_words, items, section
from lti_app.web.course.pages import blueprint
from lti_app.web.shared import fragments, job_view
from lti_app.web.shared.numbers import whole
from lti_app.web.shared.places import place
from lti_app.web.shared.tab import Message

QUEUED: Message = ("success", "Queued. You can leave this page.")
JOINED: Message = ("info", "A sync of this course is already queued. It includes what you asked for.")
FOLLOWS: Message = (
    "success",
    "A sync of this course is running or waiting. What you asked for follows it automatically.",
)
CHANGED: Message = (
    "warning",
    "Nothing was sent because the scores that a sync would replace in the SIS have changed since this page "
    "was "
    "shown. Review the list, then select Sync grades again.",
)
NOT_MAPPED: Message = (
    "warning",
    "The sync wasn’t started because no categories are matched. Match at least one category with an SIS "
    "category on the Configuration tab.",
)
STOPPED: Message = (
    "warning",
    "Nothing was sent. Grades are stopped for your district until the Acting User of this app has answered.",
)
NONE_TICKED: Message = ("warning", "Select items first.")

REFRESHING: Message = ("info", "Refresh started.")
PASSING = (QUEUED, JOINED, FOLLOWS, REFRESHING)
"""Messages that go once the job has ended."""

FRAGMENTS = {
    "sync": ("live", "job", "trial", "agreement", "effects", "losses", "summary"),
    "averages": ("job", "averages"),
}
"""Page → its parts that are kept fresh while a job runs."""


def render(messages: Sequence[Message] = (), **more: Any) -> str:
    """The tab as it stands."""
    now = shown()
    passing = any(each in PASSING for each in messages)
    if now["job"] is not None and now["job"].active:
        messages = [each for each in messages if each != QUEUED]
    return section.show("sync", "course/sync.html", messages, **now, **_list(now), passing=passing, **more)


def _list(now: dict[str, Any]) -> dict[str, Any]:
    """The list of items as it was asked for: `wanted`, `found` and `rows`."""
    wanted = items.wanted()
    found = items.listed(now["view"], wanted)
    context = {"mapped": now["mapped"], "grade_words": grade_words, "most": wanted.students}
    return {"wanted": wanted, "found": found, "rows": items.rows(found.rows, context)}


def shown() -> dict[str, Any]:
    """What the pages of a course that show its state are made from."""
    here = launched()
    push = section.active_push()
    look = section.active_look()
    section.read_again()
    job, row = push or look, section.row()
    parity = agreement.from_json(row.agreement)
    return {
        "view": course_view(own_district(), here.section_id, push),
        "mapped": is_mapped(db.session, row),
        "parity": parity,
        "causes": shared_findings(parity.differences) if parity else [],
        "job": job_view.job_view(db.session, job) if job else None,
        "looks": push is None and look is not None,
        "live": live_view(own_district(), here.section_id),
        "last": last_push(own_district(), here.section_id),
        "grade_words": grade_words,
    }


@blueprint.post("/sync")
@course_member
@place("show_status", "page")
@section.linked
def show_sync() -> str:
    """Show the tab."""
    section.look_if_stale()
    return render()


@blueprint.post("/progress")
@course_member
@section.linked
def course_progress() -> dict[str, Any]:
    """What the page shows of the job and the items, for the script that keeps it fresh."""
    page = "averages" if request.form.get("page") == "averages" else "sync"
    now = {**shown(), "section_title": launched().section_title, "course_tab": page}
    now["doubt"] = doubt.find(own_district())
    job_id = request.form.get("job", 0, type=whole)
    watched = db.session.get(Job, job_id) if now["job"] is None else None
    if watched is not None and _mine(watched):
        now["job"] = job_view.job_view(db.session, watched)
        now["looks"] = watched.lane == LOOK_LANE
    if page == "sync":
        now.update(_list(now))
    parts = {part: render_template(f"partials/course_{part}.html", **now) for part in FRAGMENTS[page]}
    answer = fragments.changed(parts)
    if page == "sync":
        _add_items(answer, now)
    return {**answer, "stop": not _moves(now)}


def _add_items(answer: dict[str, Any], now: dict[str, Any]) -> None:
    """Add the list where its lines or what is around them changed, else the lines that did."""
    rows = now["rows"]
    frame = render_template(
        "partials/course_items.html", **{**now, "rows": [(each[0], "", "") for each in rows]}
    )
    digest = fragments.digest_of(frame)
    if fragments.had().get("items") != digest:
        answer["fragments"]["items"] = render_template("partials/course_items.html", **now)
        answer["digests"]["items"] = digest
        return
    lines = {f"item-{item}": html for item, html, _ in rows}
    fresh = fragments.changed(lines)
    answer["fragments"].update(fresh["fragments"])
    answer["digests"].update(fresh["digests"])


def _moves(now: dict[str, Any]) -> bool:
    """Whether the page may change by itself."""
    return now["live"].on or (now["job"] is not None and now["job"].active)


def _mine(job: Job) -> bool:
    here = launched()
    return job.installation_id == here.installation_id and job.section_id == here.section_id


@blueprint.post("/sync/start")
@course_member
@section.linked
def start() -> str:
    """Sync everything, the selected items, one item, or what failed."""
    row = section.row()
    if row.looked_at is not None and not is_mapped(db.session, row):
        return render([NOT_MAPPED])
    which = request.form.get("which", "all")
    if doubt.find(own_district()) is not None:
        return render([STOPPED])
    digest = digest_of(shown_losses(own_district(), launched().section_id))
    if request.form.get("shown", digest) != digest:
        return render([CHANGED])
    wanted = JobRequest(failed_only=which == "failed", shown=seen())
    if which not in ("all", "failed"):
        chosen = _ticked(which)
        if not chosen:
            return render([NONE_TICKED])
        wanted = replace(wanted, items=tuple(chosen))
    return render([said(section.wish(wanted))])


def seen(name: str = "shown") -> dict[str, dict[str, str]]:
    """Item → student → the SIS's value that the page showed as one to be replaced or cleared; nothing where
    the form's field of this name stands for other ones: what no one was shown waits."""
    found: dict[str, dict[str, str]] = {}
    losses = shown_losses(own_district(), launched().section_id)
    for item, score in losses if request.form.get(name) == digest_of(losses) else ():
        found.setdefault(item.item_id, {})[score.student_id] = score.offered
    return found


def said(asked: Asked) -> Message:
    """What becomes of a wish."""
    if asked.follows:
        return FOLLOWS
    return QUEUED if asked.job_id else JOINED


def _ticked(which: str) -> list[str]:
    """The selected items, or the one whose button was pressed; only those of this course."""
    wanted = request.form.getlist("item") if which == "ticked" else [which]
    here = launched()
    rows = db.session.query(ItemState.item_id).filter(
        ItemState.installation_id == here.installation_id,
        ItemState.section_id == here.section_id,
        ItemState.item_id.in_(wanted),
    )
    return sorted(item_id for (item_id,) in rows)


@blueprint.post("/sync/refresh")
@course_member
@section.linked
def refresh_sync() -> str:
    """Read both gradebooks again."""
    section.ask(LOOK_LANE)
    return render([REFRESHING])


@blueprint.post("/sync/opt")
@course_member
@section.linked
def opt() -> str:
    """Opt the selected items out of the sync, or back in."""
    out = request.form.get("way") == "out"
    chosen = _ticked(request.form.get("which", "ticked"))
    if not chosen:
        return render([NONE_TICKED])
    _set(chosen, opted_out=out)
    section.note("items opted out" if out else "items opted in", new=formats.counted(len(chosen), "item"))
    db.session.commit()
    said = "The selected items won’t be synced." if out else "The selected items will be in the next sync."
    return render([("success", said)])


@blueprint.post("/sync/release")
@course_member
@section.linked
def release() -> str:
    """Let items take part that came in with a copied course."""
    chosen = _ticked("ticked")
    if not chosen:
        return render([NONE_TICKED])
    _set(chosen, held=False)
    section.note("items on hold released", new=formats.counted(len(chosen), "item"))
    db.session.commit()
    return render([("success", "Released. The next sync sends these items.")])


def _set(items: Sequence[str], **values: Any) -> None:
    here = launched()
    db.session.execute(
        update(ItemState)
        .where(
            ItemState.installation_id == here.installation_id,
            ItemState.section_id == here.section_id,
            ItemState.item_id.in_(items),
        )
        .values(**values)
    )


@blueprint.post("/sync/cancel")
@course_member
@section.linked
def cancel() -> str:
    """Stop the push between two items; what was sent is kept."""
    job = section.active_push()
    if job is None or request.form.get("job", job.id, type=whole) != job.id:
        return render([("info", "There’s nothing to cancel because the sync already ended.")])
    if job.parked_at is not None:
        wishes.forget(own_district(), job.section_id)
    queue.request_cancel(own_district(), job.id)
    db.session.commit()
    return render([("info", "Stopping. Scores already sent are kept.")])
