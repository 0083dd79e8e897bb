"""Brakes: what in a plan is too much to do without a person's word.

A tripped brake holds the lines it concerns and nothing else; the safe parts of the plan go on.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from lti_app.models import Action, Change, ChangeState, Link, LinkState, Run, Scope
from lti_app.school.limits import Limits, too_many
from lti_app.school.records import Kind
from lti_app.sync import twins
from lti_app.sync.diff import KINDS_OF, feed_of
from lti_app.sync.prep import already

LEAVING = (Action.DROP, Action.RELEASE)
KNOWN = (LinkState.OWNED, LinkState.ADOPTED, LinkState.RELEASED)
TWINS = 5
"""Fewer records than this that come back under new ids are not called regenerated."""


@dataclass(frozen=True)
class Trip:
    """One brake that was tripped: so many of so many, against which limit."""

    brake: str
    """drops, updates, section, admin_role, regenerated_ids or already_there."""
    kind: str
    building: str
    number: int
    of: int
    limit: str
    section: str = ""


def judge(session: Session, run: Run, limits: Limits, admin_roles: Collection[str]) -> None:
    """Hold what trips a brake; the trips and the silent buildings are kept in the run's counts.

    `admin_roles` are the ids of Schoology's roles of system administrators. The caller commits.
    """
    trips = [
        *_regenerated(session, run),
        *_shares(session, run, limits),
        *_sections(session, run, limits),
        *_admin_roles(session, run, admin_roles),
        *_already_there(session, run),
    ]
    _hold_dependents(session, run)
    run.counts = {
        **run.counts,
        "trips": [asdict(each) for each in trips],
        "silent": _silent(session, run),
    }


def _silent(session: Session, run: Run) -> list[dict[str, Any]]:
    """Buildings of which a feed brought no row though links stand there: nothing is dropped there."""
    came = {
        (feed, building)
        for feed, building in session.execute(
            select(Scope.kind, Scope.building).where(Scope.run_id == run.id, Scope.complete.is_(True))
        )
    }
    found: list[dict[str, Any]] = []
    for kind in KINDS_OF.get(run.what, ()):
        feed_column = feed_of(kind)
        rows = session.execute(
            select(feed_column, Link.building, func.count())
            .where(
                Link.installation_id == run.installation_id,
                Link.kind == kind,
                Link.state.in_((LinkState.OWNED, LinkState.ADOPTED)),
            )
            .group_by(feed_column, Link.building)
        )
        found += [
            {"feed": feed, "kind": kind, "building": building, "links": n}
            for feed, building, n in rows
            if (feed, building) not in came
        ]
    return found


def _lines(run: Run, *actions: Action) -> tuple[ColumnElement[bool], ...]:
    return (
        Change.run_id == run.id,
        Change.state.in_((ChangeState.PLANNED, ChangeState.HELD)),
        Change.action.in_(actions),
    )


def _hold(session: Session, run: Run, *which: ColumnElement[bool]) -> None:
    session.execute(
        update(Change)
        .where(Change.run_id == run.id, Change.state == ChangeState.PLANNED, *which)
        .values(state=ChangeState.HELD)
        .execution_options(synchronize_session=False)
    )


def _by_building(session: Session, run: Run, *actions: Action) -> dict[tuple[str, str], int]:
    """(kind, building) → lines. The first update of a pair of Data Prep was asked for and does not count."""
    asked_for = and_(Change.action == Action.UPDATE, or_(Change.before == "", _first_of_pair()))
    rows = session.execute(
        select(Change.kind, Change.building, func.count())
        .where(*_lines(run, *actions), ~asked_for)
        .group_by(Change.kind, Change.building)
    )
    return {(kind, building): number for kind, building, number in rows}


def _first_of_pair() -> ColumnElement[bool]:
    """The line's link was adopted, and nothing was sent to it yet."""
    return exists().where(
        Link.installation_id == Change.installation_id,
        Link.kind == Change.kind,
        Link.sis_id == Change.sis_id,
        Link.state == LinkState.ADOPTED,
        Link.fingerprint == "",
    )


def _linked(session: Session, run: Run) -> dict[tuple[str, str], int]:
    rows = session.execute(
        select(Link.kind, Link.building, func.count())
        .where(Link.installation_id == run.installation_id, Link.state.in_(KNOWN))
        .group_by(Link.kind, Link.building)
    )
    return {(kind, building): number for kind, building, number in rows}


