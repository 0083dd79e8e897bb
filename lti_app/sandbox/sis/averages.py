"""A student's average in one marking period, by the rules of the section's gradebook settings.

Own reading of the vendor's documents, for the sandbox: within a category the lowest percentages are dropped
(never the last one that counts); total points adds up what is left; category weights average the categories
that have something to count. Work that is due after today does not count yet, even with a score; work that
was due before today without a score counts as zero unless the category excludes missing work. Two decimal
places, rounded half up or cut off.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import NamedTuple

_CENT = Decimal("0.01")
_TAIL = Decimal("1e-12")
"""Truncating directly would turn a 45 that divisions left at 44.999… into 44.99."""


@dataclass(frozen=True, slots=True)
class Category:
    """A category of one session; the allow-list says in which marking periods it may be used."""

    session: int
    code: str
    category_id: int
    description: str
    marking_periods: tuple[str, ...]
    weight: Decimal
    drop_lowest: int
    exclude_missing: bool


@dataclass(frozen=True, slots=True)
class AlphaMark:
    """A mark that is a word: it excludes the work, or counts as a percentage."""

    code: str
    description: str
    exclude: bool
    percent: Decimal | None


@dataclass(frozen=True, slots=True)
class Work:
    """One assignment as it counts for one student."""

    category: str
    points: Decimal
    weight: Decimal
    due: date
    score: Decimal | None = None
    mark: AlphaMark | None = None


class _Counted(NamedTuple):
    earned: Decimal
    possible: Decimal

    @property
    def share(self) -> Decimal:
        return self.earned / self.possible if self.possible else Decimal(1)


def average(
    work: Iterable[Work], categories: Iterable[Category], today: date, *, by_weight: bool, cut_off: bool
) -> Decimal | None:
    """The average in percent, or None while nothing counts."""
    known = {category.code: category for category in categories}
    counted: dict[str, list[_Counted]] = {}
    for item in work:
        category = known[item.category]
        result = _count(item, category.exclude_missing, today)
        if result is not None:
            counted.setdefault(item.category, []).append(result)
    kept = {code: _drop_lowest(results, known[code].drop_lowest) for code, results in counted.items()}
    exact = _by_weight(kept, known) if by_weight else _share(row for rows in kept.values() for row in rows)
    if exact is None:
        return None
    settled = (exact * 100).quantize(_TAIL)
    return settled.quantize(_CENT, ROUND_DOWN if cut_off else ROUND_HALF_UP)


def _count(item: Work, exclude_missing: bool, today: date) -> _Counted | None:
    possible = item.points * item.weight
    if item.due > today or (item.mark is not None and item.mark.exclude):
        return None
    if item.mark is not None and item.mark.percent is not None:
        return _Counted(possible * item.mark.percent / 100, possible)
    if item.score is not None:
        return _Counted(item.score * item.weight, possible)
    missing = item.due < today and not exclude_missing
    return _Counted(Decimal(0), possible) if missing else None


def _drop_lowest(results: list[_Counted], number: int) -> list[_Counted]:
    """Work for no points is a bonus: it is neither dropped nor enough to be the last one."""
    graded = sorted((row for row in results if row.possible), key=lambda row: (row.share, -row.possible))
    bonus = [row for row in results if not row.possible]
    return graded[min(number, max(0, len(graded) - 1)) :] + bonus


def _share(results: Iterable[_Counted]) -> Decimal | None:
    rows = list(results)
    possible = sum((row.possible for row in rows), Decimal(0))
    if not possible:
        return None
    return sum((row.earned for row in rows), Decimal(0)) / possible


def _by_weight(kept: dict[str, list[_Counted]], known: dict[str, Category]) -> Decimal | None:
    shares = {code: _share(rows) for code, rows in kept.items()}
    weighed = [(known[code].weight, share) for code, share in shares.items() if share is not None]
    total = sum((weight for weight, _ in weighed), Decimal(0))
    if not total:
        return None
    return sum((weight * share for weight, share in weighed), Decimal(0)) / total
