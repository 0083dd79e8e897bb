"""Finds why two averages differ: each suspect is fixed on paper, and both averages are taken again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from lti_app.grades.parity.pairs import Pair
from lti_app.school.average_codes import Cause
from lti_app.school.gradebook import Calculation
from lti_app.school.scores import ONE, ZERO, CategoryRule, Cell, Overall, Rules, average

Averages = tuple[Decimal | None, Decimal | None]
_TAKEN_OUT = (Cause.UNMAPPED_ITEM, Cause.OPTED_OUT)
"""No one knows where in the SIS such an item would count: it is taken out of the Schoology side instead."""
_SEEN = frozenset(
    (
        Cause.UNMAPPED_ITEM,
        Cause.OPTED_OUT,
        Cause.UNSYNCED_ITEM,
        Cause.WAITS,
        Cause.UNREADABLE,
        Cause.OTHER_PERIOD,
        Cause.ONLY_IN_SIS,
        Cause.POINTS,
        Cause.OTHER_CATEGORY,
    )
)
"""What two gradebooks differ in, however the SIS counts."""


@dataclass(frozen=True)
class Case:
    """Both gradebooks for one student in one term.

    `codes` is Schoology category → SIS category.
    """

    pairs: tuple[Pair, ...]
    schoology: Rules
    sis: Rules
    codes: Mapping[str, str]
    told: bool = True
    """Whether the SIS tells how it counts; without that its average cannot be calculated here."""

    def used(self) -> list[str]:
        """The Schoology categories in which something counts."""
        counted = [pair.schoology.category for pair in self.pairs if pair.schoology]
        return list(dict.fromkeys(counted))

    def group(self, category: str) -> list[str]:
        """The used categories that go to the same SIS category as this one."""
        code = self.codes.get(category)
        return [each for each in self.used() if code and self.codes.get(each) == code] or [category]

    def theirs(self, category: str) -> CategoryRule | None:
        """The SIS rule for a Schoology category."""
        return self.sis.categories.get(self.codes.get(category, ""))


def averages(case: Case, mended: frozenset[Cause] = frozenset()) -> Averages:
    """Schoology's average and that of the SIS, if the differences named were fixed."""
    here: list[Cell] = []
    there: list[Cell] = []
    for pair in case.pairs:
        one, other = _mend(pair, mended)
        here += [one] if one else []
        there += [other] if other else []
    rules = _mend_rules(case, mended)
    if Cause.MERGED_CATEGORIES in mended:
        here = [replace(cell, category=case.codes.get(cell.category, cell.category)) for cell in here]
    return average(here, rules), average(there, case.sis) if case.told else None


def find(case: Case) -> list[Cause]:
    """The one reason that alone explains the difference, else the fewest that do so together."""
    suspects = suspected(case)
    for reason in suspects:
        if _equal(case, {reason}):
            return [reason]
    needed = list(suspects)
    for reason in reversed(suspects):
        rest = [each for each in needed if each is not reason]
        if rest and _equal(case, set(rest)):
            needed = rest
    return needed


def _equal(case: Case, mended: set[Cause]) -> bool:
    here, there = averages(case, frozenset(mended))
    return here == there


def work_suspects(case: Case) -> list[Cause]:
    """The differences that need no rule of the SIS to be seen."""
    found = {pair.reason for pair in case.pairs if pair.reason in _SEEN}
    found |= {reason for pair in case.pairs for reason in work_differences(pair) if reason in _SEEN}
    return [reason for reason in Cause if reason in found]


def suspected(case: Case) -> list[Cause]:
    """Everything in which the two gradebooks differ, in the order of Cause."""
    found = {pair.reason for pair in case.pairs if pair.reason}
    found |= {reason for pair in case.pairs for reason in work_differences(pair)}
    used = case.used()
    if any(case.schoology.categories[each].calculation is Calculation.PERCENT for each in used):
        found.add(Cause.CALCULATION_TYPE)
    if any(case.theirs(each) and other_drop(case, each) for each in used):
        found.add(Cause.DROPPED_ITEM)
    if any(len(case.group(each)) > 1 for each in used):
        found.add(Cause.MERGED_CATEGORIES)
    if case.schoology.truncates is not case.sis.truncates:
        found.add(Cause.ROUNDING)
    found |= _overall_differences(case, used)
    return [reason for reason in Cause if reason in found]


