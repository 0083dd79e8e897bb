"""Records that leave the SIS at once. Nothing is sent for them, and every summer a quarter of a high school
graduates, so more of them may go unasked than of drops; half a building at once is a bad export."""

from __future__ import annotations

import json
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_app.models import Action, Change, Run, TermRow
from lti_app.school.limits import Limits, too_many
from lti_app.school.records import Kind
from lti_app.sync.brakes.lines import Trip, hold, open_lines
from lti_app.sync.brakes.shares import Counts, present


def judge_leaving(session: Session, run: Run, limits: Limits, today: date) -> list[Trip]:
    """People, parent links and courses of a building, and those of its sections whose terms are not over."""
    leaving = _leaving(session, run)
    if any(kind == Kind.SECTION for kind, _ in leaving):
        leaving = {key: number for key, number in leaving.items() if key[0] != Kind.SECTION}
        leaving |= _running_sections(session, run, today)
    there = present(session, run, {kind for kind, _ in leaving})
    trips = []
    for (kind, building), number in sorted(leaving.items()):
        of = there.get((kind, building), 0) + number
        if too_many(
            number, of, share=limits.leave_share, floor=limits.drop_floor, ceiling=limits.leave_ceiling
        ):
            words = f"{limits.leave_share:.0%} or {limits.leave_ceiling:,}"
            trips.append(Trip("left", kind, building, number, of, words))
            hold(
                session,
                run,
                Change.kind == kind,
                Change.building == building,
                Change.action == Action.RELEASE,
            )
    return trips


def _leaving(session: Session, run: Run) -> Counts:
    rows = session.execute(
        select(Change.kind, Change.building, func.count())
        .where(*open_lines(run, Action.RELEASE))
        .group_by(Change.kind, Change.building)
    )
    return {(kind, building): number for kind, building, number in rows}


def _running_sections(session: Session, run: Run, today: date) -> Counts:
    """Sections that leave although a term of theirs is not over: last year's may all go at once."""
    running = set(
        session.scalars(
            select(TermRow.grading_period_id).where(
                TermRow.installation_id == run.installation_id,
                TermRow.grading_period_id != "",
                TermRow.end >= today,
            )
        )
    )
    counts: Counts = {}
    rows = session.execute(
        select(Change.building, Change.before)
        .where(*open_lines(run, Action.RELEASE), Change.kind == Kind.SECTION)
        .execution_options(yield_per=1000)
    )
    for building, before in rows:
        if running & set(json.loads(before or "{}").get("grading_period_ids") or ()):
            counts[Kind.SECTION, building] = counts.get((Kind.SECTION, building), 0) + 1
    return counts
