"""Make Schoology match: how its categories have to be for both gradebooks to count alike. Pure."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from lti_app.school.average_codes import MatchCode, Setting
from lti_app.school.gradebook import (
    Calculation,
    GradebookSettings,
    GradeCategory,
    SectionGrading,
    SisCategory,
)
from lti_app.school.reasons import Reason, because
from lti_app.school.scores import in_period

CENT = Decimal("0.01")


@dataclass(frozen=True)
class Difference:
    """One setting of Schoology that is otherwise than in the SIS.

    `where` is the title of a category, empty for the course. Values: True or False, "percent" or
    "total_points", or a number as text; None for no weight.
    """

    where: str
    what: Setting
    now: str | bool | None
    wanted: str | bool | None


@dataclass(frozen=True)
class Matching:
    """What has to be written, and what of it people read; `warnings` say what cannot be made to match.

    `weighted` is None when the SIS does not tell enough to turn the weighting on or off.
    """

    weighted: bool | None
    categories: tuple[GradeCategory, ...]
    differences: tuple[Difference, ...]
    warnings: tuple[Reason, ...] = ()

    @property
    def digest(self) -> str:
        """Names exactly these differences, so that what is written is what was shown."""
        return hashlib.blake2b(repr(self.differences).encode(), digest_size=8).hexdigest()


def match(
    settings: GradebookSettings,
    session: int,
    grading: SectionGrading,
    categories: Sequence[GradeCategory],
    *,
    mapped: Mapping[str, str],
    term: str = "",
) -> Matching:
    """The Schoology side as the SIS counts: SIS settings overwrite these settings, and what the SIS does not
    tell stays as it is.

    Where the SIS counts a category otherwise in each term, it is the given one that holds.
    """
    own = {each.code: each for each in in_period(settings, session, term).categories}
    pairs = [(each, own[code]) for each in categories if (code := mapped.get(each.id, "")) in own]
    weighted = _weighted(settings, pairs)
    sharing = Counter(there.code for _, there in pairs)
    wanted = [
        _wanted(each, there, settings, weighted=weighted, sharing=sharing[there.code])
        for each, there in pairs
    ]
    differences = (
        [] if weighted is None or grading.weighted == weighted else [_weighting(grading.weighted, weighted)]
    )
    for (each, _), want in zip(pairs, wanted, strict=True):
        differences += _differences(each, want)
    changed = tuple(want for (each, _), want in zip(pairs, wanted, strict=True) if _differences(each, want))
    warnings = [*_warnings(pairs, settings), *_changing(pairs, settings, session)]
    return Matching(weighted, changed, tuple(differences), tuple(warnings))


def _weighted(settings: GradebookSettings, pairs: Sequence[tuple[GradeCategory, SisCategory]]) -> bool | None:
    """Weighting is only turned on where every weight is known."""
    if settings.total_points is None or settings.total_points:
        return None if settings.total_points is None else False
    return None if any(there.weight is None for _, there in pairs) else True


def _wanted(
    category: GradeCategory,
    there: SisCategory,
    settings: GradebookSettings,
    *,
    weighted: bool | None,
    sharing: int,
) -> GradeCategory:
    """Several Schoology categories that share an SIS category share its weight evenly."""
    weight = category.weight
    if weighted is not None:
        weight = (there.weight / sharing).quantize(CENT) if weighted and there.weight is not None else None
    drop = category.drop_lowest
    if there.drop_lowest is not None:
        drop = there.drop_lowest if sharing == 1 else 0
    return replace(
        category, calculation=settings.calculation or category.calculation, weight=weight, drop_lowest=drop
    )


def _weighting(now: bool, wanted: bool) -> Difference:
    return Difference("", Setting.WEIGHTING, now, wanted)


def _differences(now: GradeCategory, want: GradeCategory) -> list[Difference]:
    found = []
    if now.calculation != want.calculation:
        found.append(Difference(now.title, Setting.CALCULATION, _calculation(now), _calculation(want)))
    if want.weight is not None and now.weight != want.weight:
        found.append(Difference(now.title, Setting.WEIGHT, _plain(now.weight), _plain(want.weight)))
    if now.drop_lowest != want.drop_lowest:
        found.append(Difference(now.title, Setting.DROP_LOWEST, str(now.drop_lowest), str(want.drop_lowest)))
    return found


def _calculation(category: GradeCategory) -> str:
    return "percent" if category.calculation == Calculation.PERCENT else "total_points"


def _plain(weight: Decimal | None) -> str | None:
    return None if weight is None else f"{weight.normalize():f}"


def _changing(
    pairs: Sequence[tuple[GradeCategory, SisCategory]], settings: GradebookSettings, session: int
) -> list[Reason]:
    """Categories that count otherwise in another term, which Schoology cannot."""
    found = []
    for code, name in dict.fromkeys((there.code, there.name) for _, there in pairs):
        own = [each for each in settings.categories if (each.session, each.code) == (session, code)]
        if len({(each.weight, each.drop_lowest, each.exclude_missing) for each in own}) > 1:
            found.append(because(MatchCode.MATCH_OTHER_PERIODS, name=name))
    return found


def _warnings(
    pairs: Sequence[tuple[GradeCategory, SisCategory]], settings: GradebookSettings
) -> list[Reason]:
    found = []
    for code in dict.fromkeys(there.code for _, there in pairs):
        sharing = [each.title for each, there in pairs if there.code == code]
        drops = max(there.drop_lowest or 0 for _, there in pairs if there.code == code)
        if len(sharing) > 1:
            found.append(because(MatchCode.MATCH_SHARED, titles=sharing))
        if len(sharing) > 1 and drops:
            found.append(because(MatchCode.MATCH_SHARED_DROPS, category=code))
    if settings.total_points and len(pairs) > 1:
        found.append(because(MatchCode.MATCH_TOTAL_POINTS))
    return found
