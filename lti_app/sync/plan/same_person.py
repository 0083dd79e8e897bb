"""One person who left the SIS and came with everything new: ID, username and email address.

The name alone is many people's. One more mark is the birth date, where the SIS tells it, or a class that both
records have; where a run reads no classes, the school together with the graduation year is. Birth dates that
differ are two people's. A person decides: nothing is linked without a press.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.models import Action, Change, ChangeState, Run, Staged
from lti_app.school.records import Kind
from lti_app.school.run_kinds import RunKind
from lti_app.sis.port import Feed
from lti_app.store import links
from lti_app.store.bulk import AT_ONCE, chunks
from lti_app.store.district import District

OPEN = (ChangeState.PLANNED, ChangeState.HELD)


@dataclass(frozen=True)
class _One:
    """A record of a person with what tells them from namesakes."""

    sis_id: str
    name: str
    building: str
    year: str


def pairs(session: Session, run: Run, states: Collection[ChangeState] = OPEN) -> dict[str, str]:
    """Old SIS id → new SIS id of people who left, now or earlier, and of people who would get an account.
    Those in two pairs are left out."""
    coming = _by_name(_new_people(session, run, states))
    left = _by_name(_who_left(session, run, coming)) if coming else {}
    alike = [(old, new) for name, olds in left.items() for old in olds for new in coming[name]]
    if not alike:
        return {}
    found = _agreeing(session, run, alike)
    olds, news = [old for old, _ in found], [new for _, new in found]
    return {old: new for old, new in found if olds.count(old) == 1 and news.count(new) == 1}


def _agreeing(session: Session, run: Run, alike: list[tuple[_One, _One]]) -> list[tuple[str, str]]:
    """The pairs of namesakes that have one more mark in common."""
    people = {each.sis_id for pair in alike for each in pair}
    born = links.todays.birth_marks(session, run, people)
    told = [(old, new) for old, new in alike if old.sis_id in born and new.sis_id in born]
    sure = [(old.sis_id, new.sis_id) for old, new in told if born[old.sis_id] == born[new.sis_id]]
    return sure + _alike_otherwise(session, run, [pair for pair in alike if pair not in told])


def _alike_otherwise(session: Session, run: Run, alike: list[tuple[_One, _One]]) -> list[tuple[str, str]]:
    """Those that have a class in common, or the school and the graduation year."""
    if Feed.SEATS not in run.notes.staged:
        return [
            (old.sis_id, new.sis_id)
            for old, new in alike
            if old.year and (old.building, old.year) == (new.building, new.year)
        ]
    wanted = _classes_wanted(session, run, {new.sis_id for _, new in alike})
    sections = {section for each in wanted.values() for section in each}
    had = _classes_had(session, run, {old.sis_id for old, _ in alike}, sections)
    return [
        (old.sis_id, new.sis_id) for old, new in alike if not wanted[new.sis_id].isdisjoint(had[old.sis_id])
    ]


def _by_name(records: Iterator[_One]) -> dict[str, list[_One]]:
    found: dict[str, list[_One]] = defaultdict(list)
    for each in records:
        if each.name:
            found[each.name].append(each)
    return found


def _new_people(session: Session, run: Run, states: Collection[ChangeState]) -> Iterator[_One]:
    rows = session.execute(
        select(Change.sis_id, Change.label, Change.building, Change.after)
        .where(
            Change.run_id == run.id,
            Change.kind == Kind.USER,
            Change.action == Action.CREATE,
            Change.state.in_(states),
        )
        .execution_options(yield_per=AT_ONCE)
    )
    for sis_id, label, building, payload in rows:
        yield _one(sis_id, label, building, payload)


def _who_left(session: Session, run: Run, names: Collection[str]) -> Iterator[_One]:
    """People who did not come, though it may not be known that they left, and those who left before."""
    district = District(session, run.installation_id)
    unread = links.todays.not_read(district, run.id, Kind.USER) if run.what != RunKind.ONE else ()
    for sis_id, label, building, payload in unread:
        if label.casefold() in names:
            yield _one(sis_id, label, building, payload)
    for sis_id, label, building, payload in links.lists.released_people(district):
        if label.casefold() in names:
            yield _one(sis_id, label, building, payload)


def _one(sis_id: str, label: str, building: str, payload: str) -> _One:
    year = json.loads(payload or "{}").get("graduation_year")
    return _One(sis_id, label.casefold(), building, str(year or ""))


def _classes_wanted(session: Session, run: Run, people: Collection[str]) -> dict[str, set[str]]:
    """Person → the sections that the SIS has them in."""
    found: dict[str, set[str]] = defaultdict(set)
    for part in chunks(sorted(people), AT_ONCE):
        mine = (Staged.run_id == run.id, Staged.kind == Kind.ENROLLMENT, Staged.person.in_(part))
        for person, section in session.execute(select(Staged.person, Staged.parent).where(*mine)):
            found[person].add(section)
    return found


def _classes_had(
    session: Session, run: Run, people: Collection[str], sections: Collection[str]
) -> dict[str, set[str]]:
    """Person → those of the sections that they are linked in, and all that the app ended them in."""
    district = District(session, run.installation_id)
    found: dict[str, set[str]] = defaultdict(set)
    for part in chunks(sorted(sections), AT_ONCE):
        for person, section in links.lists.places(district, part):
            if person in people:
                found[person].add(section)
    for part in chunks(sorted(people), AT_ONCE):
        ended = district.select(Change.person, Change.parent).where(
            Change.kind == Kind.ENROLLMENT,
            Change.action == Action.DROP,
            Change.state == ChangeState.DONE,
            Change.person.in_(part),
        )
        for person, section in session.execute(ended):
            found[person].add(section)
    return found
