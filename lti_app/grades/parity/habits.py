"""What Schoology does where no setting of its API says it, learned from the averages that it reports. Pure.

Sources disagree about unweighted categories: that each weighs the same is documented, and added points were
observed. And a course can turn off that missing work counts as zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import product

from lti_app.school.gradebook import GradeCategory
from lti_app.school.scores import Cell, Overall, average, schoology_rules

Told = tuple[Sequence[Cell], Sequence[Cell], Decimal]
"""Of a student: what counts with missing work as zero, what counts without it, and the reported average."""


@dataclass(frozen=True)
class Habits:
    """`…_seen`: a reported average has shown it; otherwise it is what is documented."""

    unweighted: Overall = Overall.EVEN
    missing_counts: bool = True
    unweighted_seen: bool = False
    missing_seen: bool = False


def learn(categories: Iterable[GradeCategory], students: Iterable[Told]) -> Habits:
    """The habits that give most of the reported averages; where that is even, the documented ones."""
    known = tuple(categories)
    rules = {each: schoology_rules(known, each) for each in (Overall.EVEN, Overall.POINTS)}
    ways = list(product((True, False), rules))
    hits = dict.fromkeys(ways, 0)
    shown = dict.fromkeys(ways, (0, 0))
    for counted, without, told in students:
        found = {
            (zero, overall): average(counted if zero else without, rules[overall]) for zero, overall in ways
        }
        for zero, overall in ways:
            hit = found[zero, overall] == told
            other = Overall.POINTS if overall is Overall.EVEN else Overall.EVEN
            weighs = hit and found[zero, other] != told
            misses = hit and found[not zero, overall] != told
            hits[zero, overall] += weighs + misses
            shown[zero, overall] = (shown[zero, overall][0] + weighs, shown[zero, overall][1] + misses)
    zero, overall = max(ways, key=lambda each: hits[each])
    weighed, missed = shown[zero, overall]
    return Habits(overall, zero, bool(weighed), bool(missed))
