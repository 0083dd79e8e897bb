"""The sandbox Schoology's own calculation of averages, independent of the app's.

Percent categories average the percentages of their items; total-point categories divide points by points.
Excused and incomplete items are left out, missing ones count as zero unless the course has turned that off,
factors weigh items, a factor of zero leaves an item out, and the lowest percentages are dropped. Items for no
points are extra credit beside others of their category, except tests. Unweighted categories weigh evenly.
Half a hundredth is rounded up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from lti_app.sandbox.numbers import read_number
from lti_app.sandbox.schoology.objects import Grade, GradingCategory, Item

EXCUSED, INCOMPLETE, MISSING = 1, 2, 3
HUNDRED = Decimal(100)
Scored = tuple[Decimal, Decimal, Decimal]
"""Points earned, points possible, factor."""


def average(store: Any, section_id: int, enrollment_id: int) -> Decimal | None:
    """The overall percentage of one enrollment, or None when nothing counts yet."""
    return averages(store, section_id, [enrollment_id])[enrollment_id]


def averages(store: Any, section_id: int, enrollment_ids: Iterable[int]) -> dict[int, Decimal | None]:
    """The overall percentage of enrollments; what is the same for all of them is looked up once."""
    section = store.sections[section_id]
    weighted = bool(section.weighted_grading_categories)
    columns = [
        (each, Decimal(str(each.weight)) if weighted else Decimal(1), _columns(store, section_id, each.id))
        for each in store.categories.values()
        if each.section_id == section_id
    ]
    grades = store.grades
    if not section.missing_counts:
        grades = {place: each for place, each in grades.items() if each.exception != MISSING}
    return {each: _overall(grades, each, columns) for each in enrollment_ids}


def _overall(
    grades: Mapping[tuple[int, int], Grade],
    enrollment_id: int,
    columns: Iterable[tuple[GradingCategory, Decimal, list[tuple[int, Decimal, Decimal]]]],
) -> Decimal | None:
    parts: list[tuple[Decimal, Decimal]] = []
    for category, weight, items in columns:
        percent = _category(category, _scored(grades, enrollment_id, items))
        if percent is not None:
            parts.append((percent, weight))
    total = sum((weight for _, weight in parts), Decimal(0))
    if not total:
        return None
    exact = sum((percent * weight for percent, weight in parts), Decimal(0)) / total
    return round_half_up(exact)


def round_half_up(exact: Decimal) -> Decimal:
    """Two places; the tail of a division that does not come out even must not decide a half."""
    return exact.quantize(Decimal("1e-12")).quantize(Decimal("0.01"), ROUND_HALF_UP)


def _columns(store: Any, section_id: int, category_id: int) -> list[tuple[int, Decimal, Decimal]]:
    """The items of a category that count: id, points possible, factor."""
    found = []
    for item_id in store.items_of.get(section_id, []):
        item: Item = store.items[item_id]
        counts = item.count_in_grade and item.published and not item.collected_only
        if item.grading_category != category_id or not counts:
            continue
        possible, factor = read_number(item.max_points), read_number(item.factor)
        if possible is None or factor is None:
            continue  # a text that is no number counts for nothing
        if factor > 0 and (possible > 0 or item.type != "assessment"):
            found.append((item_id, possible, factor))
    return found


def _scored(
    grades: Mapping[tuple[int, int], Grade], enrollment_id: int, items: list[tuple[int, Decimal, Decimal]]
) -> list[Scored]:
    found: list[Scored] = []
    for item_id, possible, factor in items:
        grade = grades.get((enrollment_id, item_id))
        if grade is None or grade.exception in (EXCUSED, INCOMPLETE) or grade.exception > MISSING:
            continue
        if grade.grade is None and grade.exception != MISSING:
            continue
        earned = Decimal(0) if grade.exception == MISSING else Decimal(str(grade.grade))
        found.append((earned, possible, factor))
    return found


def _category(category: GradingCategory, scored: list[Scored]) -> Decimal | None:
    graded = sorted(
        (each for each in scored if each[1] > 0),
        key=lambda each: (each[0] / each[1], -each[1] * each[2], -each[2]),
    )
    if not graded:
        return None
    kept = graded[category.drop_lowest :] or graded[-1:]
    extra = sum((earned * factor for earned, possible, factor in scored if not possible), Decimal(0))
    if category.calculation_type == 1:
        factors = sum((factor for _, _, factor in kept), Decimal(0))
        percents = (earned / possible * HUNDRED * factor for earned, possible, factor in kept)
        return (sum(percents, Decimal(0)) + extra) / factors
    possible_sum = sum((possible * factor for _, possible, factor in kept), Decimal(0))
    earned_sum = sum((earned * factor for earned, _, factor in kept), Decimal(0))
    return (earned_sum + extra) / possible_sum * HUNDRED
