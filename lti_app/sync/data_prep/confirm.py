"""Confirm: link the accepted pairs as adopted, and the enrollments that both sides have. Sends nothing.

A pair whose account is deactivated waits until someone reactivates it: an update would find no one there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import func, select

from lti_app import clock
from lti_app.models import Action, Change, ChangeState
from lti_app.school.desired import canonical, fingerprint
from lti_app.school.reasons import Reason, encoded
from lti_app.school.records import OBJECTS, Kind
from lti_app.setup import choices
from lti_app.store import links
from lti_app.store.bulk import insert_rows, refresh_statistics
from lti_app.sync.changes import TARGET
from lti_app.sync.context import RunContext
from lti_app.sync.data_prep.on_both_sides import Match, accepted, seats
from lti_app.sync.data_prep.status import mark_linked

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


def confirm(context: RunContext, run_id: int) -> None:
    """Link everything that was accepted. Commits as it goes and may be repeated."""
    district = context.district
    for kind in OBJECTS:
        _link(context, kind, accepted(district, run_id, kind))
    _link(context, Kind.ENROLLMENT, seats(district, run_id))
    refresh_statistics(district.session, "link")
    mark_linked(district, run_id)
    choices.change_data_prep(district, confirmed=True)
    district.session.commit()


def _link(context: RunContext, kind: Kind, batches: Iterator[list[Match]]) -> None:
    """Link in short transactions."""
    number = 0
    for batch in batches:
        pairs = [_pair(kind, each) for each in batch]
        links.write.adopt(context.district, pairs)
        _log(context, pairs, [each.reason for each in batch])
        number += len(batch)
        context.session.expunge_all()
        context.progress.report(f"linking_{kind}", number, 0)


def _pair(kind: Kind, match: Match) -> links.write.Pair:
    ours, facts = match.ours, match.theirs.facts
    there = canonical({name: facts.get(fact, "") for name, fact in FIELDS[kind].items()})
    same = kind == Kind.ENROLLMENT and there == canonical({"admin": ours.facts["admin"]})
    return links.write.Pair(
        kind=kind,
        sis_id=ours.ident,
        schoology_id=match.theirs.ident,
        building=ours.building,
        parent=ours.parent,
        person=ours.person,
        role=ours.role,
        number=ours.number,
        natural_key=match.theirs.natural_key if kind == Kind.COURSE else ours.natural_key,
        label=ours.label,
        fingerprint=fingerprint(there) if same else "",
        payload=there,
    )


def _log(context: RunContext, pairs: list[links.write.Pair], reasons: list[Reason]) -> None:
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
        {
            **vars(pair),
            **own,
            "seq": seq,
            "kind": str(pair.kind),
            "before": pair.payload,
            "reason_code": reason.code,
            "reason_values": encoded(reason.values),
        }
        for seq, (pair, reason) in enumerate(zip(pairs, reasons, strict=True), start=last + 1)
    ]
    table = [tuple(row.get(name, row["payload"]) for name in TARGET) for row in rows]
    insert_rows(session, "change", TARGET, table)
