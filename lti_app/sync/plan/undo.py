"""Undo: the inverse plan of a run, held until a person has seen every line.

Dropped enrollments are made again, enrollments that the run made are ended, fields get their former values.
Accounts, courses, sections and parent links that the run made stay and are listed, for the app removes none.
A line that a later run has changed again stays as that run left it, and no one gets a value that another one
has by now, or the interim value of a swap.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.models import SENDING, Action, Change, ChangeState, Link, LinkState, Run, RunState
from lti_app.runs.history import GRADES
from lti_app.school.desired import canonical, fingerprint
from lti_app.school.reason_codes import Code
from lti_app.school.records import Kind
from lti_app.school.run_kinds import RunKind
from lti_app.store import links
from lti_app.store.bulk import AT_ONCE, insert_rows
from lti_app.store.district import District
from lti_app.sync.changes import TARGET
from lti_app.sync.plan.unique import swaps, undone
from lti_app.sync.plan.unique.values import former

SWAPPED = ("username", "email")
"""Fields that may hold an interim value."""
DAYS = 30
"""For so long a run can be undone; what it changed is kept at least that long."""


class CannotUndo(Exception):
    """This run cannot be undone; the message says why."""


def check(district: District, run_id: int) -> Run:
    """The run, when it can be undone. Raises CannotUndo."""
    run = district.session.scalars(
        select(Run).where(Run.id == run_id, Run.installation_id == district.id)
    ).first()
    if run is None or run.plan_only:
        raise CannotUndo("This sync wasn’t found, or it was a preview, which changes nothing.")
    if never := _never(run):
        raise CannotUndo(never)
    if run.finished_at is None or run.state == RunState.HELD:
        raise CannotUndo("It isn’t finished. Wait until it ends, or approve or discard the changes on hold.")
    if run.finished_at < clock.now() - timedelta(days=DAYS):
        raise CannotUndo(f"It ended more than {DAYS} days ago, and too much may have changed since.")
    return run


def _never(run: Run) -> str:
    """Why runs of this sort cannot be undone, or nothing."""
    if run.what == GRADES:
        return "Correct grades in the Schoology gradebook and sync again."
    if run.what == RunKind.CATEGORIES:
        return "Open it in Logs to remove the categories that it made."
    if run.what == RunKind.PREP:
        return "It sent nothing to Schoology. Remove matches on the Data Prep tab."
    if run.what == RunKind.DRIFT or run.notes.recover:
        return "It only checked Schoology and changed nothing."
    return ""


def plan(session: Session, run: Run) -> None:
    """Write the inverse of the run that its notes name, newest line first, all held.

    The caller commits.
    """
    lines: list[tuple[object, ...]] = []
    last = 0
    for last, inverse in enumerate(_inverses(session, session.get_one(Run, run.notes.undo_of)), start=1):
        lines.append(_row(run, last, inverse))
        if len(lines) == AT_ONCE:
            insert_rows(session, "change", TARGET, lines)
            lines = []
    insert_rows(session, "change", TARGET, lines)
    undone.leave_taken(session, run)


def _inverses(session: Session, run: Run) -> Iterator[dict[str, Any]]:
    rows = session.execute(
        links.conditions.with_link(select(Change))
        .where(
            Change.run_id == run.id,
            Change.state == ChangeState.DONE,
            Change.action.in_(SENDING),
            Change.wave != swaps.BACK,
        )
        .order_by(Change.seq.desc())
        .execution_options(yield_per=AT_ONCE)
    )
    for change, link in rows:
        stepped_back_in = change.wave == swaps.FIRST and (link is None or not _as_left(change, link))
        if not stepped_back_in:
            yield _inverse(change, link)


def _inverse(change: Change, link: Link | None) -> dict[str, Any]:
    if change.action == Action.DROP:
        return _values(change, Action.CREATE, after=change.before) if link is None else _kept(change)
    if link is None or not _as_left(change, link):
        return _kept(change)
    if change.action == Action.UPDATE:
        if not change.before:
            return _kept(change, Code.UNDO_BEFORE_UNKNOWN)
        return _values(change, Action.UPDATE, before=change.after, after=_without_interim(change.before))
    if change.kind == Kind.ENROLLMENT and link.state == LinkState.OWNED:
        return _values(change, Action.DROP, before=change.after)
    return _kept(change, Code.UNDO_STAYS)


def _as_left(change: Change, link: Link) -> bool:
    """Whether nothing has changed the record since."""
    return link.schoology_id == change.schoology_id and link.fingerprint == change.fingerprint


def _without_interim(payload: str) -> str:
    """The same with the values that interim ones of an interrupted swap stood in for."""
    held: dict[str, Any] = json.loads(payload)
    return canonical({name: former(value) if name in SWAPPED else value for name, value in held.items()})


def _kept(change: Change, why: Code = Code.UNDO_CHANGED_SINCE) -> dict[str, Any]:
    return {**_values(change, Action.KEEP), "state": ChangeState.DISCARDED, "reason_code": why}


def _values(change: Change, action: Action, *, before: str = "", after: str = "") -> dict[str, Any]:
    return {
        "kind": change.kind,
        "action": action,
        "sis_id": change.sis_id,
        "schoology_id": "" if action == Action.CREATE else change.schoology_id,
        "building": change.building,
        "parent": change.parent,
        "person": change.person,
        "role": change.role,
        "number": change.number,
        "natural_key": change.natural_key,
        "label": change.label,
        "fingerprint": fingerprint(after) if after else "",
        "before": before,
        "after": after,
        "state": ChangeState.HELD,
        "batch": 0,
        "reason_code": "",
        "reason_values": "",
        "words": "",
    }


def _row(run: Run, seq: int, values: dict[str, Any]) -> tuple[object, ...]:
    whole = {"installation_id": run.installation_id, "run_id": run.id, "seq": seq, **values}
    return tuple(str(value) if isinstance(value, str) else value for value in (whole[n] for n in TARGET))


def undoable_until(run: Run) -> datetime | None:
    """Until when the run can be undone; None when it cannot."""
    if run.plan_only or run.finished_at is None or run.state == RunState.HELD or _never(run):
        return None
    if not run.counts.get("outcome", {}).get("done"):
        return None  # it changed nothing
    until = run.finished_at + timedelta(days=DAYS)
    return until if until > clock.now() else None
