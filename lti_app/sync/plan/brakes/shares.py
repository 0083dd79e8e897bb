"""Drops and updates of a kind in a building, as a share of what the run looked at and as a number."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from lti_app import formats
from lti_app.models import Action, Change, LinkState, Run, Staged, StagedState
from lti_app.school.desired import grading_periods_of
from lti_app.school.limits import Limits, too_many
from lti_app.school.records import Kind
from lti_app.store import links
from lti_app.store.district import District
from lti_app.store.links.conditions import whose
from lti_app.store.terms import running_periods
from lti_app.sync.plan.brakes.lines import Counts, Trip, count_open, hold, open_lines


def judge_drops(session: Session, run: Run, limits: Limits) -> list[Trip]:
    """Enrollments that would be ended: those of students, and those of teachers, of each building."""
    drops = _drops(session, run)
    if not drops:
        return []
    served = select(Staged.sis_id, Staged.building).where(
        Staged.run_id == run.id, Staged.kind == Kind.SECTION, Staged.state == StagedState.OK
    )
    members = links.counts.seats_by_building(District(session, run.installation_id), served)
    trips = []
    for (building, who), number in sorted(drops.items()):
        of = members.get((building, who), 0)
        if too_many(
            number, of, share=limits.drop_share, floor=limits.drop_floor, ceiling=limits.drop_ceiling
        ):
            words = f"{formats.percent(limits.drop_share)} or {formats.number(limits.drop_ceiling)}"
            trips.append(Trip("drops", Kind.ENROLLMENT, building, number, of, words, who=who))
            theirs = whose(Change.role) == who
            seat = Change.kind == Kind.ENROLLMENT
            hold(session, run, seat, Change.action == Action.DROP, Change.building == building, theirs)
    return trips


def _drops(session: Session, run: Run) -> dict[tuple[str, str], int]:
    """(building, whose seat) → enrollments that would be ended."""
    who = whose(Change.role)
    rows = session.execute(
        select(Change.building, who, func.count())
        .where(*open_lines(run, Action.DROP), Change.kind == Kind.ENROLLMENT)
        .group_by(Change.building, who)
    )
    return {(building, whose): number for building, whose, number in rows}


def judge_updates(session: Session, run: Run, limits: Limits) -> list[Trip]:
    """Records that would get other values, and apart from them people who would move to another building."""
    trips = []
    changing = _updates(session, run, ~moved())
    moving = _updates(session, run, moved())
    there = present(session, run, {kind for kind, _ in (*changing, *moving)})
    for brake, counted, share, ceiling, which in (
        ("updates", changing, limits.update_share, limits.update_ceiling, ~moved()),
        ("moved", moving, limits.leave_share, limits.leave_ceiling, moved()),
    ):
        for (kind, building), number in sorted(counted.items()):
            of = there.get((kind, building), 0)
            if too_many(number, of, share=share, floor=limits.update_floor, ceiling=ceiling):
                trips.append(
                    Trip(
                        brake,
                        kind,
                        building,
                        number,
                        of,
                        f"{formats.percent(share)} or {formats.number(ceiling)}",
                    )
                )
                hold(
                    session,
                    run,
                    Change.kind == kind,
                    Change.building == building,
                    Change.action == Action.UPDATE,
                    which,
                )
    return trips


def moved() -> ColumnElement[bool]:
    """An update that moves a person to another building, as at the change of the school year."""
    return and_(Change.kind == Kind.USER, links.conditions.is_linked_elsewhere())


def _updates(session: Session, run: Run, which: ColumnElement[bool]) -> Counts:
    """Updates that change a value and were not asked for, as pairs of Data Prep and new links were."""
    asked_for = or_(Change.before == "", links.conditions.is_asked_for())
    return count_open(session, run, Action.UPDATE, Change.before != Change.after, ~asked_for, which)


def present(session: Session, run: Run, kinds: Collection[str]) -> Counts:
    """Linked records that this run has seen in the SIS and that are chosen, where they are now."""
    linked = links.conditions.is_linked(
        run.installation_id, Staged.kind, sis_id=Staged.sis_id, states=LinkState.known()
    )
    rows = session.execute(
        select(Staged.kind, Staged.building, func.count())
        .where(Staged.run_id == run.id, Staged.kind.in_(kinds), Staged.state != StagedState.OUT, linked)
        .group_by(Staged.kind, Staged.building)
    )
    return {(kind, building): number for kind, building, number in rows}


def judge_leaving(session: Session, run: Run, limits: Limits, today: date) -> list[Trip]:
    """People, parent links and courses of a building, and those of its sections whose terms are not over."""
    leaving = count_open(session, run, Action.RELEASE)
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
            words = f"{formats.percent(limits.leave_share)} or {formats.number(limits.leave_ceiling)}"
            trips.append(Trip("left", kind, building, number, of, words))
            hold(
                session,
                run,
                Change.kind == kind,
                Change.building == building,
                Change.action == Action.RELEASE,
            )
    return trips


def _running_sections(session: Session, run: Run, today: date) -> Counts:
    """Sections that leave although a term of theirs is not over: last year's may all go at once."""
    running = running_periods(District(session, run.installation_id), today)
    counts: Counts = {}
    rows = session.execute(
        select(Change.building, Change.before)
        .where(*open_lines(run, Action.RELEASE), Change.kind == Kind.SECTION)
        .execution_options(yield_per=1000)
    )
    for building, before in rows:
        if running & grading_periods_of(before):
            counts[Kind.SECTION, building] = counts.get((Kind.SECTION, building), 0) + 1
    return counts
