"""Links whose SIS record did not come: which they are, and whether the read tells that the record left."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from lti_app.models import BuildingRow, Link, LinkState, Run, Scope, Staged, StagedState
from lti_app.models.base import alias
from lti_app.school.records import Kind
from lti_app.store import links
from lti_app.store.built_once import AnyRun, for_run, keys_of
from lti_app.sync import scope


def gone(run: AnyRun | Run, kind: Kind) -> tuple[ColumnElement[bool], ...]:
    """Links whose SIS record did not come."""
    return (
        Link.installation_id == run.installation_id,
        Link.kind == kind,
        scope.within(run, kind, Link),
        ~exists().where(Staged.run_id == run.id, Staged.kind == Link.kind, Staged.sis_id == Link.sis_id),
    )


def judged(run: AnyRun | Run, kind: Kind, building: Any) -> ColumnElement[bool]:
    """The feed that tells of a link's record was read to its end for a building."""
    return exists().where(
        Scope.run_id == run.id,
        Scope.building == building,
        Scope.complete.is_(True),
        Scope.kind == links.conditions.told_by(kind),
    )


def served(run: AnyRun | Run, section: Any) -> ColumnElement[bool]:
    """The section of a seat is one that this run wants."""
    return and_(
        section.run_id == run.id,
        section.kind == Kind.SECTION,
        section.sis_id == Link.parent,
        section.state == StagedState.OK,
    )


def ended(run: AnyRun | Run) -> tuple[ColumnElement[bool], ...]:
    """Seats that did not come, that the app may end, and whose section Schoology has."""
    home = alias(Link, "home")
    there = exists().where(
        home.installation_id == run.installation_id,
        home.kind == Kind.SECTION,
        home.sis_id == Link.parent,
        home.state.in_(LinkState.known()),
    )
    return (*gone(run, Kind.ENROLLMENT), _may_end(run), there)


def unjudged(session: Session, run: Run, kind: Kind, parts: Collection[str]) -> dict[str, int]:
    """School → linked records of a kind that did not come, where the SIS tells nothing of that school in
    these parts of the read: whether they left isn't known."""
    rows = session.execute(for_run(run, _unjudged, kind, tuple(sorted(parts))), keys_of(run))
    return {school: number for school, number in rows}


def _unjudged(run: AnyRun | Run, kind: Kind, parts: Collection[str]) -> Select[str, int]:
    section = alias(Staged, "section_that_ended")
    seat = kind == Kind.ENROLLMENT
    building = section.building if seat else Link.building
    query = select(building, func.count()).select_from(Link)
    query = query.join(section, served(run, section)) if seat else query
    which = ended(run) if seat else (*gone(run, kind), Link.state.in_(LinkState.in_use()))
    told = links.conditions.told_by(kind).in_(parts)
    return query.where(*which, told, ~judged(run, kind, building)).group_by(building)


def _may_end(run: AnyRun | Run) -> ColumnElement[bool]:
    """What the app made, and what it found there in schools of today whose administrator allowed it."""
    allowed = exists().where(
        BuildingRow.installation_id == run.installation_id,
        BuildingRow.sis_id == links.conditions.todays_building(run.id),
        BuildingRow.drop_adopted.is_(True),
    )
    return or_(Link.state == LinkState.OWNED, and_(Link.state == LinkState.ADOPTED, allowed))
