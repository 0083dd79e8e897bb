"""The grade arithmetic of both gradebooks, in Decimal (docs/parity.md has the rules and their sources).

Both systems do the same three things: leave some work out, average what is left by category, and put the
categories together. They differ in what they leave out (`schoology_cell`, `sis_cell`) and in the settings of
the rest (`schoology_rules`, `sis_rules`); `average` is the common part.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal, localcontext
from enum import StrEnum

from lti_app.school.gradebook import (
    Assignment,
    Calculation,
    Grade,
    GradebookSettings,
    GradeCategory,
    GradedItem,
    ScoreException,
    ScoreFlag,
    SisCategory,
    SisScore,
)

ZERO, ONE, HUNDRED = Decimal(0), Decimal(1), Decimal(100)
CENT = Decimal("0.01")
_EXACT = Context(prec=60)
_SETTLED = Decimal("1e-20")
"""Quotients carry 60 digits and are settled to 20 decimals before they are rounded or cut off: a third of 30
is ten and not a hair less."""


class Overall(StrEnum):
    """How the categories of a gradebook become one average."""

    POINTS = "points"
    """All points earned over all points possible, whatever the category."""
    WEIGHTS = "weights"
    EVEN = "even"


@dataclass(frozen=True)
class Cell:
    """One piece of work that counts for one student; it is a bonus when nothing is `possible`."""

    category: str
    earned: Decimal
    possible: Decimal
    factor: Decimal = ONE

    @property
    def share(self) -> Decimal:
        """The part of the points that was earned; there must be some to earn."""
        return self.earned / self.possible


@dataclass(frozen=True)
class CategoryRule:
    """How one category counts."""

    weight: Decimal = ONE
    drop_lowest: int = 0
    calculation: Calculation = Calculation.TOTAL_POINTS


@dataclass(frozen=True)
class Rules:
    """How a gradebook counts; work in a category that is not named here does not."""

    overall: Overall
    categories: Mapping[str, CategoryRule]
    truncates: bool = False


def average(cells: Iterable[Cell], rules: Rules) -> Decimal | None:
    """The average in percent with two decimals, or None while nothing counts."""
    with localcontext(_EXACT):
        by_category: dict[str, list[Cell]] = {}
        for cell in cells:
            if cell.category in rules.categories:
                by_category.setdefault(cell.category, []).append(cell)
        sums = {
            category: _sums(_kept(own, rules.categories[category].drop_lowest), rules.categories[category])
            for category, own in by_category.items()
        }
        exact = _overall(sums, rules)
        return None if exact is None else rounded(exact, truncates=rules.truncates)


def rounded(value: Decimal, *, truncates: bool = False, step: Decimal = CENT) -> Decimal:
    """A value as a gradebook shows it: a half rounds up, or everything behind the last place is cut off."""
    with localcontext(_EXACT):
        return value.quantize(_SETTLED).quantize(step, ROUND_DOWN if truncates else ROUND_HALF_UP)


def _kept(cells: list[Cell], drop: int) -> list[Cell]:
    """The lowest percentages go, of equal ones that worth most; never the last one, and never a bonus."""
    if not drop:
        return cells
    graded = [cell for cell in cells if cell.possible]
    graded.sort(key=lambda cell: (cell.share, -cell.possible * cell.factor, -cell.factor))
    bonus = [cell for cell in cells if not cell.possible]
    return graded[min(drop, max(0, len(graded) - 1)) :] + bonus


def _sums(cells: list[Cell], rule: CategoryRule) -> tuple[Decimal, Decimal]:
    """Earned and possible. By percent each piece of work is worth a hundred, times its factor."""
    if rule.calculation is Calculation.TOTAL_POINTS:
        earned = sum((cell.earned * cell.factor for cell in cells), ZERO)
        return earned, sum((cell.possible * cell.factor for cell in cells), ZERO)
    graded = [cell for cell in cells if cell.possible]
    percents = sum((cell.share * HUNDRED * cell.factor for cell in graded), ZERO)
    bonus = sum((cell.earned * cell.factor for cell in cells if not cell.possible), ZERO)
    return percents + bonus, sum((HUNDRED * cell.factor for cell in graded), ZERO)


def _overall(sums: Mapping[str, tuple[Decimal, Decimal]], rules: Rules) -> Decimal | None:
    if rules.overall is Overall.POINTS:
        possible = sum((each for _, each in sums.values()), ZERO)
        return sum((each for each, _ in sums.values()), ZERO) * HUNDRED / possible if possible else None
    parts = [
        (ONE if rules.overall is Overall.EVEN else rules.categories[category].weight, earned / possible)
        for category, (earned, possible) in sums.items()
        if possible
    ]
    total = sum((weight for weight, _ in parts), ZERO)
    return sum((weight * share for weight, share in parts), ZERO) * HUNDRED / total if total else None


def is_graded(item: GradedItem) -> bool:
    """Whether Schoology counts the item at all: in a category, published, and not a test for no points."""
    counts = item.category_id and item.counts and item.published and not item.collected_only
    if not counts or item.max_points is None:
        return False
    return item.max_points > 0 or (item.max_points == 0 and item.kind != "assessment")


def schoology_cell(item: GradedItem, grade: Grade | None, *, missing_counts: bool = True) -> Cell | None:
    """How Schoology counts a grade, or None when it leaves it out. Missing work counts as zero, unless the
    course has turned that off."""
    if grade is None or not is_graded(item) or item.factor <= 0 or item.max_points is None:
        return None
    if grade.exception is ScoreException.MISSING:
        return Cell(item.category_id, ZERO, item.max_points, item.factor) if missing_counts else None
    if grade.exception is not ScoreException.NONE or grade.score is None:
        return None
    return Cell(item.category_id, grade.score, item.max_points, item.factor)


def schoology_rules(categories: Iterable[GradeCategory], unweighted: Overall = Overall.EVEN) -> Rules:
    """The rules of a Schoology section; `unweighted` is what it does while category weights are off."""
    known = tuple(categories)
    weighted = any(category.weight is not None for category in known)
    return Rules(
        Overall.WEIGHTS if weighted else unweighted,
        {
            each.id: CategoryRule(
                each.weight or ZERO if weighted else ONE, each.drop_lowest, each.calculation
            )
            for each in known
        },
    )


def in_period(settings: GradebookSettings, session: int, term: str) -> GradebookSettings:
    """The settings of one session, each category with the row that holds in the term."""
    chosen: dict[str, SisCategory] = {}
    for each in settings.categories:
        named = term in each.terms
        if each.session == session and (each.code not in chosen or named):
            chosen[each.code] = each
    return replace(settings, categories=tuple(chosen.values()))


def sis_cell(
    assignment: Assignment, score: SisScore | None, settings: GradebookSettings, today: date
) -> Cell | None:
    """How the SIS counts a score, or None when it leaves it out; the settings are those `in_period`.

    Work that is due after today does not count yet, scored or not. Without a score it is missing from the day
    after it was due: zero, if the SIS says that the category counts missing work. A mark excludes, or is a
    percentage.
    """
    category = next((each for each in settings.categories if each.code == assignment.category), None)
    weight = ONE if assignment.weight is None else assignment.weight
    if category is None or assignment.due > today or weight <= 0:
        return None
    mark = next((each for each in settings.marks if score and each.code == score.mark), None)
    if (mark is not None and mark.exclude) or (score is not None and score.flag is ScoreFlag.EXEMPT):
        return None
    earned = score.score if score else None
    if mark is not None and mark.percent is not None:
        earned = assignment.points * mark.percent / HUNDRED
    if earned is None and (assignment.due >= today or category.exclude_missing is not False):
        return None
    return Cell(assignment.category, earned or ZERO, assignment.points, weight)


def sis_rules(settings: GradebookSettings) -> Rules | None:
    """The rules of one session of an SIS gradebook; the settings are those `in_period`.

    None when the SIS does not tell all that an average takes.
    """
    if settings.untold or settings.calculation is None:
        return None
    overall = Overall.POINTS if settings.total_points else Overall.WEIGHTS
    rules = {
        each.code: CategoryRule(
            ONE if each.weight is None else each.weight, each.drop_lowest or 0, settings.calculation
        )
        for each in settings.categories
    }
    return Rules(overall, rules, bool(settings.truncates))
