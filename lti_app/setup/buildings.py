"""Buildings of the SIS and of Schoology: refreshed, suggested in pairs, mapped, unmapped."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from lti_app import clock
from lti_app.models import BuildingRow
from lti_app.school.bad_rows import BadRow
from lti_app.school.records import Building, Kind, Term
from lti_app.schoology.port import SchoologyBuilding
from lti_app.setup import successors
from lti_app.sis.port import Sis
from lti_app.store import audit, links
from lti_app.store.audit import Who
from lti_app.store.district import District

School = BuildingRow | SchoologyBuilding
T = TypeVar("T", BuildingRow, SchoologyBuilding)
Listed = TypeVar("Listed", Building, Term)
Key = Callable[[School], str]

FIELDS = ("name", "code", "address", "city", "state", "postal_code", "phone")
GENERIC = {"school", "the", "of", "and"}
"""Words that don't help to tell schools apart."""
LONG_FORMS = {
    "hs": "high",
    "ms": "middle",
    "es": "elementary",
    "elem": "elementary",
    "jr": "junior",
    "sr": "senior",
    "st": "saint",
    "acad": "academy",
}


@dataclass(frozen=True)
class Refreshed:
    """What a refresh of the SIS's list found: all entries, new ones, those no longer listed, and rows that
    can't be used."""

    total: int
    new: int
    gone: int
    bad: tuple[BadRow, ...] = ()


@dataclass(frozen=True)
class Suggestion:
    """A Schoology building that seems to be the same school, and why."""

    schoology: SchoologyBuilding
    why: str


def building_rows(district: District) -> list[BuildingRow]:
    """Every building of the SIS that was ever read, by name."""
    found = district.session.scalars(district.select(BuildingRow))
    return sorted(found, key=lambda row: (row.name.casefold(), row.sis_id))


def refresh_buildings(district: District, sis: Sis) -> Refreshed:
    """Refresh the SIS's buildings; commits. Nothing is removed and no mapping changes.

    Raises SisError, and then everything stays as it was. Buildings out of the district are left out. A row
    that can't be used changes nothing.
    """
    district.session.commit()
    every, bad = sound_and_bad(sis.buildings())
    found = [each for each in every if not each.out_of_district]
    now = clock.now()
    known = {row.sis_id: row for row in building_rows(district)}
    for each in found:
        row = known.get(each.sis_id)
        if row is None:
            row = BuildingRow(installation_id=district.id, sis_id=each.sis_id)
            district.session.add(row)
        _copy(each, row)
        row.seen_at = now
    unread = {each.key for each in bad}
    for key in unread & known.keys():
        known[key].seen_at = now
    district.session.commit()
    listed = {each.sis_id for each in found}
    return Refreshed(len(found), len(listed - known.keys()), len(known.keys() - listed - unread), tuple(bad))


def sound_and_bad(listed: Iterable[Listed | BadRow]) -> tuple[list[Listed], list[BadRow]]:
    """What a list of the SIS holds, and its rows that can't be used."""
    every = list(listed)
    bad = [each for each in every if isinstance(each, BadRow)]
    return [each for each in every if not isinstance(each, BadRow)], bad


def _copy(record: Building, row: BuildingRow) -> None:
    for name in FIELDS:
        setattr(row, name, getattr(record, name))


def no_longer_listed(rows: Collection[BuildingRow]) -> set[str]:
    """SIS ids of buildings that the newest reading did not list."""
    return {row.sis_id for row in successors.unlisted(rows)}


def suggestions(rows: Iterable[BuildingRow], offered: Collection[SchoologyBuilding]) -> dict[str, Suggestion]:
    """SIS id → the Schoology building of the school that it takes the place of in another SIS, else the one
    with the same code, else with the same name, when that is plain.

    Any other Schoology building that is mapped, and a code or name that appears twice, isn't suggested.
    """
    rows = list(rows)
    known = {each.id: each for each in offered}
    taken = {row.schoology_id for row in rows if row.schoology_id}
    free = [each for each in offered if each.id not in taken]
    open_rows = [row for row in rows if not row.schoology_id]
    pairs = {
        sis_id: Suggestion(known[former.schoology_id], f"same {why} as {former.name} before")
        for sis_id, (former, why) in successors.schools(rows, _name).items()
        if former.schoology_id in known
    }
    keys: tuple[tuple[str, Key], ...] = (("code", _code), ("name", _name))
    for why, key in keys:
        theirs = _once(free, key)
        ours = _once(open_rows, key)
        for text in theirs.keys() & ours.keys():
            row, schoology = ours[text], theirs[text]
            used = {each.schoology.id for each in pairs.values()}
            if row.sis_id not in pairs and schoology.id not in used:
                pairs[row.sis_id] = Suggestion(schoology, f"same {why}")
    return pairs


def _code(each: School) -> str:
    return each.code.strip().casefold()


def _name(each: School) -> str:
    return plain_name(each.name)


def _once(items: Collection[T], key: Key) -> dict[str, T]:
    """Items by key, without empty keys and keys that appear twice."""
    counts = Counter(key(each) for each in items)
    return {key(each): each for each in items if key(each) and counts[key(each)] == 1}


def plain_name(name: str) -> str:
    """A school's name without accents, case, punctuation, short forms and words that all schools share."""
    flat = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()
    words = [LONG_FORMS.get(word, word) for word in re.findall(r"[a-z0-9]+", flat.replace("'", ""))]
    return " ".join(word for word in words if word not in GENERIC)


def unmapped_by(rows: Iterable[BuildingRow], wanted: Mapping[str, str]) -> list[BuildingRow]:
    """The buildings that are mapped now and would not be."""
    return [row for row in rows if row.schoology_id and not wanted.get(row.sis_id, row.schoology_id)]


def count_outside(district: District, sis_ids: Collection[str]) -> dict[Kind, int]:
    """How many linked objects of these buildings would no longer be kept up to date. Nothing is dropped."""
    return links.counts.by_kind(district, sis_ids)


def save_buildings(
    district: District,
    wanted: Mapping[str, str],
    offered: Collection[SchoologyBuilding],
    *,
    who: Who,
) -> int:
    """Map SIS ids to Schoology ids (empty text: not synced). Returns how many changed. The caller commits.

    A Schoology id that is not offered is ignored, unless it is the one already kept.
    """
    names = {each.id: each.name for each in offered}
    rows, changed = building_rows(district), 0
    proposed = successors.schools(rows, _name)
    for row in rows:
        target = wanted.get(row.sis_id, row.schoology_id)
        if target == row.schoology_id or (target and target not in names):
            continue
        before = row.schoology_name or row.schoology_id or "not synced"
        row.schoology_id, row.schoology_name = target, names.get(target, "")
        after = row.schoology_name or "not synced"
        school = f"{row.name} ({row.sis_id})"
        audit.record(district, who, "School: {}", old=before, new=after, named=school)
        changed += 1
    successors.take_over(district, rows, proposed, who)
    return changed


def shared(rows: Iterable[BuildingRow]) -> list[str]:
    """Names of the Schoology buildings to which more than one building of the SIS goes."""
    counts = Counter((row.schoology_id, row.schoology_name) for row in rows if row.schoology_id)
    return sorted(name for (_, name), number in counts.items() if number > 1)
