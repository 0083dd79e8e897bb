"""Forget what is older than it is to be kept. Runs that are not over keep everything."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, select
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.jobs.failures import log_and_continue
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
    LaunchSession,
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
from lti_app.sync.plan.undo import DAYS

QUIET_LIVE_JOBS = timedelta(days=2)
"""So long the jobs of live sync are kept that sent nothing: there is one for each time a teacher saves."""


def prune(session: Session) -> None:
    """Forget what is old, district by district; one that fails does not stop the others. Commits."""
    now = clock.now()
    for installation_id in session.scalars(select(Installation.id)).all():
        with log_and_continue(session, f"forgetting what is old of installation {installation_id}"):
            options = session.get(SyncOptions, installation_id)
            keep = Retention.from_json(options.retention if options else {})
            _prune_installation(session, installation_id, keep, now)
            session.commit()
    session.execute(delete(LaunchSession).where(LaunchSession.expires_at < now))
    session.execute(delete(LaunchState).where(LaunchState.expires_at < now))
    session.execute(delete(AuthorizeWindow).where(AuthorizeWindow.expires_at < now))
    session.commit()


def _prune_installation(session: Session, installation_id: int, keep: Retention, now: datetime) -> None:
    read = _finished_before(installation_id, now - timedelta(days=keep.reads))
    _delete(session, Staged, Staged.run_id.in_(select(Run.id).where(read)))
    lines = _finished_before(installation_id, now - timedelta(days=max(keep.changes, DAYS)))
    _delete(session, Change, Change.run_id.in_(select(Run.id).where(lines)))
    old = _finished_before(installation_id, now - timedelta(days=max(keep.runs, keep.changes, DAYS)))
    for table in (Scope, Staged):
        _delete(session, table, table.run_id.in_(select(Run.id).where(old)))
    reading = choices.data_prep_options(session, installation_id).run_id
    for prepared in (PrepKey, PrepRow):  # what is waiting in the present reading is not made by a sync
        _delete(
            session, prepared, prepared.run_id.in_(select(Run.id).where(lines)) & (prepared.run_id != reading)
        )
    _delete(session, Run, and_(old, Run.id != reading, ~exists().where(Change.run_id == Run.id)))
    _delete(
        session,
        Job,
        and_(
            Job.installation_id == installation_id,
            Job.state.in_(FINAL_STATES),
            Job.finished_at < now - timedelta(days=keep.runs),
            ~exists().where(Run.job_id == Job.id),
        ),
    )
    _forget_scores(session, installation_id, now - timedelta(days=keep.scores))
    _prune_live(session, installation_id, now)
    _delete(
        session,
        Alert,
        and_(Alert.installation_id == installation_id, Alert.ended_at < now - timedelta(days=keep.runs)),
    )
    _delete(
        session,
        Audit,
        and_(Audit.installation_id == installation_id, Audit.at < now - timedelta(days=keep.audit)),
    )
    _delete(
        session,
        Event,
        and_(
            Event.installation_id == installation_id,
            Event.state != "new",
            Event.received_at < now - timedelta(days=keep.events),
        ),
    )


def _forget_scores(session: Session, installation_id: int, moment: datetime) -> None:
    """Of sections whose gradebooks were last read before this moment."""
    sections = select(SectionSettings.section_id).where(
        SectionSettings.installation_id == installation_id, SectionSettings.looked_at < moment
    )
    mine = and_(ItemState.installation_id == installation_id, ItemState.section_id.in_(sections))
    _delete(session, ScoreState, ScoreState.item_state_id.in_(select(ItemState.id).where(mine)))
    _delete(session, ItemState, mine)
    here = and_(LiveSection.installation_id == installation_id, LiveSection.section_id.in_(sections))
    _delete(session, LiveSection, here)


def _prune_live(session: Session, installation_id: int, now: datetime) -> None:
    quiet = and_(
        Job.installation_id == installation_id,
        Job.kind.startswith("live"),
        Job.state.in_(FINAL_STATES),
        Job.finished_at < now - QUIET_LIVE_JOBS,
        ~exists().where(Run.job_id == Job.id),
    )
    _delete(session, Job, quiet)
    gone = now - timedelta(days=DAYS)
    removed = RemovedAssignment.removed_at < gone
    _delete(session, RemovedAssignment, and_(RemovedAssignment.installation_id == installation_id, removed))
    _delete(session, Sweep, and_(Sweep.installation_id == installation_id, Sweep.started_at < gone))


def _finished_before(installation_id: int, moment: datetime) -> ColumnElement[bool]:
    return and_(
        Run.installation_id == installation_id,
        Run.finished_at.is_not(None),
        Run.finished_at < moment,
        Run.state.not_in((*UNFINISHED, RunState.HELD)),
    )


def _delete(session: Session, table: Any, condition: ColumnElement[bool]) -> None:
    session.execute(delete(table).where(condition).execution_options(synchronize_session=False))
