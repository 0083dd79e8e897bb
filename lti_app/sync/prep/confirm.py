"""Confirm: link the accepted pairs as adopted, and the enrollments that both sides have. Sends nothing.

A pair whose account is deactivated waits until somebody reactivates it: an update would find nobody there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Select, and_, exists, func, select
from sqlalchemy.orm import aliased

from lti_app import clock, links
from lti_app.models import Action, Change, ChangeState, Link, PairState, PrepPair, PrepRow, PrepState, Side
from lti_app.school.desired import canonical, fingerprint
from lti_app.school.records import Kind
from lti_app.sync.bulk import insert_rows
from lti_app.sync.context import RunContext
from lti_app.sync.diff import TARGET
from lti_app.sync.prep import stored
from lti_app.sync.prep.status import KINDS, refresh

AT_ONCE = 1000
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
FOUND = "Found on both sides."
RULE_WORDS = {"hand": "Paired by hand.", "file": "Paired by a file."}


def confirm(context: RunContext, run_id: int) -> None:
    """Link everything that was accepted. Commits as it goes; what is linked already is not looked at again."""
    session, mine = context.session, context.installation_id
    for kind in KINDS:
        _link(context, kind, _accepted(mine, run_id, kind))
    _link(context, Kind.ENROLLMENT, _seats(mine, run_id))
    refresh(session, mine, run_id)
    stored.change(session, mine, confirmed=True)
    session.commit()


Lines = Select[PrepRow, str, dict[str, Any], str, str]


def _accepted(installation_id: int, run_id: int, kind: Kind) -> Lines:
    theirs = aliased(PrepRow)
    return (
        select(PrepRow, theirs.ident, theirs.facts, PrepPair.rule, PrepPair.decided_by)
        .join(PrepPair, and_(PrepPair.sis_id == PrepRow.ident, PrepPair.state == PairState.ACCEPTED))
        .join(theirs, theirs.ident == PrepPair.schoology_id)
        .where(
            stored.row_is(run_id, kind, Side.SIS),
            PrepPair.installation_id == installation_id,
            PrepPair.kind == kind,
            stored.key_is(theirs, run_id, kind, Side.SCHOOLOGY),
            theirs.state != PrepState.INACTIVE,
            *_unlinked(installation_id, kind, theirs.ident),
        )
    )


def _seats(installation_id: int, run_id: int) -> Lines:
    """Enrollments of the SIS whose section and person are linked, and that Schoology has too."""
    theirs, section, person = aliased(PrepRow), aliased(Link), aliased(Link)
    return (
        select(PrepRow, theirs.ident, theirs.facts, PrepRow.status, PrepRow.status)
        .join(section, section.sis_id == PrepRow.parent)
        .join(person, person.sis_id == PrepRow.person)
        .join(theirs, and_(theirs.parent == section.schoology_id, theirs.person == person.schoology_id))
        .where(
            stored.row_is(run_id, Kind.ENROLLMENT, Side.SIS),
            section.installation_id == installation_id,
            section.kind == Kind.SECTION,
            person.installation_id == installation_id,
            person.kind == Kind.USER,
            stored.key_is(theirs, run_id, Kind.ENROLLMENT, Side.SCHOOLOGY),
            ~theirs.ident.contains(":"),
            *_unlinked(installation_id, Kind.ENROLLMENT, theirs.ident),
        )
    )


def _unlinked(installation_id: int, kind: Kind, schoology_id: Any) -> Iterator[Any]:
    own, other = aliased(Link), aliased(Link)
    for link, same in ((own, own.sis_id == PrepRow.ident), (other, other.schoology_id == schoology_id)):
        yield ~exists().where(link.installation_id == installation_id, link.kind == kind, same)


def _link(context: RunContext, kind: Kind, lines: Lines) -> None:
    """Link in short transactions, in the order of the SIS ids."""
    session, number, last = context.session, 0, ""
    while True:
        query = lines.where(PrepRow.ident > last).order_by(PrepRow.ident).limit(AT_ONCE)
        batch = session.execute(query).all()
        if not batch:
            return
        last = batch[-1][0].ident
        pairs = [_pair(kind, row, schoology_id, facts) for row, schoology_id, facts, _, _ in batch]
        links.adopt(session, context.installation_id, pairs)
        _log(context, pairs, [_words(rule, who) for _, _, _, rule, who in batch])
        number += len(batch)
        session.expunge_all()
        context.progress.report(f"linking_{kind}", number, 0)


def _pair(kind: Kind, row: PrepRow, schoology_id: str, facts: Mapping[str, Any]) -> links.Pair:
    there = canonical({ours: facts.get(name, "") for ours, name in FIELDS[kind].items()})
    same = kind == Kind.ENROLLMENT and there == canonical(row.facts)
    return links.Pair(
        kind=kind,
        sis_id=row.ident,
        schoology_id=schoology_id,
        building=row.building,
        parent=row.parent,
        person=row.person,
        natural_key=str(facts.get("code", "")) if kind == Kind.COURSE else row.natural_key,
        label=row.label,
        fingerprint=fingerprint(there) if same else "",
        payload=there,
    )


def _words(rule: str, who: str) -> str:
    words = RULE_WORDS.get(rule, f"Paired by the rule {rule.replace('_', ' ')}.") if who else FOUND
    return f"{words} Accepted by {who}." if who else words


def _log(context: RunContext, pairs: list[links.Pair], words: list[str]) -> None:
    session = context.session
    last = session.scalar(select(func.max(Change.seq)).where(Change.run_id == context.run_id)) or 0
    rows = []
    for seq, (pair, reason) in enumerate(zip(pairs, words, strict=True), start=last + 1):
        whole: dict[str, object] = {
            **vars(pair),
            "installation_id": context.installation_id,
            "run_id": context.run_id,
            "seq": seq,
            "kind": str(pair.kind),
            "action": str(Action.ADOPT),
            "before": pair.payload,
            "after": pair.payload,
            "state": str(ChangeState.DONE),
            "batch": 0,
            "reason": reason,
            "words": "",
            "finished_at": clock.now(),
        }
        rows.append(tuple(whole[name] for name in TARGET))
    insert_rows(session, "change", TARGET, rows)
