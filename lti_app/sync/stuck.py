"""Whether the same brake holds plan after plan, and since when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.models import Run, RunState
from lti_app.sync.diff import KINDS_OF
from lti_app.sync.held import DECIDED

LOOKED_AT = 50
"""So many of the newest runs are looked at."""
JUDGED = (RunState.HELD, RunState.DONE, RunState.DONE_WITH_PROBLEMS)
"""Runs that came to an end; those under way, or broken off, say nothing."""
Trip = tuple[str, ...]
"""Brake, kind, building and section."""


def held_since(session: Session, installation_id: int) -> datetime | None:
    """The first of the successive plans that the same brake held, if one does now."""
    runs = session.scalars(
        select(Run)
        .where(
            Run.installation_id == installation_id,
            Run.plan_only.is_(False),
            Run.what.in_(KINDS_OF),
            Run.state.in_(JUDGED),
            Run.digest != "",
        )
        .order_by(Run.id.desc())
        .limit(LOOKED_AT)
    ).all()
    trips = {trip for run in runs if run.state == RunState.HELD for trip in _trips(run)}
    since = [_since(trip, runs) for trip in trips]
    return min((each for each in since if each is not None), default=None)


def _since(trip: Trip, runs: Sequence[Run]) -> datetime | None:
    """Newest first, among runs that cover the kind: back to where it did not hold, or a person decided."""
    since = None
    for run in runs:
        if trip[1] and trip[1] not in KINDS_OF[run.what]:
            continue
        if trip not in _trips(run) or DECIDED in run.checkpoint:
            break
        since = run.started_at
    return since


def _trips(run: Run) -> set[Trip]:
    names = ("brake", "kind", "building", "section")
    return {tuple(str(each.get(name, "")) for name in names) for each in run.counts.get("trips", [])}
