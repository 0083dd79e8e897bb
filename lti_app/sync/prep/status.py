"""Where each row of a reading stands, set against set."""

from __future__ import annotations

from typing import Any

from sqlalchemy import case, exists, func, literal, select, update
from sqlalchemy.orm import Session, aliased

from lti_app.models import Link, PrepKey, PrepPair, PrepRow, PrepStatus, Side
from lti_app.school.prep import RULES
from lti_app.school.records import Kind
from lti_app.sync.prep import stored

KINDS = (Kind.USER, Kind.COURSE, Kind.SECTION)
TWIN = "Perhaps a second account of somebody who has another one here. A sync leaves it as it is."
TAKEN = "Another record of the SIS with the same unique id has this account."


def refresh(session: Session, installation_id: int, run_id: int) -> None:
    """Write the status of every row anew. The caller commits."""
    for kind in KINDS:
        for side in Side:
            _settle(session, installation_id, run_id, kind=kind, side=side)
        _conflicts(session, installation_id, run_id, kind)
    _twins(session, run_id)


def _update(session: Session, where: Any, **values: Any) -> None:
    session.execute(
        update(PrepRow).where(*where).values(**values).execution_options(synchronize_session=False)
    )


def _settle(session: Session, installation_id: int, run_id: int, *, kind: Kind, side: Side) -> None:
    """Linked, paired, ambiguous where a free row of the other side has a key in common, or alone."""
    linked_id, paired_id = (
        (Link.sis_id, PrepPair.sis_id) if side == Side.SIS else (Link.schoology_id, PrepPair.schoology_id)
    )
    linked = exists().where(
        Link.installation_id == installation_id, Link.kind == kind, linked_id == PrepRow.ident
    )
    paired = exists().where(stored.stands(installation_id, kind), paired_id == PrepRow.ident)
    _update(
        session,
        [stored.row_is(run_id, kind, side)],
        status=case(
            (linked, literal(str(PrepStatus.LINKED))),
            (paired, literal(str(PrepStatus.PAIRED))),
            else_=str(PrepStatus.ONLY),
        ),
    )
    if side == Side.SCHOOLOGY:
        _candidates(session, installation_id, run_id, kind=kind, side=Side.SIS)
        _candidates(session, installation_id, run_id, kind=kind, side=Side.SCHOOLOGY)


def _candidates(session: Session, installation_id: int, run_id: int, *, kind: Kind, side: Side) -> None:
    """Rows that stand alone and share a key with one that does too are a person's to decide."""
    other_side = Side.SCHOOLOGY if side == Side.SIS else Side.SIS
    own, theirs, other = aliased(PrepKey), aliased(PrepKey), aliased(PrepRow)
    pair = (PrepRow.ident, other.ident) if side == Side.SIS else (other.ident, PrepRow.ident)
    waiting = (PrepStatus.ONLY,) if side == Side.SIS else (PrepStatus.AMBIGUOUS, PrepStatus.CONFLICT)
    shared = exists().where(
        stored.key_is(own, run_id, kind, side),
        own.ident == PrepRow.ident,
        stored.key_is(theirs, run_id, kind, other_side),
        theirs.rule == own.rule,
        theirs.text == own.text,
        stored.key_is(other, run_id, kind, other_side),
        other.ident == theirs.ident,
        other.status.in_(waiting),
        ~stored.decided_against(installation_id, kind, *pair),
    )
    where = [stored.row_is(run_id, kind, side), PrepRow.status == PrepStatus.ONLY, shared]
    _update(session, where, status=PrepStatus.AMBIGUOUS)


def _conflicts(session: Session, installation_id: int, run_id: int, kind: Kind) -> None:
    """Two records of the SIS that claim one object, and one whose unique id is another's account."""
    own, rival, theirs = aliased(PrepKey), aliased(PrepKey), aliased(PrepKey)

    def holders(key: Any, side: Side) -> Any:
        return (
            select(func.count())
            .where(stored.key_is(key, run_id, kind, side), key.rule == own.rule, key.text == own.text)
            .scalar_subquery()
        )

    claimed = exists().where(
        stored.key_is(own, run_id, kind, Side.SIS),
        own.ident == PrepRow.ident,
        own.rule.in_(RULES[kind]),
        holders(rival, Side.SIS) > 1,
        holders(theirs, Side.SCHOOLOGY) == 1,
    )
    ours = stored.row_is(run_id, kind, Side.SIS)
    _update(session, [ours, PrepRow.reason == TAKEN], reason="")
    _update(session, [ours, PrepRow.status == PrepStatus.AMBIGUOUS, claimed], status=PrepStatus.CONFLICT)
    holder = aliased(PrepKey)
    taken = exists().where(
        stored.key_is(own, run_id, kind, Side.SIS),
        own.ident == PrepRow.ident,
        own.rule == RULES[kind][0],
        stored.key_is(holder, run_id, kind, Side.SCHOOLOGY),
        holder.rule == own.rule,
        holder.text == own.text,
        ~stored.decided_against(installation_id, kind, PrepRow.ident, holder.ident),
    )
    where = [ours, PrepRow.status == PrepStatus.ONLY, PrepRow.reason == "", taken]
    _update(session, where, status=PrepStatus.CONFLICT, reason=TAKEN)


def _twins(session: Session, run_id: int) -> None:
    """Say of accounts that stay alone that somebody of their name is paired already."""
    own, theirs, other = aliased(PrepKey), aliased(PrepKey), aliased(PrepRow)
    there = Side.SCHOOLOGY
    paired = exists().where(
        stored.key_is(own, run_id, Kind.USER, there),
        own.ident == PrepRow.ident,
        own.rule.in_(("same_name", "same_email")),
        stored.key_is(theirs, run_id, Kind.USER, there),
        theirs.rule == own.rule,
        theirs.text == own.text,
        stored.key_is(other, run_id, Kind.USER, there),
        other.ident == theirs.ident,
        other.status.in_((PrepStatus.PAIRED, PrepStatus.LINKED)),
    )
    mine = stored.row_is(run_id, Kind.USER, there)
    _update(session, [mine], reason="")
    _update(session, [mine, PrepRow.status == PrepStatus.ONLY, paired], reason=TWIN)
