"""Diff: what the run wants against what is linked, in SQL, set against set.

Unchanged rows leave no trace. A drop needs an owned enrollment, a section that this run still wants, and a
feed that was read to its end for the building; everything else that vanished from the SIS is only released.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, case, exists, func, insert, literal, or_, select
from sqlalchemy.orm import Session, aliased

from lti_app.models import (
    Action,
    BuildingRow,
    Change,
    ChangeState,
    Link,
    LinkState,
    Run,
    Scope,
    Staged,
    StagedState,
)
from lti_app.school.reason_codes import Code
from lti_app.school.records import Kind
from lti_app.store import links
from lti_app.sync import scope
from lti_app.sync.changes import TARGET
from lti_app.sync.plan.dangling import not_hidden


def write_changes(session: Session, run: Run) -> None:
    """Insert every change of the plan in the order of sending: kind by kind, new ones first, drops last."""
    kinds = scope.kinds_of(run)
    for kind in kinds:
        _append(session, run, _writes(run, kind))
        if kind != Kind.ENROLLMENT:
            _append(session, run, _releases(run, kind).where(*not_hidden(session, run, kind)))
    if Kind.ENROLLMENT in kinds:
        _append(session, run, _drops(run).where(*not_hidden(session, run, Kind.ENROLLMENT)))


def _append(session: Session, run: Run, statement: Select[Any]) -> None:
    """Number the lines after those that are there, and insert them without a round trip."""
    last = session.scalar(select(func.max(Change.seq)).where(Change.run_id == run.id)) or 0
    lines = statement.subquery()
    numbered = select(
        *(
            (func.row_number().over(order_by=(lines.c.action, lines.c.parent, lines.c.sis_id)) + last).label(
                "seq"
            )
            if name == "seq"
            else lines.c[name]
            for name in TARGET
        )
    )
    session.execute(insert(Change).from_select(list(TARGET), numbered))


def _line(run: Run, action: Action | ColumnElement[str], source: Any, **values: Any) -> Select[Any]:
    """One select with a column for each field of a change; `source` is a staged row or a link."""
    plain: dict[str, Any] = {
        "installation_id": literal(run.installation_id),
        "run_id": literal(run.id),
        "seq": literal(0),
        "action": literal(str(action)) if isinstance(action, Action) else action,
        "schoology_id": literal(""),
        "before": literal(""),
        "after": literal(""),
        "state": literal(str(ChangeState.PLANNED)),
        "batch": literal(0),
        "reason_code": literal(""),
        "reason_values": literal("", Text),
        "words": literal(""),
        **values,
    }
    return select(*(_column(plain, source, name).label(name) for name in TARGET))


def _column(plain: dict[str, Any], source: Any, name: str) -> Any:
    return plain[name] if name in plain else getattr(source, name)


def _writes(run: Run, kind: Kind) -> Select[Any]:
    """Creates, updates and blocked records of a kind, in one pass over what was read."""
    wanted = Staged.state == StagedState.OK
    new = Link.sis_id.is_(None)
    differs = and_(
        Link.state.in_(LinkState.known()),
        or_(Link.fingerprint != Staged.fingerprint, Link.state == LinkState.RELEASED),
    )
    linked = and_(
        Link.installation_id == run.installation_id, Link.kind == Staged.kind, Link.sis_id == Staged.sis_id
    )
    action = case(
        (~wanted, literal(str(Action.BLOCK))), (new, literal(str(Action.CREATE))), else_=str(Action.UPDATE)
    )
    return (
        _line(
            run,
            action,
            Staged,
            schoology_id=case((wanted, func.coalesce(Link.schoology_id, "")), else_=""),
            before=case((wanted, func.coalesce(Link.payload, "")), else_=""),
            after=case((wanted, Staged.payload), else_=""),
            state=case((wanted, literal(str(ChangeState.PLANNED))), else_=str(ChangeState.BLOCKED)),
            reason_code=Staged.reason_code,
            reason_values=Staged.reason_values,
        )
        .outerjoin(Link, linked)
        .where(
            Staged.run_id == run.id,
            Staged.kind == kind,
            scope.within(run, kind, Staged),
            or_(Staged.state == StagedState.BLOCKED, and_(wanted, or_(new, differs))),
        )
    )


def _vanished(run: Run, kind: Kind) -> tuple[ColumnElement[bool], ...]:
    """Links whose SIS record did not come, in a building whose feed was read to its end."""
    return (
        Link.installation_id == run.installation_id,
        Link.kind == kind,
        scope.within(run, kind, Link),
        ~exists().where(Staged.run_id == run.id, Staged.kind == Link.kind, Staged.sis_id == Link.sis_id),
        exists().where(
            Scope.run_id == run.id,
            Scope.building == Link.building,
            Scope.complete.is_(True),
            Scope.kind == links.conditions.told_by(kind),
        ),
    )


def _releases(run: Run, kind: Kind) -> Select[Any]:
    return _line(
        run,
        Action.RELEASE,
        Link,
        schoology_id=Link.schoology_id,
        before=Link.payload,
        fingerprint=literal(""),
        reason_code=literal(str(Code.LEFT_SIS)),
    ).where(*_vanished(run, kind), Link.state.in_(LinkState.in_use()))


def _drops(run: Run) -> Select[Any]:
    section, home = aliased(Staged), aliased(Link)
    wanted = exists().where(
        section.run_id == run.id,
        section.kind == Kind.SECTION,
        section.sis_id == Link.parent,
        section.state == StagedState.OK,
    )
    there = exists().where(
        home.installation_id == run.installation_id,
        home.kind == Kind.SECTION,
        home.sis_id == Link.parent,
        home.state.in_(LinkState.known()),
    )
    return _line(
        run,
        Action.DROP,
        Link,
        schoology_id=Link.schoology_id,
        before=Link.payload,
        fingerprint=literal(""),
    ).where(*_vanished(run, Kind.ENROLLMENT), _may_end(run), wanted, there)


def _may_end(run: Run) -> ColumnElement[bool]:
    """What the app made, and what it found there in buildings whose administrator allowed it."""
    allowed = exists().where(
        BuildingRow.installation_id == run.installation_id,
        BuildingRow.sis_id == Link.building,
        BuildingRow.drop_adopted.is_(True),
    )
    return or_(Link.state == LinkState.OWNED, and_(Link.state == LinkState.ADOPTED, allowed))
