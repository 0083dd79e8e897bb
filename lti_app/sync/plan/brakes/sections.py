"""Brakes of a single section: it loses too many of its students, or the last of its teachers."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, exists, func, select
from sqlalchemy.orm import Session

from lti_app import formats
from lti_app.models import Action, Change, ChangeState, Run, Staged, StagedState
from lti_app.models.base import alias
from lti_app.school.limits import Limits
from lti_app.school.records import Kind, SeatRole
from lti_app.store import links
from lti_app.store.district import District
from lti_app.sync.plan.brakes.lines import Trip, hold, open_lines


def judge_sections(session: Session, run: Run, limits: Limits) -> list[Trip]:
    """Sections that would lose more than their share of students. Who joins them joins them anyway."""
    drops = session.execute(
        select(Change.parent, Change.building, func.count())
        .where(*open_lines(run, Action.DROP), Change.kind == Kind.ENROLLMENT, Change.role == SeatRole.STUDENT)
        .group_by(Change.parent, Change.building)
        .order_by(Change.parent)
    ).all()
    losing = select(Change.parent).where(*open_lines(run, Action.DROP), Change.kind == Kind.ENROLLMENT)
    district = District(session, run.installation_id)
    members = links.counts.students_by_section(district, losing) if drops else {}
    trips = []
    words = f"{formats.percent(limits.section_share)} or {formats.number(limits.section_ceiling)}"
    for section, building, number in drops:
        of = members.get(section, 0)
        over = of >= limits.section_floor and number > limits.section_share * of
        if over or number > limits.section_ceiling:
            trips.append(Trip("section", Kind.ENROLLMENT, building, number, of, words, section))
            hold(
                session,
                run,
                Change.kind == Kind.ENROLLMENT,
                Change.action == Action.DROP,
                Change.parent == section,
            )
    return trips


def hold_last_teachers(session: Session, run: Run) -> list[Trip]:
    """Drops after which a section would have no teacher: the last brake, for a new one who waits is none."""
    alone = and_(
        Change.action == Action.DROP,
        Change.kind == Kind.ENROLLMENT,
        Change.role == SeatRole.TEACHER,
        ~_teacher_comes(run),
        ~_teacher_stays(run),
    )
    rows = session.execute(
        select(Change.building, func.count(Change.parent.distinct()))
        .where(*open_lines(run, Action.DROP), alone)
        .group_by(Change.building)
        .order_by(Change.building)
    ).all()
    trips = [
        Trip("last_teacher", Kind.SECTION, building, number, _served(session, run, building), "any")
        for building, number in rows
    ]
    if trips:
        hold(session, run, alone)
    return trips


def _teacher_comes(run: Run) -> ColumnElement[bool]:
    coming = alias(Change, "coming")
    return exists().where(
        coming.run_id == run.id,
        coming.kind == Kind.ENROLLMENT,
        coming.action == Action.CREATE,
        coming.state == ChangeState.PLANNED,
        coming.parent == Change.parent,
        coming.role == SeatRole.TEACHER,
    )


def _teacher_stays(run: Run) -> ColumnElement[bool]:
    going = alias(Change, "going")
    ends = (going.run_id == run.id, going.kind == Kind.ENROLLMENT, going.action == Action.DROP)
    return links.conditions.has_teacher(
        run.installation_id, Change.parent, unless=lambda seat: exists().where(*ends, going.sis_id == seat)
    )


def _served(session: Session, run: Run, building: str) -> int:
    """Sections of a building that this run wants."""
    wanted = (Staged.run_id == run.id, Staged.kind == Kind.SECTION, Staged.state == StagedState.OK)
    return (
        session.scalar(select(func.count()).select_from(Staged).where(*wanted, Staged.building == building))
        or 0
    )
