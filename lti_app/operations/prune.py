"""Forget what is older than it is to be kept. Runs that are not over, and people on hold, keep everything."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, inspect, select, tuple_
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.jobs.failures import log_and_continue
from lti_app.lti import readers, sessions
from lti_app.models import (
    FINAL_STATES,
    UNFINISHED,
    Alert,
    Audit,
    AuthorizeWindow,
    Change,
    Event,
    Installation,
    ItemState,
    Job,
    KeptScore,
    LaunchState,
    LiveSection,
    PrepKey,
    PrepRow,
    RemovedAssignment,
    Run,
    RunState,
    Scope,
    ScoreState,
    SectionSettings,
    Staged,
    Sweep,
    SyncOptions,
)
from lti_app.operations.people.holds import Held
from lti_app.operations.people.reduce import reduce_people_who_left
from lti_app.school.retention import Retention
from lti_app.setup import choices
from lti_app.store.district import District
from lti_app.sync.plan.undo import DAYS

SLICE = 2000
"""Rows that are deleted in one transaction."""
QUIET_LIVE_JOBS = timedelta(days=2)
"""So long the jobs of live sync are kept that sent nothing: there is one for each time a teacher saves."""


def prune(session: Session) -> None:
    """Forget what is old, district by district; one that fails does not stop the others. Commits."""
    now = clock.now()
    for installation_id in session.scalars(select(Installation.id)).all():
        with log_and_continue(session, f"forgetting what is old of installation {installation_id}"):
            options = session.get(SyncOptions, installation_id)
            keep = Retention.from_json(options.retention if options else {})
            _prune_installation(District(session, installation_id), keep, now)
            session.commit()
    sessions.forget_old(session)
    session.execute(delete(LaunchState).where(LaunchState.expires_at < now))
    session.execute(delete(AuthorizeWindow).where(AuthorizeWindow.expires_at < now))
    session.commit()


def _prune_installation(district: District, keep: Retention, now: datetime) -> None:
    held = Held(district)
    readers.forget_old(district)
    district.session.commit()
    reduce_people_who_left(district, now - timedelta(days=keep.left), held)
    read = _finished_before(district.id, now - timedelta(days=keep.reads))
    _delete(held, Staged, Staged.run_id.in_(select(Run.id).where(read)))
    lines = _finished_before(district.id, now - timedelta(days=max(keep.changes, DAYS)))
    _delete(held, Change, Change.run_id.in_(select(Run.id).where(lines)))
    old = _finished_before(district.id, now - timedelta(days=max(keep.runs, keep.changes, DAYS)))
    for table in (Scope, Staged):
        _delete(held, table, table.run_id.in_(select(Run.id).where(old)))
    reading = choices.data_prep_options(district).run_id
    for prepared in (PrepKey, PrepRow):  # what is waiting in the present reading is not made by a sync
        _delete(
            held,
            prepared,
            prepared.run_id.in_(select(Run.id).where(lines)) & (prepared.run_id != reading),
        )
    spared = [~exists().where(each.run_id == Run.id) for each in (Change, Staged, PrepKey, PrepRow)]
    _delete(held, Run, and_(old, Run.id != reading, *spared))
    _delete(
        held,
        Job,
        and_(
            Job.installation_id == district.id,
            Job.state.in_(FINAL_STATES),
            Job.finished_at < now - timedelta(days=keep.runs),
            ~exists().where(Run.job_id == Job.id),
        ),
    )
    _forget_scores(district, held, now - timedelta(days=keep.scores))
    _prune_live(district, held, now)
    _delete(
        held,
        Alert,
        and_(Alert.installation_id == district.id, Alert.ended_at < now - timedelta(days=keep.runs)),
    )
    _delete(
        held,
        Audit,
        and_(Audit.installation_id == district.id, Audit.at < now - timedelta(days=keep.audit)),
    )
    _delete(
        held,
        Event,
        and_(
            Event.installation_id == district.id,
            Event.state != "new",
            Event.received_at < now - timedelta(days=keep.events),
        ),
    )


def _forget_scores(district: District, held: Held, moment: datetime) -> None:
    """Of sections whose gradebooks were last read before this moment."""
    sections = district.select(SectionSettings.section_id).where(SectionSettings.looked_at < moment)
    mine = and_(ItemState.installation_id == district.id, ItemState.section_id.in_(sections))
    _delete(held, ScoreState, ScoreState.item_state_id.in_(select(ItemState.id).where(mine)))
    spared = ~exists().where(ScoreState.item_state_id == ItemState.id)
    _delete(held, ItemState, and_(mine, spared))
    here = and_(LiveSection.installation_id == district.id, LiveSection.section_id.in_(sections))
    _delete(held, LiveSection, here)


def _prune_live(district: District, held: Held, now: datetime) -> None:
    quiet = and_(
        Job.installation_id == district.id,
        Job.kind.startswith("live"),
        Job.state.in_(FINAL_STATES),
        Job.finished_at < now - QUIET_LIVE_JOBS,
        ~exists().where(Run.job_id == Job.id),
    )
    _delete(held, Job, quiet)
    gone = now - timedelta(days=DAYS)
    removed = RemovedAssignment.removed_at < gone
    _delete(held, RemovedAssignment, and_(RemovedAssignment.installation_id == district.id, removed))
    kept = and_(KeptScore.installation_id == district.id, KeptScore.kept_at < gone)
    _delete(held, KeptScore, kept)
    _delete(held, Sweep, and_(Sweep.installation_id == district.id, Sweep.started_at < gone))


def _finished_before(installation_id: int, moment: datetime) -> ColumnElement[bool]:
    return and_(
        Run.installation_id == installation_id,
        Run.finished_at.is_not(None),
        Run.finished_at < moment,
        Run.state.not_in((*UNFINISHED, RunState.HELD)),
    )


def _delete(held: Held, table: Any, condition: ColumnElement[bool]) -> None:
    """In slices, each found before the database is locked and committed at once: a night of a large district
    leaves a million rows, and no one waits until all of them are gone. Rows about people on hold stay."""
    key, session = inspect(table).primary_key, held.session
    where = and_(condition, *held.spares(table.__table__))
    while True:
        found = session.execute(select(*key).where(where).limit(SLICE)).all()
        session.rollback()
        if found:
            rows = key[0].in_([row[0] for row in found]) if len(key) == 1 else tuple_(*key).in_(found)
            session.execute(delete(table).where(rows).execution_options(synchronize_session=False))
            session.commit()
        if len(found) < SLICE:
            return