def work_differences(pair: Pair) -> list[Cause]:
    """In which of its own settings an assignment differs from its item."""
    here, assignment = pair.schoology, pair.work.assignment
    if here is None or assignment is None:
        return []
    differs = {
        Cause.FACTOR: assignment.weight is not None and here.factor != assignment.weight,
        Cause.POINTS: here.possible != assignment.points,
        Cause.OTHER_CATEGORY: assignment.category != pair.code,
    }
    return [reason for reason, is_so in differs.items() if is_so]


def other_drop(case: Case, category: str) -> bool:
    """Whether the SIS drops another number of scores than Schoology does in a category."""
    theirs = case.theirs(category)
    return theirs is not None and theirs.drop_lowest != case.schoology.categories[category].drop_lowest


def other_weight(case: Case, category: str) -> bool:
    """Whether the SIS weighs a category otherwise than the Schoology categories that go to it."""
    theirs = case.theirs(category)
    ours = sum((case.schoology.categories[each].weight for each in case.group(category)), ZERO)
    return theirs is not None and theirs.weight != ours


def _overall_differences(case: Case, used: list[str]) -> set[Cause]:
    weighs = case.schoology.overall is Overall.WEIGHTS
    if case.sis.overall is Overall.WEIGHTS:
        matches = weighs and not any(other_weight(case, each) for each in used)
        return set() if matches else {Cause.CATEGORY_WEIGHT}
    if weighs:
        return {Cause.CATEGORY_WEIGHT}
    return {Cause.TOTAL_POINTS} if case.schoology.overall is Overall.EVEN and len(used) > 1 else set()


def _mend(pair: Pair, mended: frozenset[Cause]) -> tuple[Cell | None, Cell | None]:
    here, there, assignment = pair.schoology, pair.sis, pair.work.assignment
    if pair.reason in mended:
        if pair.reason in _TAKEN_OUT and assignment is None:
            here = None
        elif here is None or assignment is None:
            there = replace(here, category=pair.code) if here else None
        else:
            weight = ONE if assignment.weight is None else assignment.weight
            there = Cell(assignment.category, here.earned, assignment.points, weight)
    if here and there:
        there = Cell(
            pair.code if Cause.OTHER_CATEGORY in mended else there.category,
            there.earned,
            here.possible if Cause.POINTS in mended else there.possible,
            here.factor if Cause.FACTOR in mended else there.factor,
        )
    return here, there


def _mend_rules(case: Case, mended: frozenset[Cause]) -> Rules:
    """The Schoology rules, with the settings named as they are in the SIS."""
    overall = case.schoology.overall
    if mended & {Cause.CATEGORY_WEIGHT, Cause.TOTAL_POINTS}:
        overall = case.sis.overall
    rules = {category: _mend_rule(case, category, mended) for category in case.schoology.categories}
    if Cause.MERGED_CATEGORIES in mended:
        rules = _merge(case, rules)
    truncates = case.sis.truncates if Cause.ROUNDING in mended else case.schoology.truncates
    return Rules(overall, rules, truncates)


def _mend_rule(case: Case, category: str, mended: frozenset[Cause]) -> CategoryRule:
    own, theirs = case.schoology.categories[category], case.theirs(category)
    if Cause.CALCULATION_TYPE in mended:
        own = replace(own, calculation=Calculation.TOTAL_POINTS)
    if theirs and Cause.DROPPED_ITEM in mended:
        own = replace(own, drop_lowest=theirs.drop_lowest)
    if theirs and Cause.CATEGORY_WEIGHT in mended:
        own = replace(own, weight=theirs.weight / len(case.group(category)))
    return own


def _merge(case: Case, rules: Mapping[str, CategoryRule]) -> dict[str, CategoryRule]:
    """One rule for the categories that go to the same SIS category: their weights add up."""
    merged: dict[str, CategoryRule] = {}
    for category in case.used():
        own = [rules[each] for each in case.group(category)]
        percent = any(each.calculation is Calculation.PERCENT for each in own)
        merged[case.codes.get(category, category)] = CategoryRule(
            sum((each.weight for each in own), ZERO),
            max(each.drop_lowest for each in own),
            Calculation.PERCENT if percent else Calculation.TOTAL_POINTS,
        )
    return merged
