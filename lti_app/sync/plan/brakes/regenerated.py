"""Records that leave and records that come and are the same: the SIS gave them new ids."""

from __future__ import annotations

from sqlalchemy.orm import Session

from lti_app.models import Action, Change, ChangeState, Run
from lti_app.school.records import Kind
from lti_app.school.run_kinds import RunKind
from lti_app.store import links
from lti_app.sync import scope
from lti_app.sync.plan import new_ids, same_person
from lti_app.sync.plan.brakes.lines import Counts, Trip, count_open, hold, hold_each
from lti_app.sync.plan.brakes.silent import unjudged_here

FEWEST = 5
"""Fewer records than this that only share a name and a code are not called regenerated."""


def hold_regenerated(session: Session, run: Run) -> list[Trip]:
    """Whole batches that came back, single sections, and single people whose new account could not be made
    beside the old."""
    return [*_batches(session, run), *_accounts(session, run)]


def _batches(session: Session, run: Run) -> list[Trip]:
    trips: list[Trip] = []
    for (kind, building), of in sorted(_left(session, run).items()):
        if kind not in links.write.HANGS_ON:
            continue  # a parent link is named after its people, and moves with them
        found = new_ids.pairs(session, run, Kind(kind), building)
        if len(found) < FEWEST or len(found) <= of / 2:
            trips += _recreated(session, run, building) if kind == Kind.SECTION else ()
        else:
            trips.append(Trip("regenerated_ids", kind, building, len(found), of, "half"))
            moving = Change.action.in_((Action.RELEASE, Action.CREATE))
            hold(session, run, Change.kind == kind, Change.building == building, moving)
            hold_each(session, run, Change.sis_id, found.values(), Change.kind == kind, moving)
    return trips


def _left(session: Session, run: Run) -> Counts:
    """(kind, building) → records that left, or whose school left: it may have another number now."""
    left = count_open(session, run, Action.RELEASE)
    for kind in scope.kinds_of(run) if run.what != RunKind.ONE else ():
        for building, number in unjudged_here(session, run, kind).items():
            left.setdefault((str(kind), building), number)
    return left


def _recreated(session: Session, run: Run, building: str) -> list[Trip]:
    """Single sections that came back under another id in the same course."""
    found = new_ids.recreated(session, run, building)
    if not found:
        return []
    section = Change.kind == Kind.SECTION
    hold_each(session, run, Change.sis_id, found.keys(), section, Change.action == Action.RELEASE)
    hold_each(session, run, Change.sis_id, found.values(), section, Change.action == Action.CREATE)
    return [Trip("recreated", Kind.SECTION, building, len(found), len(found), "any")]


def _accounts(session: Session, run: Run) -> list[Trip]:
    trips = []
    for brake, pairs in (("same_account", new_ids.accounts), ("same_person", same_person.pairs)):
        found = pairs(session, run, (ChangeState.PLANNED,))
        if found:
            user = Change.kind == Kind.USER
            hold_each(session, run, Change.sis_id, found.keys(), user, Change.action == Action.RELEASE)
            hold_each(session, run, Change.sis_id, found.values(), user, Change.action == Action.CREATE)
            trips.append(Trip(brake, Kind.USER, "", len(found), len(found), "any"))
    return trips
