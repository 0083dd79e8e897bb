"""Before the first sync: how many new people have a name or an address that Schoology has."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, select
from sqlalchemy.orm import Session

from lti_app.models import Run, RunState, Staged, StagedState
from lti_app.outbound.errors import Permanent
from lti_app.school.records import Kind
from lti_app.schoology.port import Schoology
from lti_app.store import links
from lti_app.store.district import District
from lti_app.sync.data_prep import undecided
from lti_app.sync.data_prep.matching_keys import plain

SHARE = 0.2
"""From more than this share of the people on, the administrator is warned and the creates wait."""
FEW = 20
"""So many people may have been synced one by one while the first sync is still to come."""
COUNTED = "already_there"
PEOPLE = ("all", "users")
NAMED = ("first_name", "last_name", "email")
EXPORTED = ("name_first", "name_last", "mail")


@dataclass(frozen=True)
class Already:
    """So many people of so many who would be made."""

    number: int
    of: int

    @property
    def is_many(self) -> bool:
        """More than can be chance."""
        return self.of > 0 and self.number > SHARE * self.of


def look(session: Session, schoology: Schoology, run: Run) -> None:
    """Before the first plan of people, which is while more are to be made than are linked: compare them with
    Schoology's own list, without those that the app has linked, and note the numbers.

    Names and addresses are kept as numbers while it compares, and nowhere afterwards. Commits.
    """
    mine = run.installation_id
    district = District(session, mine)
    linked = links.conditions.is_linked(mine, Kind.USER, sis_id=Staged.sis_id)
    wanted = and_(Staged.run_id == run.id, Staged.kind == Kind.USER, Staged.state == StagedState.OK, ~linked)
    if run.what not in PEOPLE or _unlinked(session, wanted) <= _linked(district):
        return
    undecided.exclude(district, run.id)
    session.commit()
    ours = links.read.all_schoology_ids(district, Kind.USER)
    try:
        there = {
            mark
            for row in schoology.people()
            if str(row.get("uid")) not in ours
            for mark in _marks(*(row.get(name) for name in EXPORTED))
        }
    except Permanent:
        return
    number = of = 0
    query = select(Staged.payload).where(wanted).execution_options(yield_per=1000)
    for payload in session.scalars(query):
        person = json.loads(payload)
        of += 1
        number += not there.isdisjoint(_marks(*(person[name] for name in NAMED)))
    run.counts = {**run.counts, COUNTED: {"number": number, "of": of}}
    session.commit()


def _marks(first: Any, last: Any, email: Any) -> list[int]:
    """A name and an address as numbers."""
    marks = [hash((plain(first), plain(last)))] if first and last else []
    return [*marks, hash(str(email).strip().casefold())] if email else marks


def of_run(run: Run | None) -> Already | None:
    """What was counted for a run."""
    counted = run.counts.get(COUNTED) if run is not None else None
    return Already(counted["number"], counted["of"]) if counted else None


def _linked(district: District) -> int:
    return links.counts.every(district, Kind.USER)


def _unlinked(session: Session, wanted: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(Staged).where(wanted)) or 0


def nobody_linked(district: District) -> bool:
    """Whether people were neither synced nor paired so far, a few single ones aside."""
    synced = exists().where(
        Run.installation_id == district.id,
        Run.what.in_(PEOPLE),
        Run.plan_only.is_(False),
        Run.state.in_((RunState.DONE, RunState.DONE_WITH_PROBLEMS)),
    )
    return _linked(district) <= FEW and not district.session.scalar(select(synced))


def warning(district: District) -> Already | None:
    """What the newest plan counted, while it is too much and fewer are linked than it would make."""
    newest = district.session.scalars(
        district.select(Run).where(Run.what.in_(PEOPLE), Run.digest != "").order_by(Run.id.desc()).limit(1)
    ).first()
    found = of_run(newest)
    if found is None or not found.is_many or _linked(district) >= found.of:
        return None
    return found
