"""What a run was to end in Schoology and did not: it goes on *Access to review* with the reason."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date

from sqlalchemy import or_, select

from lti_app.models import Action, Change, ChangeState, ReviewState, Run
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import Reason, because
from lti_app.school.records import Kind
from lti_app.school.run_kinds import RunKind
from lti_app.store import access_review, refusals
from lti_app.store.access_review import ReviewTopic, Seen
from lti_app.store.district import District
from lti_app.sync import scope

WRONG = (ChangeState.FAILED, ChangeState.BLOCKED)
TRIED = (ReviewState.ENDED, ReviewState.BY_HAND)
"""Decisions that sent it again."""


def gather(district: District, run: Run) -> None:
    """Count the day for what Schoology refused to end, and take off what is over. The caller commits."""
    stays: set[tuple[str, str]] = set()
    for line in _not_done(district, run):
        if line.state not in WRONG:
            stays.add((line.kind, line.sis_id))
            continue
        if line.action == Action.UPDATE and not _loses_rights(line):
            continue
        stays.add((line.kind, line.sis_id))
        _note(district, run, line)
    entries = access_review.entries(district, ReviewTopic.DROP)
    if not entries:
        return
    if run.what == RunKind.ONE:
        stays |= {(each.kind, each.sis_id) for each in entries} - _done(district, run)
    stays |= {(each.kind, each.sis_id) for each in refusals.every(district) if each.action == Action.DROP}
    access_review.forget(district, ReviewTopic.DROP, kinds=scope.kinds_of(run), but=stays)


def _done(district: District, run: Run) -> set[tuple[str, str]]:
    done = select(Change.kind, Change.sis_id).where(Change.run_id == run.id, Change.state == ChangeState.DONE)
    return {(kind, sis_id) for kind, sis_id in district.session.execute(done)}


def _not_done(district: District, run: Run) -> Iterator[Change]:
    """Drops, and changes of people and enrollments, that were not carried out."""
    ended = Change.action == Action.DROP
    changed = (Change.action == Action.UPDATE) & Change.kind.in_((Kind.USER, Kind.ENROLLMENT))
    yield from district.session.scalars(
        select(Change).where(Change.run_id == run.id, Change.state != ChangeState.DONE, or_(ended, changed))
    )


def _loses_rights(line: Change) -> bool:
    """Whether an update takes a role from a person, or the administration of a section."""
    before, after = json.loads(line.before or "{}"), json.loads(line.after or "{}")
    name = "role_id" if line.kind == Kind.USER else "admin"
    return bool(before.get(name)) and before[name] != after.get(name)


def _note(district: District, run: Run, line: Change) -> None:
    reason = _reason(district, line)
    seen = Seen(line.kind, line.sis_id, line.building, line.parent, line.person, line.label, reason)
    access_review.note(district, ReviewTopic.DROP, seen, date.fromisoformat(run.notes.day))
    if line.state == ChangeState.FAILED:
        access_review.reopen(district, ReviewTopic.DROP, line.kind, line.sis_id, decided=TRIED)


def _reason(district: District, line: Change) -> Reason:
    if line.action == Action.DROP:
        return line.reason
    known = refusals.of(district, Kind(line.kind)).get(line.sis_id)
    return because(Code.ROLE_CHANGE_REFUSED, words=line.words or (known.words if known else ""))
