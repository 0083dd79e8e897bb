"""Drift: read Schoology back and list what differs from what the app last applied. Changes nothing.

Enrollments that somebody made by hand are listed as such and left alone. What is listed can be put right with
*Sync this one now*, or in Schoology.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Any

from sqlalchemy import delete, select

from lti_app import clock, links
from lti_app.models import Action, Change, ChangeState, Link, LinkState
from lti_app.school.desired import canonical
from lti_app.school.records import Kind
from lti_app.schoology.port import BULK, Found, Member, Outgoing
from lti_app.sync.bulk import chunks, insert_rows
from lti_app.sync.context import RunContext
from lti_app.sync.diff import TARGET

DRIFT = "drift"
"""What such a run is called: Run.what."""
LINKED = (LinkState.OWNED, LinkState.ADOPTED, LinkState.RELEASED)
GONE = "It is not in Schoology any more, or its key was changed there."
BY_HAND = "Somebody made this enrollment in Schoology. The app leaves it alone."
EXPORTED = {
    "school_uid": "school_uid",
    "first_name": "name_first",
    "middle_name": "name_middle",
    "last_name": "name_last",
    "username": "name",
    "email": "mail",
}
"""Payload key → column of Schoology's export of users."""

Line = tuple[Link, Action, str, str]
"""The link, what it is about, what Schoology has (canonical JSON), and why."""


def check(context: RunContext) -> None:
    """Write one line for each difference. Commits kind by kind."""
    context.session.execute(delete(Change).where(Change.run_id == context.run_id))
    counted = count(1)
    for phase, lines in (
        ("users", _users(context)),
        ("courses", _courses(context)),
        ("sections", _sections(context)),
        ("enrollments", _enrollments(context)),
    ):
        context.progress.report(f"looking_{phase}", 0, 0)
        rows = [_row(context, next(counted), line) for line in lines]
        insert_rows(context.session, "change", TARGET, rows)
        context.session.commit()


def _links(context: RunContext, kind: Kind) -> list[Link]:
    query = select(Link).where(
        Link.installation_id == context.installation_id, Link.kind == kind, Link.state.in_(LINKED)
    )
    return list(context.session.scalars(query.order_by(Link.parent, Link.sis_id)))


def _users(context: RunContext) -> Iterator[Line]:
    links = {each.schoology_id: each for each in _links(context, Kind.USER)}
    titles = {role.id: role.title for role in context.schoology.roles()}
    context.session.commit()
    there = set()
    for row in context.schoology.people():
        link = links.get(str(row.get("uid")))
        if link is None:
            continue
        there.add(link.schoology_id)
        seen = {ours: row.get(theirs, "") for ours, theirs in EXPORTED.items() if theirs in row}
        wanted = json.loads(link.payload or "{}")
        if titles.get(str(wanted.get("role_id")), "") != row.get("role_name", ""):
            seen["role_id"] = row.get("role_name", "")
        yield from _difference(link, seen)
    yield from ((link, Action.DIFFER, "", GONE) for key, link in links.items() if key not in there)


def _courses(context: RunContext) -> Iterator[Line]:
    links = {each.schoology_id: each for each in _links(context, Kind.COURSE)}
    context.session.commit()
    there = set()
    for found in context.schoology.courses():
        link = links.get(found.schoology_id)
        if link is not None:
            there.add(found.schoology_id)
            yield from _difference(link, found.fields)
    yield from ((link, Action.DIFFER, "", GONE) for key, link in links.items() if key not in there)


def _sections(context: RunContext) -> Iterator[Line]:
    links = [each for each in _links(context, Kind.SECTION) if each.payload]
    context.session.commit()
    for batch in chunks(links, BULK):
        found = context.schoology.find(Kind.SECTION, [Outgoing(json.loads(each.payload)) for each in batch])
        for link, there in zip(batch, found, strict=True):
            yield from _compared(link, there)


def _compared(link: Link, there: Found | None) -> Iterator[Line]:
    if there is None or there.schoology_id != link.schoology_id:
        yield link, Action.DIFFER, "", GONE
        return
    yield from _difference(link, there.fields)


def _enrollments(context: RunContext) -> Iterator[Line]:
    sections = {each.schoology_id: each for each in _links(context, Kind.SECTION)}
    uids = {each.sis_id: each.schoology_id for each in _links(context, Kind.USER)}
    seats: dict[str, dict[str, Link]] = {}
    for each in _links(context, Kind.ENROLLMENT):
        seats.setdefault(each.parent, {})[uids.get(each.person, "")] = each
    context.session.commit()
    for batch in chunks(sections, BULK):
        for section_id, members in context.schoology.members(batch).items():
            section = sections[section_id]
            if members is None:
                gone = [section.sis_id]
                links.set_state(
                    context.session, section.installation_id, section.kind, gone, state=LinkState.MISSING
                )
                context.session.commit()
            yield from _seats(section, seats.get(section.sis_id, {}), members)


def _seats(section: Link, linked: Mapping[str, Link], members: Sequence[Member] | None) -> Iterator[Line]:
    if members is None:
        return
    there = {each.uid: each for each in members}
    for uid, link in linked.items():
        if uid not in there:
            yield link, Action.DIFFER, "", GONE
        else:
            yield from _difference(link, {"admin": there[uid].admin})
    for uid, member in there.items():
        if uid not in linked:
            guest = Link(
                kind=Kind.ENROLLMENT,
                sis_id=f"{section.sis_id}:by-hand:{uid}",
                schoology_id=member.enrollment_id,
                building=section.building,
                parent=section.sis_id,
                label=f"Schoology user {uid} in {section.label or section.sis_id}",
            )
            yield guest, Action.KEEP, canonical({"admin": member.admin}), BY_HAND


def _difference(link: Link, seen: Mapping[str, Any]) -> Iterator[Line]:
    """One line when a field that the app set reads otherwise now."""
    wanted = json.loads(link.payload or "{}")
    other = {
        name: value
        for name, value in seen.items()
        if name in wanted and wanted[name] not in ("", None) and _text(wanted[name]) != _text(value)
    }
    if other:
        yield link, Action.DIFFER, canonical({**wanted, **other}), "Changed in Schoology since the last sync."


def _text(value: Any) -> str:
    return ",".join(str(each) for each in value) if isinstance(value, list) else str(value or "")


def _row(context: RunContext, seq: int, line: Line) -> tuple[object, ...]:
    link, action, seen, why = line
    values: dict[str, object] = {
        "installation_id": context.installation_id,
        "run_id": context.run_id,
        "seq": seq,
        "kind": str(link.kind),
        "action": str(action),
        "sis_id": link.sis_id,
        "schoology_id": link.schoology_id or "",
        "building": link.building or "",
        "parent": link.parent or "",
        "person": link.person or "",
        "natural_key": link.natural_key or "",
        "label": link.label or "",
        "fingerprint": "",
        "before": link.payload or "",
        "after": seen,
        "state": str(ChangeState.DISCARDED),
        "batch": 0,
        "reason": why,
        "words": f"Looked at {clock.now():%Y-%m-%d}.",
    }
    return tuple(values[name] for name in TARGET)
