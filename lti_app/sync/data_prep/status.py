"""Where each row of a reading stands, set against set."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, literal, select, update
from sqlalchemy.orm import Session, aliased

from lti_app.models import PrepKey, PrepPair, PrepRow, PrepStatus, Side
from lti_app.school.prep import RULES
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import NO_REASON, because
from lti_app.school.records import OBJECTS, Kind
from lti_app.store import links
from lti_app.store.district import District
from lti_app.sync.data_prep import doubts, reading

Only = Mapping[Side, list[str]]


def refresh(district: District, run_id: int) -> None:
    """Write the status of every row again. The caller commits."""
    for kind in OBJECTS:
        write_status(district, run_id, kind=kind)
    _twins(district.session, run_id)


def mark_linked(district: District, run_id: int) -> None:
    """After pairs were linked: nothing else has moved. The caller commits."""
    for kind in OBJECTS:
        for side in Side:
            linked = _is_linked(district, kind, side)
            paired = [reading.row_is(run_id, kind, side), PrepRow.status == PrepStatus.PAIRED]
            _update(district.session, [*paired, linked], status=PrepStatus.LINKED)


def write_status(district: District, run_id: int, *, kind: Kind, only: Only | None = None) -> None:
    """Write the status of the rows of a kind again, or of those around a decision. The caller commits."""
    narrowed: dict[Side, list[Any]] = {side: [] for side in Side}
    if only is not None:
        narrowed = {side: [PrepRow.ident.in_(only[side])] for side in Side}
    for side in Side:
        _stand(
            district,
            [reading.row_is(run_id, kind, side), *narrowed[side]],
            kind=kind,
            side=side,
        )
    for side in Side:
        _candidates(district, run_id, kind=kind, side=side, narrowed=narrowed[side])
    _conflicts(district, run_id, kind, narrowed=narrowed[Side.SIS])
    doubts.write(district, run_id, kind=kind, narrowed=narrowed[Side.SIS])


def around(session: Session, run_id: int, kind: Kind, *, sis_id: str, schoology_id: str) -> Only:
    """Two rows and everything that shares a key with one of them."""
    found: dict[Side, list[str]] = {Side.SIS: [sis_id], Side.SCHOOLOGY: [schoology_id]}
    own, other = aliased(PrepKey), aliased(PrepKey)
    for side, ident, there in (
        (Side.SIS, sis_id, Side.SCHOOLOGY),
        (Side.SCHOOLOGY, schoology_id, Side.SIS),
        (Side.SIS, sis_id, Side.SIS),
    ):
        found[there] += session.scalars(
            select(other.ident).where(
                reading.key_is(own, run_id, kind, side),
                own.ident == ident,
                reading.key_is(other, run_id, kind, there),
                other.rule == own.rule,
                other.text == own.text,
            )
        ).all()
    return {side: sorted(set(idents)) for side, idents in found.items()}


def _update(session: Session, where: Any, **values: Any) -> None:
    session.execute(
        update(PrepRow).where(*where).values(**values).execution_options(synchronize_session=False)
    )


def _is_linked(district: District, kind: Kind, side: Side) -> ColumnElement[bool]:
    if side == Side.SIS:
        return links.conditions.is_linked(district.id, kind, sis_id=PrepRow.ident)
    return links.conditions.is_linked(district.id, kind, schoology_id=PrepRow.ident)


def _stand(district: District, where: list[Any], *, kind: Kind, side: Side) -> None:
    """Linked, paired, or alone."""
    linked = _is_linked(district, kind, side)
    paired_id = PrepPair.sis_id if side == Side.SIS else PrepPair.schoology_id
    paired = exists().where(reading.stands(district.id, kind), paired_id == PrepRow.ident)
    _update(
        district.session,
        where,
        status=case(
            (linked, literal(str(PrepStatus.LINKED))),
            (paired, literal(str(PrepStatus.PAIRED))),
            else_=str(PrepStatus.ONLY),
        ),
    )


def _candidates(district: District, run_id: int, *, kind: Kind, side: Side, narrowed: list[Any]) -> None:
    """Rows that stand alone and share a key with one that does too are a person's to decide."""
    other_side = Side.SCHOOLOGY if side == Side.SIS else Side.SIS
    other = aliased(PrepRow)
    pair = (PrepRow.ident, other.ident) if side == Side.SIS else (other.ident, PrepRow.ident)
    waiting = (PrepStatus.ONLY,) if side == Side.SIS else (PrepStatus.AMBIGUOUS, PrepStatus.CONFLICT)
    shared = _shares_key(
        run_id,
        kind,
        (side, other_side),
        lambda key: exists().where(
            reading.key_is(other, run_id, kind, other_side),
            other.ident == key.ident,
            other.status.in_(waiting),
            ~reading.decided_against(district.id, kind, *pair),
        ),
    )
    where = [reading.row_is(run_id, kind, side), *narrowed, PrepRow.status == PrepStatus.ONLY, shared]
    _update(district.session, where, status=PrepStatus.AMBIGUOUS)


