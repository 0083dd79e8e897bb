"""Schools and terms that another SIS lists under other ids: which mapped one each of them takes the place of.

Only proposed: a person saves the mapping. A former school or term is one that the newest reading does not
list.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from datetime import datetime
from typing import Protocol, TypeVar

from lti_app.models import BuildingRow
from lti_app.store import audit
from lti_app.store.audit import Who
from lti_app.store.district import District

CHOICES = ("for_users", "for_courses", "for_sections", "drop_adopted")
"""What an administrator chose of a school besides its match."""


class Seen(Protocol):
    """A row of a list that is read again and again."""

    @property
    def seen_at(self) -> datetime: ...


Row = TypeVar("Row", bound=Seen)
Item = TypeVar("Item")


def unlisted(rows: Iterable[Row]) -> list[Row]:
    """The rows that the newest reading did not list."""
    rows = list(rows)
    newest = max((row.seen_at for row in rows), default=None)
    return [row for row in rows if row.seen_at != newest]


def once(items: Collection[Item], key: Callable[[Item], Hashable]) -> dict[Hashable, Item]:
    """Items by key, without empty keys and keys that appear twice."""
    counts = Counter(key(each) for each in items)
    return {key(each): each for each in items if key(each) and counts[key(each)] == 1}


def schools(
    rows: Iterable[BuildingRow], name: Callable[[BuildingRow], str]
) -> dict[str, tuple[BuildingRow, str]]:
    """SIS id of an unmapped school → the mapped one that it takes the place of, and what both have in common.

    The number is the former id where the new SIS uses it as the code of the school.
    """
    rows = list(rows)
    gone = unlisted(rows)
    former = [row for row in gone if row.schoology_id]
    fresh = [row for row in rows if not row.schoology_id and row not in gone]
    found: dict[str, tuple[BuildingRow, str]] = {}
    for why, before, after in (("number", _id, _code), ("code", _code, _code), ("name", name, name)):
        theirs, ours = once(former, before), once(fresh, after)
        for text in theirs.keys() & ours.keys():
            row, earlier = ours[text], theirs[text]
            if row.sis_id not in found and earlier not in [each for each, _ in found.values()]:
                found[row.sis_id] = (earlier, why)
    return found


def take_over(
    district: District, rows: Iterable[BuildingRow], proposed: Mapping[str, tuple[BuildingRow, str]], who: Who
) -> None:
    """A school that was just mapped as the one whose place it takes gets its choices, too, and the former one
    is not mapped any more. The caller commits."""
    by_id = {row.sis_id: row for row in rows}
    for sis_id, (former, _) in proposed.items():
        row = by_id[sis_id]
        if row.schoology_id != former.schoology_id:
            continue
        for name in CHOICES:
            setattr(row, name, getattr(former, name))
        school, new = (f"{former.name} ({former.sis_id})", f"replaced by {row.name} ({row.sis_id})")
        audit.record(district, who, "School: {}", old=former.schoology_name, new=new, named=school)
        former.schoology_id, former.schoology_name = "", ""


def _id(row: BuildingRow) -> str:
    return row.sis_id.strip().casefold()


def _code(row: BuildingRow) -> str:
    return row.code.strip().casefold()
