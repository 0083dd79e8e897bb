"""Drops that wait for another day: an enrollment that should take the place of the old one was not made.

Two records of the SIS may be one person, under an old id and a new. When Schoology refuses the new account or
its place in the class, ending the old one would leave the person without the class; so it is put off, and
the next run plans it again. In the same way a class keeps its teacher until the new one is there.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.models import Action, Change, ChangeState, Link, Run
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import because
from lti_app.school.records import Kind, SeatRole
from lti_app.school.run_kinds import RunKind
from lti_app.store import links
from lti_app.store.district import District
from lti_app.sync.apply.synced_meanwhile import not_made
from lti_app.sync.data_prep import undecided
from lti_app.sync.plan.new_ids import account_marks

Mark = tuple[str, ...]
"""What a record that comes and one that goes have in common, the sort of it first."""
NOT_MADE = tuple(each for each in ChangeState if each != ChangeState.DONE)
COMING = (Action.CREATE, Action.BLOCK)
REASONS = {"teacher": Code.NEW_TEACHER_NOT_ENROLLED, "unknown": Code.NEW_PERSON_UNKNOWN}


def postpone_drops(district: District, drops: Sequence[Change]) -> list[Change]:
    """The drops of a run that may be sent now; the others are discarded with a reason. The caller commits."""
    unmade = _waiting(district, drops) if drops else set()
    if not unmade:
        return list(drops)
    people = links.read.by_sis_id(district, Kind.USER, {each.person for each in drops})
    free = []
    for drop in drops:
        shared = unmade & _marks_of_leaving(drop, people.get(drop.person))
        if not shared:
            free.append(drop)
            continue
        sort = min(mark[0] for mark in shared)
        drop.state, drop.reason = ChangeState.DISCARDED, because(REASONS.get(sort, Code.NEW_ID_NOT_MADE))
        drop.finished_at = clock.now()
    return free


def _marks_of_leaving(drop: Change, person: Link | None) -> set[Mark]:
    marks: set[Mark] = {("unknown", drop.parent)}
    if drop.role == SeatRole.TEACHER:
        marks.add(("teacher", drop.parent))
    if person is not None:
        marks |= _marks(person.label, person.payload, (person.building, drop.parent))
    return marks


def _marks(label: str, payload: str, places: Iterable[str]) -> set[Mark]:
    """A name with a username or an address tells a person everywhere, a name alone in one building or one
    section only. A username alone tells nobody: a newcomer may get that of somebody who left."""
    name = label.casefold()
    marks: set[Mark] = {(*mark, name) for mark in account_marks(json.loads(payload or "{}")) if name}
    return marks | {("name", place, label.casefold()) for place in places if label and place}


def _waiting(district: District, drops: Sequence[Change]) -> set[Mark]:
    """The marks of every account that this run did not make or that waits in Data Prep, and of every seat
    where somebody would leave."""
    run = district.session.get_one(Run, drops[0].run_id)
    marks: set[Mark] = set()
    for each in _not_made(district.session, run, Change.kind == Kind.USER):
        marks |= _marks(each.label, each.after, (each.building,))
    for row in undecided.people(district.session, run.id):
        marks |= _marks(row.label, row.payload, (row.building,))
    sections = {each.parent for each in drops}
    seats = _not_made(district.session, run, Change.kind == Kind.ENROLLMENT, Change.parent.in_(sections))
    people = links.read.by_sis_id(district, Kind.USER, {each.person for each in seats}) if seats else {}
    lines = _lines_of(district.session, run, {each.person for each in seats}) if seats else {}
    for seat in seats:
        if seat.role == SeatRole.TEACHER:
            marks.add(("teacher", seat.parent))
        if (line := lines.get(seat.person)) is not None:
            marks |= _marks(line.label, line.after, (seat.parent,))
        elif (person := people.get(seat.person)) is not None:
            marks |= _marks(person.label, person.payload, (seat.parent,))
        elif run.what == RunKind.SECTIONS:
            marks.add(("unknown", seat.parent))
    return marks


def _not_made(session: Session, run: Run, *which: ColumnElement[bool]) -> list[Change]:
    wanted = (Change.run_id == run.id, Change.action.in_(COMING), Change.state.in_(NOT_MADE))
    return list(session.scalars(select(Change).where(*wanted, not_made(), *which)))


def _lines_of(session: Session, run: Run, keys: Collection[str]) -> Mapping[str, Change]:
    of_run = (Change.run_id == run.id, Change.kind == Kind.USER)
    rows = session.scalars(select(Change).where(*of_run, Change.sis_id.in_(keys)))
    return {each.sis_id: each for each in rows}