def _shares_key(
    run_id: int,
    kind: Kind,
    sides: tuple[Side, Side],
    where: Callable[[Any], ColumnElement[bool]],
    *,
    rules: Sequence[str] = (),
) -> ColumnElement[bool]:
    """A key of the row stands on the other side at a row for which a condition holds.

    One EXISTS inside the other: as a join, SQLite would start at the wrong end and read the square.
    """
    own, theirs = aliased(PrepKey), aliased(PrepKey)
    same = exists().where(
        reading.key_is(theirs, run_id, kind, sides[1]),
        theirs.rule == own.rule,
        theirs.text == own.text,
        where(theirs),
    )
    narrowed = [own.rule.in_(rules)] if rules else []
    return exists().where(
        reading.key_is(own, run_id, kind, sides[0]), own.ident == PrepRow.ident, *narrowed, same
    )


def _conflicts(district: District, run_id: int, kind: Kind, *, narrowed: list[Any]) -> None:
    """Two records of the SIS that claim one object, and one whose unique id is another's account."""
    own, rival, theirs = aliased(PrepKey), aliased(PrepKey), aliased(PrepKey)

    def holders(key: Any, side: Side) -> Any:
        return (
            select(func.count())
            .where(reading.key_is(key, run_id, kind, side), key.rule == own.rule, key.text == own.text)
            .scalar_subquery()
        )

    claimed = exists().where(
        reading.key_is(own, run_id, kind, Side.SIS),
        own.ident == PrepRow.ident,
        own.rule.in_(RULES[kind]),
        holders(rival, Side.SIS) > 1,
        holders(theirs, Side.SCHOOLOGY) == 1,
    )
    ours = and_(reading.row_is(run_id, kind, Side.SIS), *narrowed)
    _update(district.session, [ours, PrepRow.reason_code == Code.PREP_KEY_TAKEN], reason=NO_REASON)
    _update(
        district.session, [ours, PrepRow.status == PrepStatus.AMBIGUOUS, claimed], status=PrepStatus.CONFLICT
    )
    taken = _shares_key(
        run_id,
        kind,
        (Side.SIS, Side.SCHOOLOGY),
        lambda key: ~reading.decided_against(district.id, kind, PrepRow.ident, key.ident),
        rules=RULES[kind][:1],
    )
    where = [ours, PrepRow.status == PrepStatus.ONLY, PrepRow.reason_code == "", taken]
    _update(district.session, where, status=PrepStatus.CONFLICT, reason=because(Code.PREP_KEY_TAKEN))


def _twins(session: Session, run_id: int) -> None:
    """Say of accounts that stay alone that someone of their name is paired already."""
    other, there = aliased(PrepRow), Side.SCHOOLOGY
    paired = _shares_key(
        run_id,
        Kind.USER,
        (there, there),
        lambda key: exists().where(
            reading.key_is(other, run_id, Kind.USER, there),
            other.ident == key.ident,
            other.status.in_((PrepStatus.PAIRED, PrepStatus.LINKED)),
        ),
        rules=("same_name", "same_email"),
    )
    mine = reading.row_is(run_id, Kind.USER, there)
    _update(session, [mine], reason=NO_REASON)
    _update(session, [mine, PrepRow.status == PrepStatus.ONLY, paired], reason=because(Code.PREP_TWIN))
