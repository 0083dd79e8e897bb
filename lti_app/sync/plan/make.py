"""Plan: the stored proposal of a run, with its counts and its digest."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from lti_app.models import Change, Run, RunState, Staged, StagedState, SyncOptions
from lti_app.runs.ledger import planned_counts
from lti_app.school.limits import Limits
from lti_app.school.reasons import Reason
from lti_app.school.run_kinds import RunKind
from lti_app.store import links
from lti_app.store.bulk import AT_ONCE, chunks, refresh_statistics
from lti_app.sync.context import RunContext
from lti_app.sync.drift.resend import forget_what_differs
from lti_app.sync.plan import approval, brakes, consistency, ended_terms, refused_ends, terms, undo
from lti_app.sync.plan.brakes.people import read_present_roles
from lti_app.sync.plan.diff import SLICE, write_changes
from lti_app.sync.plan.unique import known, order, swaps
from lti_app.sync.plan.unique.night import swap_now


def make_plan(context: RunContext, run: Run) -> None:
    """Decide what the run wants to do. Safe to repeat: an unfinished plan of the same run is replaced.

    What is too much to do without approval is held; held lines of an older plan that this one covers are
    discarded."""
    session, commit = context.session, partial(_commit, context)
    _delete_lines(session, run, commit)  # Schoology is asked next, and no one waits for that
    if run.what == RunKind.UNDO:
        undo.plan(session, run)
        order.put_in_order(session, run, swap_now=True)
        ended_terms.discard(session, run, context.today)
    else:
        _plan_forward(context, run, commit)
    commit()
    hashed = digest(session, run.id)
    left, plan = left_out(session, run.id), planned_counts(session, run.id)
    if not run.plan_only:
        approval.void_older(session, run)
    run.digest = hashed
    run.counts = {**run.counts, "left_out": left, "plan": plan}
    run.state = RunState.PLANNED
    commit()


def _commit(context: RunContext) -> None:
    """What was written so far, if the job is still this worker's: between two commits another writer may have
    its turn. A plan that ends here is made again from its beginning."""
    context.progress.hold()
    context.session.commit()


def _delete_lines(session: Session, run: Run, commit: Callable[[], None]) -> None:
    found = select(Change.id).where(Change.run_id == run.id).limit(SLICE)
    while part := session.scalars(found).all():
        for some in chunks(part, AT_ONCE):
            session.execute(delete(Change).where(Change.id.in_(some)))
        commit()


def _plan_forward(context: RunContext, run: Run, commit: Callable[[], None]) -> None:
    session, today = context.session, context.today
    collisions = consistency.check(session, run, context.schoology.people, today)
    if run.what == RunKind.ONE:
        forget_what_differs(session, run)
    context.progress.report("planning", 0, 0)
    if not run.plan_only and run.what != RunKind.ONE and not run.notes.recover:
        links.todays.take_over(session, run)
    commit()
    write_changes(session, run, commit)
    known.block_lines(session, run, collisions)
    refused_ends.settle(session, run)
    terms.add_lines(session, run)
    commit()
    swapping = order.put_in_order(session, run, swap_now=swap_now(context, run))
    context.progress.report("planning", 0, 0)
    if run.what != RunKind.ONE:
        refresh_statistics(session, "change")
        commit()
    options = session.get(SyncOptions, run.installation_id)
    limits = Limits.from_json(options.brakes if options else {})
    admin_roles = run.notes.admin_roles
    present_roles = _present_roles(context, run) if admin_roles else {}
    brakes.judge(
        session, run, limits.on(today), today=today, admin_roles=admin_roles, present_roles=present_roles
    )
    swaps.keep_together(session, run)
    if swapping:
        trip = {"brake": "swapped_codes", "kind": "", "building": "", "number": swapping, "of": swapping}
        run.counts = {**run.counts, "trips": [*run.counts["trips"], {**trip, "limit": "any"}]}


def _present_roles(context: RunContext, run: Run) -> dict[str, str]:
    def report(done: int, total: int) -> None:
        context.progress.report("planning", done, total)

    return read_present_roles(context.session, context.schoology, run, report)


def digest(session: Session, run_id: int) -> str:
    """32 hex digits over every line in order: what was approved is what is applied."""
    hashing = hashlib.blake2b(digest_size=16)
    lines = session.execute(
        select(Change.kind, Change.action, Change.sis_id, Change.fingerprint, Change.state)
        .where(Change.run_id == run_id)
        .order_by(Change.seq)
        .execution_options(yield_per=5000)
    )
    for line in lines:
        hashing.update("\x1f".join(line).encode() + b"\x1e")
    return hashing.hexdigest()


def left_out(session: Session, run_id: int) -> dict[str, list[dict[str, Any]]]:
    """kind → each reason with how many rows that are in the SIS aren't wanted in Schoology because of it."""
    rows = session.execute(
        select(Staged.kind, Staged.reason_code, Staged.reason_values, func.count())
        .where(Staged.run_id == run_id, Staged.state == StagedState.OUT)
        .group_by(Staged.kind, Staged.reason_code, Staged.reason_values)
    )
    counts: dict[str, list[dict[str, Any]]] = {}
    for kind, code, values, number in rows:
        counts.setdefault(kind, []).append({**Reason(code, values).to_json(), "count": number})
    return counts
