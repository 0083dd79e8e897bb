"""Confirm: link the accepted pairs as adopted, and the enrollments that both sides have. Sends nothing.

A pair whose account is deactivated waits until somebody reactivates it: an update would find nobody there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from lti_app import clock, links
from lti_app.models import Action, Change, ChangeState, Link, PairState, PrepPair, PrepRow, PrepState, Side
from lti_app.school.desired import canonical, fingerprint
from lti_app.school.records import Kind
from lti_app.sync.bulk import insert_rows
from lti_app.sync.context import RunContext
from lti_app.sync.diff import TARGET
from lti_app.sync.prep import stored
from lti_app.sync.prep.status import KINDS, refresh

AT_ONCE = 500
FIELDS: Mapping[Kind, Mapping[str, str]] = {
    Kind.USER: {
        "school_uid": "school_uid",
        "role_id": "role_id",
        "first_name": "first_name",
        "middle_name": "middle_name",
        "last_name": "last_name",
        "username": "username",
        "email": "email",
        "building_id": "place",
        "graduation_year": "year",
    },
    Kind.COURSE: {"code": "code", "title": "title", "building_id": "place", "department": "department"},
    Kind.SECTION: {
        "section_school_code": "school_code",
        "section_code": "section_code",
        "title": "title",
        "grading_period_ids": "periods",
    },
    Kind.ENROLLMENT: {"admin": "admin"},
}
"""Kind → payload key → fact: what Schoology had, as the "before" of the first update."""
FOUND = "Found on both sides, so it was linked."
RULE_WORDS = {"hand": "Paired by hand.", "file": "Paired by a file."}


@dataclass(frozen=True)
class Match:
    """A SIS row, the object of Schoology that it is, and why."""

    ours: PrepRow
    theirs: PrepRow
    reason: str


def confirm(context: RunContext, run_id: int) -> None:
    """Link everything that was accepted. Commits as it goes and may be repeated."""
    session, mine = context.session, context.installation_id
    for kind in KINDS:
        _link(context, kind, _accepted(session, mine, run_id, kind))
    _link(context, Kind.ENROLLMENT, _seats(session, mine, run_id))
    refresh(session, mine, run_id)
    stored.change(session, mine, confirmed=True)
    session.commit()


def _accepted(session: Session, installation_id: int, run_id: int, kind: Kind) -> Iterator[list[Match]]:
    last = ""
    linked = exists().where(
        Link.installation_id == installation_id, Link.kind == kind, Link.sis_id == PrepPair.sis_id
    )
    while True:
        query = select(PrepPair).where(
            PrepPair.installation_id == installation_id,
            PrepPair.kind == kind,
            PrepPair.sis_id > last,
            PrepPair.state == PairState.ACCEPTED,
            ~linked,
        )
        pairs = session.scalars(query.order_by(PrepPair.sis_id).limit(AT_ONCE)).all()
        if not pairs:
            return
        last = pairs[-1].sis_id
        ours = _rows(session, run_id, kind, Side.SIS, idents=[each.sis_id for each in pairs])
        theirs = _rows(session, run_id, kind, Side.SCHOOLOGY, idents=[each.schoology_id for each in pairs])
        yield [
            Match(ours[each.sis_id], theirs[each.schoology_id], _why(each))
            for each in pairs
            if each.sis_id in ours
            and each.schoology_id in theirs
            and theirs[each.schoology_id].state != PrepState.INACTIVE
        ]


def _rows(
    session: Session, run_id: int, kind: Kind, side: Side, *, idents: Sequence[str]
) -> dict[str, PrepRow]:
    query = select(PrepRow).where(stored.row_is(run_id, kind, side), PrepRow.ident.in_(idents))
    return {row.ident: row for row in session.scalars(query)}


def _seats(session: Session, installation_id: int, run_id: int) -> Iterator[list[Match]]:
    """Enrollments of the SIS whose section and person are linked, and that Schoology has too."""
    last = ""
    while True:
        query = select(PrepRow).where(stored.row_is(run_id, Kind.ENROLLMENT, Side.SIS), PrepRow.ident > last)
        ours = session.scalars(query.order_by(PrepRow.ident).limit(AT_ONCE)).all()
        if not ours:
            return
        last = ours[-1].ident
        sections, people = (
            links.schoology_ids(session, installation_id, kind, {getattr(row, column) for row in ours})
            for kind, column in ((Kind.SECTION, "parent"), (Kind.USER, "person"))
        )
        known = links.linked(session, installation_id, Kind.ENROLLMENT, [row.ident for row in ours])
        there = _members(session, run_id, set(sections.values()))
        yield [
            Match(row, there[seat], FOUND)
            for row in ours
            if (seat := (sections.get(row.parent, ""), people.get(row.person, ""))) in there
            and row.ident not in known
        ]


def _members(session: Session, run_id: int, sections: set[str]) -> dict[tuple[str, str], PrepRow]:
    """Section and uid → seat, of those whose id Schoology told."""
    query = select(PrepRow).where(
        stored.row_is(run_id, Kind.ENROLLMENT, Side.SCHOOLOGY), PrepRow.parent.in_(sections)
    )
    return {(row.parent, row.person): row for row in session.scalars(query) if ":" not in row.ident}


def _why(pair: PrepPair) -> str:
    words = RULE_WORDS.get(pair.rule, f"Paired by the rule “{pair.rule.replace('_', ' ')}”.")
    return f"{words} Accepted by {pair.decided_by}."


def _link(context: RunContext, kind: Kind, batches: Iterator[list[Match]]) -> None:
    """Link in short transactions."""
    number = 0
    for batch in batches:
        pairs = [_pair(kind, each) for each in batch]
        links.adopt(context.session, context.installation_id, pairs)
        _log(context, pairs, [each.reason for each in batch])
        number += len(batch)
        context.session.expunge_all()
        context.progress.report(f"linking_{kind}", number, 0)


def _pair(kind: Kind, match: Match) -> links.Pair:
    ours, facts = match.ours, match.theirs.facts
    there = canonical({name: facts.get(fact, "") for name, fact in FIELDS[kind].items()})
    same = kind == Kind.ENROLLMENT and there == canonical(ours.facts)
    return links.Pair(
        kind=kind,
        sis_id=ours.ident,
        schoology_id=match.theirs.ident,
        building=ours.building,
        parent=ours.parent,
        person=ours.person,
        natural_key=match.theirs.natural_key if kind == Kind.COURSE else ours.natural_key,
        label=ours.label,
        fingerprint=fingerprint(there) if same else "",
        payload=there,
    )


def _log(context: RunContext, pairs: list[links.Pair], reasons: list[str]) -> None:
    session = context.session
    last = session.scalar(select(func.max(Change.seq)).where(Change.run_id == context.run_id)) or 0
    own: dict[str, object] = {
        "installation_id": context.installation_id,
        "run_id": context.run_id,
        "action": str(Action.ADOPT),
        "state": str(ChangeState.DONE),
        "batch": 0,
        "words": "",
        "finished_at": clock.now(),
    }
    rows = [
        {**vars(pair), **own, "seq": seq, "kind": str(pair.kind), "before": pair.payload, "reason": reason}
        for seq, (pair, reason) in enumerate(zip(pairs, reasons, strict=True), start=last + 1)
    ]
    table = [tuple(row.get(name, row["payload"]) for name in TARGET) for row in rows]
    insert_rows(session, "change", TARGET, table)
