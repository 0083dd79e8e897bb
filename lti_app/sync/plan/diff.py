"""Diff: what the run wants against what is linked, in SQL, set against set.

Unchanged rows leave no trace. A drop needs an owned enrollment, a section that this run still wants, and a
feed that was read to its end for the building; everything else that vanished from the SIS is only released.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Select,
    Text,
    and_,
    case,
    exists,
    false,
    func,
    insert,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import Session

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
from lti_app.models.base import alias
from lti_app.school.reason_codes import Code
from lti_app.school.records import Kind
from lti_app.store import links
from lti_app.store.access_review import ReviewTopic
from lti_app.sync import scope
from lti_app.sync.changes import TARGET
from lti_app.sync.plan import parents
from lti_app.sync.plan.dangling import not_hidden


def write_changes(session: Session, run: Run) -> None:
    """Insert every change of the plan in the order of sending: kind by kind, new ones first, drops last."""
    last = session.scalar(select(func.max(Change.seq)).where(Change.run_id == run.id)) or 0
    for lines in _in_order(session, run):
        last += _append(session, lines, last)


def _in_order(session: Session, run: Run) -> Iterator[Select[Any]]:
    kinds = scope.kinds_of(run)
    for kind in kinds:
        yield _writes(run, kind)
        if kind == Kind.PARENT_LINK:
            yield from _ended_parents(session, run)
        elif kind != Kind.ENROLLMENT:
            yield _releases(run, kind).where(*not_hidden(session, run, kind))
    if Kind.SECTION in kinds:
        yield _elsewhere(run)
    if Kind.ENROLLMENT in kinds:
        yield _drops(run).where(*not_hidden(session, run, Kind.ENROLLMENT))


def _append(session: Session, statement: Select[Any], last: int) -> int:
    """Number the lines after the `last` one and insert them without a round trip; how many they are."""
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
    counted = insert(Change).from_select(list(TARGET), numbered).execution_options(preserve_rowcount=True)
    added = session.execute(counted)
    return cast("CursorResult[Any]", added).rowcount


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
        or_(Staged.kind != Kind.SECTION, Link.parent.in_(("", Staged.parent))),  # else see `_elsewhere`
        or_(Link.fingerprint != Staged.fingerprint, Link.state.in_(LinkState.let_go())),
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
            or_(and_(Staged.state == StagedState.BLOCKED, ~_stays()), and_(wanted, or_(new, differs))),
        )
    )


def _stays() -> ColumnElement[bool]:
    """An enrollment that is as it was, in a section or of a person whose own line says what is wrong."""
    return and_(
        Staged.kind == Kind.ENROLLMENT,
        Staged.reason_code == str(Code.NEEDED_BLOCKED),
        Staged.hides == "",
        func.coalesce(Link.fingerprint, "") == Staged.fingerprint,
        func.coalesce(Link.state, "").in_(LinkState.in_use()),
    )


def _elsewhere(run: Run) -> Select[Any]:
    """Sections that the SIS lists under another course than Schoology, which can't move a section: each asks
    for a decision, and until then it isn't updated."""
    return _line(
        run,
        Action.BLOCK,
        Staged,
        fingerprint=literal(""),
        state=literal(str(ChangeState.BLOCKED)),
        reason_code=literal(str(Code.SECTION_OTHER_COURSE)),
    ).where(*links.todays.elsewhere(run), scope.within(run, Kind.SECTION, Staged))


def gone(run: Run, kind: Kind) -> tuple[ColumnElement[bool], ...]:
    """Links whose SIS record did not come."""
    return (
        Link.installation_id == run.installation_id,
        Link.kind == kind,
        scope.within(run, kind, Link),
        ~exists().where(Staged.run_id == run.id, Staged.kind == Link.kind, Staged.sis_id == Link.sis_id),
    )


def judged(run: Run, kind: Kind, building: Any) -> ColumnElement[bool]:
    """The feed that tells of a link's record was read to its end for a building."""
    return exists().where(
        Scope.run_id == run.id,
        Scope.building == building,
        Scope.complete.is_(True),
        Scope.kind == links.conditions.told_by(kind),
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
    ).where(*gone(run, kind), judged(run, kind, Link.building), Link.state.in_(LinkState.in_use()))


def _ended_parents(session: Session, run: Run) -> Iterator[Select[Any]]:
    """Parent links that the SIS lost: those that someone decided on end, and where a district wants it those
    that the app made; the others are no longer managed, and wait on *Access to review*."""
    sure = (*not_hidden(session, run, Kind.PARENT_LINK), *links.leaving.surely_removed(session, run))
    asked = and_(
        links.leaving.asked_to_end(run.installation_id, ReviewTopic.PARENT),
        Link.state.in_((*LinkState.in_use(), LinkState.RELEASED)),
    )
    unasked = links.leaving.may_end_unasked(run) if parents.end_unasked(session, run) else false()
    for ends, code in ((asked, Code.ACCESS_ENDED), (and_(unasked, ~asked), Code.PARENT_REMOVED)):
        dropped = _line(
            run,
            Action.DROP,
            Link,
            schoology_id=Link.schoology_id,
            before=Link.payload,
            fingerprint=literal(""),
            reason_code=literal(str(code)),
        )
        told = judged(run, Kind.PARENT_LINK, Link.building)
        yield dropped.where(*gone(run, Kind.PARENT_LINK), told, *sure, ends)
    yield _releases(run, Kind.PARENT_LINK).where(*sure, ~or_(asked, unasked))


def _drops(run: Run) -> Select[Any]:
    """Seats that ended, judged by the school of their section as the SIS names it today."""
    section = alias(Staged, "section_of_line")
    return (
        _line(
            run,
            Action.DROP,
            Link,
            building=section.building,
            schoology_id=Link.schoology_id,
            before=Link.payload,
            fingerprint=literal(""),
        )
        .join(section, _served(run, section))
        .where(*ended(run), judged(run, Kind.ENROLLMENT, section.building))
    )


def _served(run: Run, section: Any) -> ColumnElement[bool]:
    """The section of a seat is one that this run wants."""
    return and_(
        section.run_id == run.id,
        section.kind == Kind.SECTION,
        section.sis_id == Link.parent,
        section.state == StagedState.OK,
    )


def ended(run: Run) -> tuple[ColumnElement[bool], ...]:
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
    section = alias(Staged, "section_that_ended")
    seat = kind == Kind.ENROLLMENT
    building = section.building if seat else Link.building
    query = select(building, func.count()).select_from(Link)
    query = query.join(section, _served(run, section)) if seat else query
    which = ended(run) if seat else (*gone(run, kind), Link.state.in_(LinkState.in_use()))
    told = links.conditions.told_by(kind).in_(parts)
    rows = session.execute(query.where(*which, told, ~judged(run, kind, building)).group_by(building))
    return {school: number for school, number in rows}


def _may_end(run: Run) -> ColumnElement[bool]:
    """What the app made, and what it found there in schools of today whose administrator allowed it."""
    allowed = exists().where(
        BuildingRow.installation_id == run.installation_id,
        BuildingRow.sis_id == links.conditions.todays_building(run.id),
        BuildingRow.drop_adopted.is_(True),
    )
    return or_(Link.state == LinkState.OWNED, and_(Link.state == LinkState.ADOPTED, allowed))
