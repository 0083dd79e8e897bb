"""Terms of the SIS and grading periods of Schoology: refreshed, grouped, mapped, unmapped."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from lti_app import clock, formats
from lti_app.models import BuildingRow, TermRow
from lti_app.school.records import Term, TermKind
from lti_app.schoology.port import GradingPeriod
from lti_app.setup import successors
from lti_app.setup.buildings import Refreshed, sound_and_bad
from lti_app.sis.port import Sis
from lti_app.store import audit
from lti_app.store.audit import Who
from lti_app.store.district import District


@dataclass
class TermGroup:
    """Terms of the same name and days, in whatever schools: they are mapped together."""

    name: str
    start: date
    end: date
    rows: list[TermRow] = field(default_factory=list)

    @property
    def key(self) -> str:
        """The same for the same name and days, fit for the name of a form field."""
        text = f"{self.start.isoformat()}|{self.end.isoformat()}|{self.name}"
        return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()

    @property
    def period_ids(self) -> set[str]:
        """Grading periods of the group; more than one, or one and none, where it is mapped in part."""
        return {row.grading_period_id for row in self.rows}

    @property
    def period_id(self) -> str:
        """The grading period of the group, or of its mapped part."""
        return next((row.grading_period_id for row in self.rows if row.grading_period_id), "")

    @property
    def period_title(self) -> str:
        """The title of that grading period when it was mapped."""
        return next((row.grading_period_title for row in self.rows if row.grading_period_id), "")

    @property
    def mapped_in_part(self) -> bool:
        """Whether saving would map something that is not mapped the same way yet."""
        return bool(self.period_id) and len(self.period_ids) > 1

    @property
    def year(self) -> str:
        """The school year as people write it: 2026-27; empty where the SIS does not tell."""
        ending = self.rows[0].school_year
        return f"{ending - 1}-{ending % 100:02d}" if ending else ""

    @property
    def buildings(self) -> set[str]:
        """The SIS ids of the schools that have it; none means all schools."""
        told = [row.buildings for row in self.rows]
        return {each for some in told for each in some} if all(told) else set()


def term_rows(district: District) -> list[TermRow]:
    """Every term that was ever read."""
    return list(district.session.scalars(district.select(TermRow)))


def refresh_terms(district: District, sis: Sis) -> Refreshed:
    """Refresh the SIS's terms; commits. Nothing is removed and no mapping changes.

    Raises SisError, and then everything stays as it was. A row that can't be used changes nothing.
    """
    district.session.commit()
    found, bad = sound_and_bad(sis.terms())
    now = clock.now()
    known = {row.key: row for row in term_rows(district)}
    before = set(known)
    for each in found:
        row = known.get(each.key)
        if row is None:
            row = known[each.key] = TermRow(installation_id=district.id, key=each.key)
            district.session.add(row)
        _take_over(row, each)
        row.seen_at = now
    unread = {each.key for each in bad}
    for key in unread & before:
        known[key].seen_at = now
    district.session.commit()
    listed = {each.key for each in found}
    return Refreshed(len(listed), len(listed - before), len(before - listed - unread), tuple(bad))


def _take_over(row: TermRow, term: Term) -> None:
    row.name, row.start, row.end, row.order = term.name, term.start, term.end, term.order
    row.kind, row.parent, row.code, row.school_year = term.kind, term.parent, term.code, term.year
    if row.buildings != list(term.buildings):
        row.buildings = list(term.buildings)


def group_terms(rows: Iterable[TermRow]) -> list[TermGroup]:
    """Terms grouped by name and days, in the order of time."""
    groups: dict[tuple[str, date, date], TermGroup] = {}
    for row in sorted(rows, key=lambda each: (each.order, each.key)):
        found = groups.setdefault((row.name, row.start, row.end), TermGroup(row.name, row.start, row.end))
        found.rows.append(row)
    return sorted(groups.values(), key=lambda group: (group.start, group.end, group.name))


def suggested_title(group: TermGroup, taken: Collection[str]) -> str:
    """A title for a new grading period, such as "2026-27 Quarter 1", unlike any that is taken.

    Titles are unique in a Schoology organization.
    """
    summer = (
        "Summer " if group.rows[0].kind == TermKind.SUMMER and "summer" not in group.name.casefold() else ""
    )
    title = f"{group.year} {summer}{group.name}".strip()
    used = {each.casefold() for each in taken}
    if title.casefold() in used:
        title = f"{title} ({formats.short_day(group.start)} to {formats.short_day(group.end)})"
    numbered, number = title, 2
    while numbered.casefold() in used:
        numbered, number = f"{title} {number}", number + 1
    return numbered


def suggested_titles(groups: Iterable[TermGroup], taken: Iterable[str]) -> dict[str, str]:
    """Key of an unmapped group → title for a new grading period, all of them different."""
    used = set(taken)
    titles: dict[str, str] = {}
    for group in groups:
        if group.period_id:
            continue
        titles[group.key] = suggested_title(group, used)
        used.add(titles[group.key])
    return titles


def suggested_periods(groups: Iterable[TermGroup], offered: Sequence[GradingPeriod]) -> dict[str, str]:
    """Key of an unmapped group → id of the one grading period with the same days, or else of that to which
    terms with these days were mapped under the ids of another SIS."""
    groups = list(groups)
    by_days: dict[tuple[date | None, date | None], list[str]] = defaultdict(list)
    for period in offered:
        by_days[period.start, period.end].append(period.id)
    fitting = {
        group.key: by_days.get((group.start, group.end), []) for group in groups if not group.period_id
    }
    same_days = {key: found[0] for key, found in fitting.items() if len(found) == 1}
    return {**_former_periods(groups, offered), **same_days}


def _former_periods(groups: Iterable[TermGroup], offered: Sequence[GradingPeriod]) -> dict[str, str]:
    groups, known = list(groups), {each.id for each in offered}
    gone = {row.key for row in successors.unlisted([row for group in groups for row in group.rows])}
    former = [
        each
        for each in groups
        if len(each.period_ids) == 1 and each.period_id in known and all(row.key in gone for row in each.rows)
    ]
    by_days = successors.once(former, lambda each: (each.start, each.end))
    fresh = successors.once(
        [each for each in groups if not each.period_id], lambda each: (each.start, each.end)
    )
    return {fresh[days].key: by_days[days].period_id for days in fresh.keys() & by_days.keys()}


def missing(groups: Iterable[TermGroup]) -> list[TermGroup]:
    """The groups that are matched with no grading period."""
    return [group for group in groups if not group.period_id]


def with_same_days(groups: Iterable[TermGroup], offered: Collection[GradingPeriod]) -> dict[str, list[str]]:
    """Key of an unmatched group → titles of the grading periods with the same days."""
    found = {
        group.key: [each.title for each in offered if (each.start, each.end) == (group.start, group.end)]
        for group in missing(groups)
    }
    return {key: titles for key, titles in found.items() if titles}


def save_terms(
    district: District,
    wanted: Mapping[str, str],
    offered: Collection[GradingPeriod],
    *,
    who: Who,
) -> int:
    """Map groups to grading periods by id (empty text: not synced). Returns how many groups changed.

    A grading period that is not offered is ignored. The caller commits.
    """
    periods = {each.id: each for each in offered}
    changed = 0
    for group in group_terms(term_rows(district)):
        target = wanted.get(group.key)
        if target is None or group.period_ids == {target} or (target and target not in periods):
            continue
        before = group.rows[0].grading_period_title or group.period_id or "not synced"
        _map(group, periods.get(target))
        after = group.rows[0].grading_period_title or "not synced"
        term = f"{group.name} ({formats.days(group.start, group.end)})"
        before = f"{before}, in part" if before == after else before
        audit.record(district, who, "Term: {}", old=before, new=after, named=term)
        changed += 1
    return changed


def _map(group: TermGroup, period: GradingPeriod | None) -> None:
    for row in group.rows:
        row.grading_period_id = period.id if period else ""
        row.grading_period_title = period.title if period else ""
        row.grading_period_start = period.start if period else None
        row.grading_period_end = period.end if period else None


def unmapped_by(groups: Iterable[TermGroup], wanted: Mapping[str, str]) -> list[TermGroup]:
    """The groups that are mapped now and would not be."""
    return [group for group in groups if group.period_id and wanted.get(group.key, group.period_id) == ""]


def building_names(district: District) -> dict[str, str]:
    """SIS id → name."""
    rows = district.session.execute(district.select(BuildingRow.sis_id, BuildingRow.name))
    return {sis_id: name for sis_id, name in rows}
