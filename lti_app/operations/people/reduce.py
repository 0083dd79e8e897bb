"""What is kept of people who left: ids, once they left longer ago than the district keeps such people."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Table, select

from lti_app.models import UNFINISHED, Run
from lti_app.operations.people.erase import deal
from lti_app.operations.people.holds import Held
from lti_app.operations.people.person import TABLES, Ids, students_of
from lti_app.operations.people.places import PLACES, Fate
from lti_app.store import links
from lti_app.store.bulk import chunks
from lti_app.store.district import District

AT_ONCE = 100
"""People in one statement."""
MOST = 1000
"""People in one day, so that the first day of a large district takes no longer than others."""


def reduce_people_who_left(district: District, before: datetime, held: Held) -> int:
    """Reduce to ids what is kept of people who left before a moment and aren't on hold; how many. Commits."""
    number = 0
    on_hold = {each.key for each in held.people}
    left = [each for each in links.leaving.left_before(district, before, MOST) if each[0] not in on_hold]
    for part in chunks(left, AT_ONCE):
        students = frozenset(one for key, _ in part for one in students_of(key))
        ids = Ids(
            keys=frozenset(key for key, _ in part), uids=frozenset(uid for _, uid in part), students=students
        )
        for name, place in PLACES.items():
            if place.left is not Fate.KEEP:
                deal(district, TABLES[name], ids, place.left, *_of_runs(district, TABLES[name], before))
        district.session.commit()
        number += len(part)
    return number


def _of_runs(district: District, table: Table, before: datetime) -> list[ColumnElement[bool]]:
    """Of what runs have read and done only that of runs from before they left, which are over."""
    if "run_id" not in table.c:
        return []
    over = district.select(Run.id).where(Run.finished_at < before, Run.state.not_in(UNFINISHED))
    return [table.c.run_id.in_(select(over.subquery().c.id))]
