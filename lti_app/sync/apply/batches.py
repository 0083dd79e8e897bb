"""From changes of a plan to bulk items for Schoology: batches of at most 50, with the ids they refer to."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.models import Action, Change, ChangeState, LinkState
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import Reason, because
from lti_app.school.records import Kind
from lti_app.schoology.port import BULK, Outgoing
from lti_app.store import links
from lti_app.store.district import District
from lti_app.sync.apply.postponed_drops import postpone_drops
from lti_app.sync.changes import fields_to_send


@dataclass(frozen=True)
class Batch:
    """Changes of one kind and action that go out in one request."""

    kind: Kind
    action: Action
    changes: tuple[Change, ...]
    items: tuple[Outgoing, ...]


def next_changes(session: Session, run_id: int, limit: int) -> list[Change]:
    """The next planned changes, alike in kind, action and wave, in the plan's order."""
    first = session.scalars(
        select(Change)
        .where(Change.run_id == run_id, Change.state == ChangeState.PLANNED)
        .order_by(Change.seq)
        .limit(1)
    ).first()
    if first is None:
        return []
    return list(
        session.scalars(
            select(Change)
            .where(
                Change.run_id == run_id,
                Change.state == ChangeState.PLANNED,
                Change.kind == first.kind,
                Change.action == first.action,
                Change.wave == first.wave,
            )
            .order_by(Change.seq)
            .limit(limit)
        )
    )


def make_batches(
    district: District, changes: Sequence[Change], *, looking: bool = False
) -> tuple[list[Batch], list[tuple[Change, Reason]]]:
    """Batches to send, and the changes that cannot be sent with the reason why.

    A create or drop whose section, course or person has no Schoology id is the second kind: what it
    depends on failed earlier in the run. A drop that has to be put off is neither: it is discarded, unless
    it was sent already and is only looked up (`looking`).
    """
    if not looking and changes and _may_wait(changes[0]):
        changes = postpone_drops(district, changes)
    if not changes:
        return [], []
    kind, action = Kind(changes[0].kind), Action(changes[0].action)
    refs, reasons = _references(district, kind, changes)
    sendable = [each for each in changes if each.id not in reasons]
    updated = [each.sis_id for each in sendable if each.action == Action.UPDATE]
    uncertain = links.read.uncertain(district, kind, updated) if updated else {}
    batches = []
    for start in range(0, len(sendable), BULK):
        part = tuple(sendable[start : start + BULK])
        items = tuple(
            Outgoing(
                payload=_payload(each, whole=each.sis_id in uncertain),
                schoology_id=each.schoology_id,
                refs=refs.get(each.id, {}),
                cleared=_cleared(each, uncertain.get(each.sis_id, "")),
            )
            for each in part
        )
        batches.append(Batch(kind, action, part, items))
    return batches, [(each, reasons[each.id]) for each in changes if each.id in reasons]


def _may_wait(change: Change) -> bool:
    return change.action == Action.DROP and change.kind == Kind.ENROLLMENT


def _payload(change: Change, *, whole: bool) -> dict[str, Any]:
    """What is sent; the whole record where no one knows what Schoology holds."""
    if change.kind == Kind.USER and change.action == Action.UPDATE and not whole:
        return fields_to_send(change.before, change.after)
    payload: dict[str, Any] = json.loads(change.after or change.before or "{}")
    return payload


def _cleared(change: Change, uncertain: str) -> frozenset[str]:
    """Fields of an update that Schoology must empty: leaving them out would leave them as they are.

    What an adopted object had before the app first wrote to it is not the app's to empty.
    """
    if change.action != Action.UPDATE or uncertain == LinkState.ADOPTED:
        return frozenset()
    before, after = json.loads(change.before or "{}"), json.loads(change.after or "{}")
    return frozenset(name for name, value in before.items() if value and not after.get(name))


Refs = dict[int, dict[str, str]]


def _references(district: District, kind: Kind, changes: Sequence[Change]) -> tuple[Refs, dict[int, Reason]]:
    if kind == Kind.SECTION:
        return _course_refs(district, changes)
    if kind == Kind.ENROLLMENT:
        return _seat_refs(district, changes)
    if kind == Kind.PARENT_LINK:
        return _family_refs(district, changes)
    return {}, {}


def _course_refs(district: District, changes: Sequence[Change]) -> tuple[Refs, dict[int, Reason]]:
    courses = links.read.by_sis_id(district, Kind.COURSE, {each.parent for each in changes})
    refs: Refs = {}
    reasons: dict[int, Reason] = {}
    for each in changes:
        course = courses.get(each.parent)
        if course is None:
            reasons[each.id] = because(Code.NEEDED_NOT_IN_SCHOOLOGY, what="course")
            continue
        payload = json.loads(course.payload or "{}")
        refs[each.id] = {
            "course": course.schoology_id,
            "course_code": payload.get("code", course.natural_key),
            "course_title": payload.get("title", course.label),
            "building_id": payload.get("building_id", ""),
        }
    return refs, reasons


def _seat_refs(district: District, changes: Sequence[Change]) -> tuple[Refs, dict[int, Reason]]:
    sections = links.read.schoology_ids(district, Kind.SECTION, (each.parent for each in changes))
    people = links.read.schoology_ids(district, Kind.USER, (each.person for each in changes))
    refs: Refs = {}
    reasons: dict[int, Reason] = {}
    for each in changes:
        section, user = sections.get(each.parent, ""), people.get(each.person, "")
        if not section:
            reasons[each.id] = because(Code.NEEDED_NOT_IN_SCHOOLOGY, what="section")
        elif not user and each.action != Action.DROP:
            reasons[each.id] = because(Code.NEEDED_NOT_IN_SCHOOLOGY, what="person")
        else:
            refs[each.id] = {"section": section, "user": user}
    return refs, reasons


def _family_refs(district: District, changes: Sequence[Change]) -> tuple[Refs, dict[int, Reason]]:
    keys = [each.parent for each in changes] + [each.person for each in changes]
    people = links.read.schoology_ids(district, Kind.USER, keys)
    refs = {
        each.id: {"parent": people[each.parent], "student": people[each.person]}
        for each in changes
        if each.parent in people and each.person in people
    }
    reasons = {
        each.id: because(Code.FAMILY_NOT_IN_SCHOOLOGY)
        for each in changes
        if each.parent not in people or each.person not in people
    }
    return refs, reasons
