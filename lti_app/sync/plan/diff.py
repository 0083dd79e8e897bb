"""Diff: what the run wants against what is linked, in SQL, set against set.

Unchanged rows leave no trace. A drop needs an owned enrollment, a section that this run still wants, and a
feed that was read to its end for the building; everything else that vanished from the SIS is only released.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Text,
    TypeDecorator,
    and_,
    case,
    func,
    literal,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.orm import Session

from lti_app.models import (
    Action,
    Change,
    ChangeState,
    Link,
    LinkState,
    Run,
    Staged,
    StagedState,
)
from lti_app.models.base import alias
from lti_app.school.reason_codes import Code
from lti_app.school.records import Kind
from lti_app.store import links
from lti_app.store.access_review import ReviewTopic
from lti_app.store.built_once import AnyRun, for_run, keys_of
from lti_app.store.bulk import insert_rows
from lti_app.sync import scope
from lti_app.sync.changes import TARGET
from lti_app.sync.plan import parents
from lti_app.sync.plan.dangling import hidden_kinds, not_hidden
from lti_app.sync.plan.vanished import ended, gone, judged, served

SEQ = TARGET.index("seq")

SLICE = 5000
"""Lines that are inserted in one transaction: no other writer waits for longer than they take."""


def write_changes(session: Session, run: Run, commit: Callable[[], None]) -> None:
    """Insert every change of the plan in the order of sending: kind by kind, new ones first, drops last.

    They are read by a connection of its own, and inserted in slices with a commit after each. Nothing of the
    session may be uncommitted."""
    last = session.scalar(select(func.max(Change.seq)).where(Change.run_id == run.id)) or 0
    with session.connection().engine.connect() as reader:
        for lines, *facts in _in_order(session, run):
            ordered = for_run(run, _ordered, lines, *facts)
            found = reader.execute(ordered, keys_of(run), execution_options={"yield_per": SLICE})
            for part in found.partitions():
                rows = [(*row[:SEQ], number, *row[SEQ + 1 :]) for number, row in enumerate(part, last + 1)]
                insert_rows(session, "change", TARGET, rows)
                last += len(rows)
                commit()


def _in_order(session: Session, run: Run) -> Iterator[tuple[Any, ...]]:
    """What builds the lines of each part of the plan, with the facts that it needs besides the run."""
    kinds = scope.kinds_of(run)
    hidden = hidden_kinds(session, run)
    for kind in kinds:
        yield _writes, kind
        if kind == Kind.PARENT_LINK:
            yield from _ended_parents(session, run, kind in hidden)
        elif kind != Kind.ENROLLMENT:
            yield _releases, kind, kind in hidden
    if Kind.SECTION in kinds:
        yield (_elsewhere,)
    if Kind.ENROLLMENT in kinds:
        yield _drops, Kind.ENROLLMENT in hidden


def _ordered(run: AnyRun | Run, build: Callable[..., Select[Any]], *facts: Any) -> Select[Any]:
    """Lines in their order, with values as the database has them."""
    lines = build(run, *facts).subquery()
    stored = (type_coerce(each, Text) if isinstance(each.type, TypeDecorator) else each for each in lines.c)
    return select(*stored).order_by(lines.c.action, lines.c.parent, lines.c.sis_id)


def _line(run: AnyRun | Run, action: Action | ColumnElement[str], source: Any, **values: Any) -> Select[Any]:
    """One select with a column for each field of a change; `source` is a staged row or a link."""
    plain: dict[str, Any] = {
        "installation_id": type_coerce(run.installation_id, BigInteger),
        "run_id": type_coerce(run.id, BigInteger),
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


def _writes(run: AnyRun | Run, kind: Kind) -> Select[Any]:
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


def _elsewhere(run: AnyRun | Run) -> Select[Any]:
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


def _releases(run: AnyRun | Run, kind: Kind, hidden: bool) -> Select[Any]:
    return _line(
        run,
        Action.RELEASE,
        Link,
        schoology_id=Link.schoology_id,
        before=Link.payload,
        fingerprint=literal(""),
        reason_code=literal(str(Code.LEFT_SIS)),
    ).where(
        *gone(run, kind),
        judged(run, kind, Link.building),
        Link.state.in_(LinkState.in_use()),
        *not_hidden(run, kind, hidden),
    )


def _ended_parents(session: Session, run: Run, hidden: bool) -> Iterator[tuple[Any, ...]]:
    """Parent links that the SIS lost: those that someone decided on end, and where a district wants it those
    that the app made; the others are no longer managed, and wait on *Access to review*."""
    unclear = links.leaving.any_unclear_parent(session, run)
    unasked = parents.end_unasked(session, run)
    yield _asked_ends, hidden, unclear
    if unasked:
        yield _unasked_ends, hidden, unclear
    yield _released_parents, hidden, unclear, unasked


def _asked_ends(run: AnyRun | Run, hidden: bool, unclear: bool) -> Select[Any]:
    return _parent_drops(run, Code.ACCESS_ENDED).where(*_surely(run, hidden, unclear), _asked(run))


def _unasked_ends(run: AnyRun | Run, hidden: bool, unclear: bool) -> Select[Any]:
    unasked = and_(links.leaving.may_end_unasked(run), ~_asked(run))
    return _parent_drops(run, Code.PARENT_REMOVED).where(*_surely(run, hidden, unclear), unasked)


def _released_parents(run: AnyRun | Run, hidden: bool, unclear: bool, unasked: bool) -> Select[Any]:
    ended = or_(_asked(run), links.leaving.may_end_unasked(run)) if unasked else _asked(run)
    return _releases(run, Kind.PARENT_LINK, hidden).where(*links.leaving.surely_removed(run, unclear), ~ended)


def _asked(run: AnyRun | Run) -> ColumnElement[bool]:
    return and_(
        links.leaving.asked_to_end(run.installation_id, ReviewTopic.PARENT),
        Link.state.in_((*LinkState.in_use(), LinkState.RELEASED)),
    )


def _surely(run: AnyRun | Run, hidden: bool, unclear: bool) -> tuple[ColumnElement[bool], ...]:
    return (*not_hidden(run, Kind.PARENT_LINK, hidden), *links.leaving.surely_removed(run, unclear))


def _parent_drops(run: AnyRun | Run, code: Code) -> Select[Any]:
    return _line(
        run,
        Action.DROP,
        Link,
        schoology_id=Link.schoology_id,
        before=Link.payload,
        fingerprint=literal(""),
        reason_code=literal(str(code)),
    ).where(*gone(run, Kind.PARENT_LINK), judged(run, Kind.PARENT_LINK, Link.building))


def _drops(run: AnyRun | Run, hidden: bool) -> Select[Any]:
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
        .join(section, served(run, section))
        .where(
            *ended(run),
            judged(run, Kind.ENROLLMENT, section.building),
            *not_hidden(run, Kind.ENROLLMENT, hidden),
        )
    )