def _shares(session: Session, run: Run, limits: Limits) -> list[Trip]:
    """Drops and updates of a kind in a building."""
    leaving = _by_building(session, run, *LEAVING)
    changing = _by_building(session, run, Action.UPDATE)
    linked = _linked(session, run) if leaving or changing else {}
    trips = []
    for (kind, building), number in sorted(leaving.items()):
        if kind == Kind.SECTION:  # letting go of last year's sections sends nothing and ends no enrollment
            continue
        of = linked.get((kind, building), 0)
        if too_many(
            number, of, share=limits.drop_share, floor=limits.drop_floor, ceiling=limits.drop_ceiling
        ):
            words = f"{limits.drop_share:.0%} or {limits.drop_ceiling}"
            trips.append(Trip("drops", kind, building, number, of, words))
            _hold(session, run, Change.kind == kind, Change.building == building, Change.action.in_(LEAVING))
    for (kind, building), number in sorted(changing.items()):
        of = linked.get((kind, building), 0)
        if too_many(number, of, share=limits.update_share, floor=limits.update_floor):
            trips.append(Trip("updates", kind, building, number, of, f"{limits.update_share:.0%}"))
            _hold(
                session, run, Change.kind == kind, Change.building == building, Change.action == Action.UPDATE
            )
    return trips


def _sections(session: Session, run: Run, limits: Limits) -> list[Trip]:
    """A section that would lose more than its share of students."""
    members = dict(
        session.execute(
            select(Link.parent, func.count())
            .where(
                Link.installation_id == run.installation_id,
                Link.kind == Kind.ENROLLMENT,
                Link.state.in_(KNOWN),
                Link.person.startswith("student:"),
                Link.parent.in_(
                    select(Change.parent).where(*_lines(run, Action.DROP), Change.kind == Kind.ENROLLMENT)
                ),
            )
            .group_by(Link.parent)
        ).all()
    )
    drops = session.execute(
        select(Change.parent, Change.building, func.count())
        .where(
            *_lines(run, Action.DROP), Change.kind == Kind.ENROLLMENT, Change.person.startswith("student:")
        )
        .group_by(Change.parent, Change.building)
    ).all()
    trips = []
    for section, building, number in drops:
        of = members.get(section, 0)
        if of >= limits.section_floor and number > limits.section_share * of:
            trips.append(
                Trip("section", Kind.ENROLLMENT, building, number, of, f"{limits.section_share:.0%}", section)
            )
            _hold(session, run, Change.kind == Kind.ENROLLMENT, Change.parent == section)
    return trips


def _admin_roles(session: Session, run: Run, admin_roles: Collection[str]) -> list[Trip]:
    """Any change of the role of somebody who is an administrator in Schoology, or would become one."""
    lines = session.execute(
        select(Change.id, Change.building, Change.before, Change.after).where(
            *_lines(run, Action.UPDATE), Change.kind == Kind.USER
        )
    )
    trips = []
    for change_id, building, before, after in lines:
        old, new = _role(before), _role(after)
        if old and old != new and {old, new} & set(admin_roles):
            trips.append(Trip("admin_role", Kind.USER, building, 1, 1, "any"))
            _hold(session, run, Change.id == change_id)
    return trips


def _already_there(session: Session, run: Run) -> list[Trip]:
    """A first sync of people many of whom seem to be in Schoology already: Data Prep was forgotten."""
    found = already.of_run(run)
    if found is None or not found.is_many:
        return []
    _hold(session, run, Change.kind == Kind.USER, Change.action == Action.CREATE)
    return [Trip("already_there", Kind.USER, "", found.number, found.of, f"{already.SHARE:.0%}")]


def _role(payload: str) -> str:
    loaded: dict[str, Any] = json.loads(payload or "{}")
    return str(loaded.get("role_id") or "")


def _regenerated(session: Session, run: Run) -> list[Trip]:
    """Records that leave and records that come and are called the same: ids changed in the SIS."""
    trips = []
    left, came = (_by_building(session, run, each) for each in (Action.RELEASE, Action.CREATE))
    for kind, building in sorted(left.keys() & came.keys()):
        of = left[kind, building]
        if min(of, came[kind, building]) < TWINS:
            continue
        number = len(twins.pairs(session, run, Kind(kind), building))
        if number >= TWINS and number > of / 2:
            trips.append(Trip("regenerated_ids", kind, building, number, of, "half"))
            moving = Change.action.in_((Action.RELEASE, Action.CREATE))
            _hold(session, run, Change.kind == kind, Change.building == building, moving)
    return trips


def _hold_dependents(session: Session, run: Run) -> None:
    """Sections of held courses, then seats of held sections and people, wait with them."""
    for kind, column, on in (
        (Kind.SECTION, Change.parent, Kind.COURSE),
        (Kind.ENROLLMENT, Change.parent, Kind.SECTION),
        (Kind.ENROLLMENT, Change.person, Kind.USER),
        (Kind.PARENT_LINK, Change.parent, Kind.USER),
        (Kind.PARENT_LINK, Change.person, Kind.USER),
    ):
        held = aliased(Change)
        _hold(
            session,
            run,
            Change.kind == kind,
            Change.action == Action.CREATE,
            exists().where(
                held.run_id == run.id,
                held.kind == on,
                held.action == Action.CREATE,
                held.state == ChangeState.HELD,
                held.sis_id == column,
            ),
        )
