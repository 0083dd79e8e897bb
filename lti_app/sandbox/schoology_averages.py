"""The sandbox Schoology's own calculation of averages, independent of the app's.

Percent categories average the percentages of their items; total-point categories divide points by points.
Excused and incomplete items are left out, missing ones count as zero, factors weigh items, the lowest
percentages are dropped. Unweighted categories weigh evenly.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from lti_app.sandbox.schoology_objects import GradingCategory, Item

EXCUSED, INCOMPLETE, MISSING = 1, 2, 3
HUNDRED = Decimal(100)
Scored = tuple[Decimal, Decimal, Decimal]
"""Points earned, points possible, factor."""


def average(store: Any, section_id: int, enrollment_id: int) -> Decimal | None:
    """The overall percentage of one enrollment, or None when nothing counts yet."""
    weighted = bool(store.sections[section_id].weighted_grading_categories)
    parts: list[tuple[Decimal, Decimal]] = []
    for category in [each for each in store.categories.values() if each.section_id == section_id]:
        scored = _scored(store, section_id, enrollment_id, category.id)
        percent = _category(category, scored)
        if percent is not None:
            weight = Decimal(str(category.weight)) if weighted else Decimal(1)
            parts.append((percent, weight))
    total = sum((weight for _, weight in parts), Decimal(0))
    if not total:
        return None
    return (sum((percent * weight for percent, weight in parts), Decimal(0)) / total).quantize(
        Decimal("0.01")
    )


def _scored(store: Any, section_id: int, enrollment_id: int, category_id: int) -> list[Scored]:
    found: list[Scored] = []
    for item_id in store.items_of.get(section_id, []):
        item: Item = store.items[item_id]
        if item.grading_category != category_id or not item.count_in_grade or not item.published:
            continue
        grade = store.grades.get((enrollment_id, item_id))
        if grade is None or grade.exception in (EXCUSED, INCOMPLETE) or grade.exception > MISSING:
            continue
        if grade.grade is None and grade.exception != MISSING:
            continue
        earned = Decimal(0) if grade.exception == MISSING else Decimal(str(grade.grade))
        possible = Decimal(item.max_points)
        if possible > 0:
            found.append((earned, possible, Decimal(item.factor)))
    return found


def _category(category: GradingCategory, scored: list[Scored]) -> Decimal | None:
    kept = sorted(scored, key=lambda each: each[0] / each[1])
    kept = kept[category.drop_lowest :] if len(kept) > category.drop_lowest else kept[-1:]
    if not kept:
        return None
    if category.calculation_type == 1:
        factors = sum((factor for _, _, factor in kept), Decimal(0))
        percents = sum(
            (earned / possible * HUNDRED * factor for earned, possible, factor in kept), Decimal(0)
        )
        return percents / factors if factors else None
    possible_sum = sum((possible * factor for _, possible, factor in kept), Decimal(0))
    earned_sum = sum((earned * factor for earned, _, factor in kept), Decimal(0))
    return earned_sum / possible_sum * HUNDRED if possible_sum else None
