"""Drops that wait for another day: an enrollment that should take the place of the old one was not made.

Two records of the SIS may be one person, under an old id and a new. When Schoology refuses the new account or
its place in the class, ending the old one would leave the person without the class; so it is put off, and
the next run plans it again. In the same way a class keeps its teacher until the new one is there.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.models import Action, Change, ChangeState, Link, ReviewState, Run, Staged
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import Reason, because
from lti_app.school.records import Kind, SeatRole
from lti_app.school.run_kinds import RunKind
from lti_app.store import access_review, links
from lti_app.store.access_review import ReviewTopic, Seen
from lti_app.store.district import District
from lti_app.sync.apply.synced_meanwhile import not_made
from lti_app.sync.data_prep import undecided
from lti_app.sync.plan.new_ids import account_marks

Mark = tuple[str, ...]
"""What a record that comes and one that goes have in common, the sort of it first."""
NOT_MADE = tuple(each for each in ChangeState if each != ChangeState.DONE)
DECIDED = (ReviewState.ENDED, ReviewState.BY_HAND)
"""Someone said that this access ends."""
COMING = (Action.CREATE, Action.BLOCK)
REASONS = {"teacher": Code.NEW_TEACHER_NOT_ENROLLED, "unknown": Code.NEW_PERSON_UNKNOWN}


def postpone_drops(district: District, drops: Sequence[Change]) -> list[Change]:
    """The drops of a run that may be sent now; the others are discarded with a reason. The caller commits.

    A drop is put off for three nights at most; after that it is on *Access to review*, with the other record,
    until a person decides.
    """
    unmade = _waiting(district, drops) if drops else {}
    if not unmade:
        return list(drops)
    people = links.read.by_sis_id(district, Kind.USER, {each.person for each in drops})
    run = district.session.get_one(Run, drops[0].run_id)
    day = date.fromisoformat(run.notes.day)
    born = links.todays.birth_marks(district.session, run, {*people, *set().union(*unmade.values())})
    free = []
    for drop in drops:
        person = people.get(drop.person)
        marks = _marks_of_leaving(drop, person, born.get(drop.person, ""))
        others = {mark: _others(drop.person, mark, unmade, born) for mark in marks}
        shared = sorted(mark for mark, keys in others.items() if keys)
        if not shared:
            free.append(drop)
            continue
        reason = because(REASONS.get(shared[0][0], Code.NEW_ID_NOT_MADE))
        seen = because(Code.ACCESS_NOT_ENDED, why=reason, other=min(others[shared[0]]))
        state = access_review.note(district, ReviewTopic.DROP, _seen(drop, person, seen), day)
        if state in DECIDED:
            free.append(drop)
            continue
        drop.state, drop.reason = ChangeState.DISCARDED, reason
        if state != ReviewState.COUNTING:
            drop.reason = because(Code.ACCESS_KEPT if state == ReviewState.KEPT else Code.ACCESS_WAITS)
        drop.finished_at = clock.now()
    return free


def _seen(drop: Change, person: Link | None, reason: Reason) -> Seen:
    label = person.label if person is not None else drop.label
    return Seen(drop.kind, drop.sis_id, drop.building, drop.parent, drop.person, label, reason)


def _others(person: str, mark: Mark, unmade: Mapping[Mark, set[str]], born: Mapping[str, str]) -> set[str]:
    """Who has a mark in common with someone; a namesake with another birth date is another person."""
    found = unmade.get(mark, set()) - {person}
    if mark[0] == "name" and person in born:
        return {each for each in found if born.get(each, born[person]) == born[person]}
    return found


def _marks_of_leaving(drop: Change, person: Link | None, born: str) -> set[Mark]:
    marks: set[Mark] = {("unknown", drop.parent)}
    if drop.role == SeatRole.TEACHER:
        marks.add(("teacher", drop.parent))
    if person is not None:
        marks |= {*_marks(person.label, person.payload, born), ("name", drop.parent, person.label.casefold())}
    return marks


def _marks(label: str, payload: str, born: str) -> set[Mark]:
    """A name tells a person together with a username, an address, or a birth date; alone it may be a
    namesake's."""
    marks = account_marks(json.loads(payload or "{}")) + ([("born", born)] if born else [])
    return {("account", label.casefold(), *mark) for mark in marks if label}


def _waiting(district: District, drops: Sequence[Change]) -> dict[Mark, set[str]]:
    """Mark → the people whose account this run did not make or that waits in Data Prep, and of every seat
    where someone would leave."""
    run = district.session.get_one(Run, drops[0].run_id)
    marks: defaultdict[Mark, set[str]] = defaultdict(set)

    def add(person: str, found: Iterable[Mark]) -> None:
        for mark in found:
            marks[mark].add(person)

    unmade = _not_made(district.session, run, Change.kind == Kind.USER)
    born = links.todays.birth_marks(district.session, run, {each.sis_id for each in unmade})
    for each in unmade:
        add(each.sis_id, _marks(each.label, each.after, born.get(each.sis_id, "")))
    sections = {each.parent for each in drops}
    for person, found in _in_data_prep(district.session, run, sections):
        add(person, found)
    seats = _not_made(district.session, run, Change.kind == Kind.ENROLLMENT, Change.parent.in_(sections))
    people = links.read.by_sis_id(district, Kind.USER, {each.person for each in seats}) if seats else {}
    lines = _lines_of(district.session, run, {each.person for each in seats}) if seats else {}
    for seat in seats:
        if seat.role == SeatRole.TEACHER:
            add(seat.person, [("teacher", seat.parent)])
        known = lines.get(seat.person) or people.get(seat.person)
        if known is not None and known.label:
            add(seat.person, [("name", seat.parent, known.label.casefold())])
        elif known is None and run.what == RunKind.SECTIONS:
            add(seat.person, [("unknown", seat.parent)])
    return marks


def _in_data_prep(session: Session, run: Run, sections: set[str]) -> Iterator[tuple[str, set[Mark]]]:
    waiting = {row.sis_id: row for row in undecided.people(session, run.id)}
    if not waiting:
        return
    for row in waiting.values():
        yield row.sis_id, _marks(row.label, row.payload, row.birth_mark)
    places = select(Staged.person, Staged.parent).where(
        Staged.run_id == run.id, Staged.kind == Kind.ENROLLMENT, Staged.parent.in_(sections)
    )
    for person, section in session.execute(places):
        if person in waiting:
            yield person, {("name", section, waiting[person].label.casefold())}


def _not_made(session: Session, run: Run, *which: ColumnElement[bool]) -> list[Change]:
    wanted = (Change.run_id == run.id, Change.action.in_(COMING), Change.state.in_(NOT_MADE))
    return list(session.scalars(select(Change).where(*wanted, not_made(), *which)))


def _lines_of(session: Session, run: Run, keys: Collection[str]) -> Mapping[str, Change]:
    of_run = (Change.run_id == run.id, Change.kind == Kind.USER)
    rows = session.scalars(select(Change).where(*of_run, Change.sis_id.in_(keys)))
    return {each.sis_id: each for each in rows}
