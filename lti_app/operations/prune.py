"""Forget what is older than it is to be kept. Runs that are not over keep everything."""

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
    readers.forget_old(district)
    district.session.commit()
    read = _finished_before(district.id, now - timedelta(days=keep.reads))
    _delete(district.session, Staged, Staged.run_id.in_(select(Run.id).where(read)))
    lines = _finished_before(district.id, now - timedelta(days=max(keep.changes, DAYS)))
    _delete(district.session, Change, Change.run_id.in_(select(Run.id).where(lines)))
    old = _finished_before(district.id, now - timedelta(days=max(keep.runs, keep.changes, DAYS)))
    for table in (Scope, Staged):
        _delete(district.session, table, table.run_id.in_(select(Run.id).where(old)))
    reading = choices.data_prep_options(district).run_id
    for prepared in (PrepKey, PrepRow):  # what is waiting in the present reading is not made by a sync
        _delete(
            district.session,
            prepared,
            prepared.run_id.in_(select(Run.id).where(lines)) & (prepared.run_id != reading),
        )
    _delete(district.session, Run, and_(old, Run.id != reading, ~exists().where(Change.run_id == Run.id)))
    _delete(
        district.session,
        Job,
        and_(
            Job.installation_id == district.id,
            Job.state.in_(FINAL_STATES),
            Job.finished_at < now - timedelta(days=keep.runs),
            ~exists().where(Run.job_id == Job.id),
        ),
    )
    _forget_scores(district, now - timedelta(days=keep.scores))
    _prune_live(district, now)
    _delete(
        district.session,
        Alert,
        and_(Alert.installation_id == district.id, Alert.ended_at < now - timedelta(days=keep.runs)),
    )
    _delete(
        district.session,
        Audit,
        and_(Audit.installation_id == district.id, Audit.at < now - timedelta(days=keep.audit)),
    )
    _delete(
        district.session,
        Event,
        and_(
            Event.installation_id == district.id,
            Event.state != "new",
            Event.received_at < now - timedelta(days=keep.events),
        ),
    )


def _forget_scores(district: District, moment: datetime) -> None:
    """Of sections whose gradebooks were last read before this moment."""
    sections = district.select(SectionSettings.section_id).where(SectionSettings.looked_at < moment)
    mine = and_(ItemState.installation_id == district.id, ItemState.section_id.in_(sections))
    _delete(district.session, ScoreState, ScoreState.item_state_id.in_(select(ItemState.id).where(mine)))
    _delete(district.session, ItemState, mine)
    here = and_(LiveSection.installation_id == district.id, LiveSection.section_id.in_(sections))
    _delete(district.session, LiveSection, here)


def _prune_live(district: District, now: datetime) -> None:
    quiet = and_(
        Job.installation_id == district.id,
        Job.kind.startswith("live"),
        Job.state.in_(FINAL_STATES),
        Job.finished_at < now - QUIET_LIVE_JOBS,
        ~exists().where(Run.job_id == Job.id),
    )
    _delete(district.session, Job, quiet)
    gone = now - timedelta(days=DAYS)
    removed = RemovedAssignment.removed_at < gone
    _delete(
        district.session, RemovedAssignment, and_(RemovedAssignment.installation_id == district.id, removed)
    )
    kept = and_(KeptScore.installation_id == district.id, KeptScore.kept_at < gone)
    _delete(district.session, KeptScore, kept)
    _delete(district.session, Sweep, and_(Sweep.installation_id == district.id, Sweep.started_at < gone))


def _finished_before(installation_id: int, moment: datetime) -> ColumnElement[bool]:
    return and_(
        Run.installation_id == installation_id,
        Run.finished_at.is_not(None),
        Run.finished_at < moment,
        Run.state.not_in((*UNFINISHED, RunState.HELD)),
    )


def _delete(session: Session, table: Any, condition: ColumnElement[bool]) -> None:
    """In slices, each found before the database is locked and committed at once: a night of a large district
    leaves a million rows, and nobody waits until all of them are gone."""
    key = inspect(table).primary_key
    while True:
        found = session.execute(select(*key).where(condition).limit(SLICE)).all()
        session.rollback()
        if found:
            rows = key[0].in_([row[0] for row in found]) if len(key) == 1 else tuple_(*key).in_(found)
            session.execute(delete(table).where(rows).execution_options(synchronize_session=False))
            session.commit()
        if len(found) < SLICE:
            return
