"""Each cause of a difference as a code with its values, and what its button does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from lti_app.grades.parity.pairs import Pair
from lti_app.grades.parity.search import Case, other_drop, other_weight, work_differences
from lti_app.grades.parity.values import Action, Finding
from lti_app.school.average_codes import Assumed, AverageCode, Cause
from lti_app.school.gradebook import Calculation
from lti_app.school.reasons import Reason, because
from lti_app.school.scores import Overall

_ASSUMED_IN = {
    Cause.DROPPED_ITEM: Assumed.DROP_BY_PERCENT,
    Cause.TOTAL_POINTS: Assumed.EVEN_CATEGORIES,
    Cause.ROUNDING: Assumed.ROUNDED_ONCE,
    Cause.FACTOR: Assumed.POINTS_IN_CATEGORY,
}
_WORK = {
    Cause.UNMAPPED_ITEM: AverageCode.AVERAGE_UNMAPPED_ITEM,
    Cause.OPTED_OUT: AverageCode.AVERAGE_OPTED_OUT,
    Cause.UNSYNCED_ITEM: AverageCode.AVERAGE_UNSYNCED_ITEM,
    Cause.UNREADABLE: AverageCode.AVERAGE_UNREADABLE,
    Cause.OTHER_PERIOD: AverageCode.AVERAGE_OTHER_PERIOD,
    Cause.ONLY_IN_SIS: AverageCode.AVERAGE_ONLY_IN_SIS,
    Cause.NOT_COUNTED: AverageCode.AVERAGE_NOT_COUNTED,
    Cause.NOT_YET_DUE: AverageCode.AVERAGE_NOT_YET_DUE,
    Cause.DECIDED: AverageCode.AVERAGE_DECIDED,
    Cause.NOT_SENT: AverageCode.AVERAGE_NOT_SENT,
    Cause.WAITS: AverageCode.AVERAGE_WAITS,
    Cause.SCORE: AverageCode.AVERAGE_SCORE,
    Cause.EXCUSED_VERSUS_ZERO: AverageCode.AVERAGE_EXCUSED_VERSUS_ZERO,
    Cause.MISSING_LEFT_OUT: AverageCode.AVERAGE_MISSING_LEFT_OUT,
    Cause.POINTS: AverageCode.AVERAGE_POINTS,
    Cause.OTHER_CATEGORY: AverageCode.AVERAGE_OTHER_CATEGORY,
    Cause.FACTOR: AverageCode.AVERAGE_FACTOR,
}
_ACTIONS = {
    Cause.UNMAPPED_ITEM: Action.MATCH,
    Cause.OPTED_OUT: Action.OPT_IN,
    Cause.UNSYNCED_ITEM: Action.SYNC,
    Cause.ONLY_IN_SIS: Action.LOOK,
    Cause.DECIDED: Action.USE_OURS,
    Cause.WAITS: Action.LOOK,
    Cause.SCORE: Action.SYNC,
    Cause.EXCUSED_VERSUS_ZERO: Action.SYNC,
    Cause.POINTS: Action.SYNC,
    Cause.OTHER_CATEGORY: Action.SYNC,
}


def explain(reason: Cause, case: Case, titles: Mapping[str, str]) -> Finding:
    """A reason with its values; `titles` are those of the Schoology categories."""
    pairs = [each for each in case.pairs if each.reason is reason or reason in work_differences(each)]
    if reason in _WORK or reason is Cause.EXCLUDE_MISSING:
        about = tuple(dict.fromkeys(each.work.title for each in pairs))
        why = _about(_missing(pairs) if reason is Cause.EXCLUDE_MISSING else _WORK[reason], about)
        return _acting(Finding(reason, about, why, why, _ASSUMED_IN.get(reason)), pairs)
    about, why = _setting(reason, case, titles)
    return Finding(reason, about, why, why, _ASSUMED_IN.get(reason))


def _about(code: AverageCode, about: tuple[str, ...]) -> Reason:
    return because(code, about=about, n=len(about))


def _acting(finding: Finding, pairs: list[Pair]) -> Finding:
    """With what its button does; where a sync would leave the items alone, the fix says that instead."""
    action = _ACTIONS.get(finding.reason, Action.NONE)
    left = next((each.left for each in pairs if each.left), None)
    if left and (action is Action.SYNC or finding.reason in (Cause.FACTOR, Cause.OTHER_PERIOD)):
        finding, action = replace(finding, fix=_about(_WORK[left], finding.about)), _ACTIONS[left]
        pairs = [each for each in pairs if each.left is left]
    items = dict.fromkeys(each.work.item.id for each in pairs if each.work.item)
    return replace(finding, action=action, items=tuple(items) if action else ())


def not_in_sis() -> Finding:
    """For a student that the SIS section doesn't have."""
    why = because(AverageCode.AVERAGE_NOT_IN_SIS)
    return Finding(Cause.NOT_IN_SIS, (), why, why)


def reported_otherwise(code: AverageCode, reported: Decimal | None, calculated: Decimal | None) -> Finding:
    """For an average that a system reports and that its own scores and settings do not give."""
    shown, due = (str(each) if each is not None else "" for each in (reported, calculated))
    why = because(code, reported=shown, calculated=due)
    return Finding(Cause.CALCULATED_OTHERWISE, (), why, why)


def not_told() -> Finding:
    """For an SIS that reports an average and does not tell how it counts."""
    why = because(AverageCode.AVERAGE_NOT_TOLD)
    return Finding(Cause.NOT_TOLD, (), why, why)


def rounds_to_whole() -> Finding:
    """For a Schoology course that shows whole numbers."""
    why = because(AverageCode.AVERAGE_WHOLE_NUMBERS)
    return Finding(Cause.ROUNDING, (), why, why, Assumed.ROUNDED_ONCE)


def _missing(pairs: list[Pair]) -> AverageCode:
    if any(each.schoology for each in pairs):
        return AverageCode.AVERAGE_ZERO_IN_SCHOOLOGY
    return AverageCode.AVERAGE_ZERO_IN_SIS


def _setting(reason: Cause, case: Case, titles: Mapping[str, str]) -> tuple[tuple[str, ...], Reason]:
    """Names of categories, and the code with its values."""
    chosen = [each for each in case.used() if _differs(reason, case, each)]
    about = tuple(titles.get(each, each) for each in chosen)
    if reason is Cause.CALCULATION_TYPE:
        return about, because(AverageCode.AVERAGE_CALCULATION_TYPE, about=about)
    if reason is Cause.DROPPED_ITEM:
        wanted = [[titles.get(each, each), _theirs(case, each, "drop")] for each in chosen]
        return about, because(AverageCode.AVERAGE_DROPPED_ITEM, about=about, wanted=wanted)
    if reason is Cause.CATEGORY_WEIGHT:
        return about, _weights(case, chosen, titles)
    if reason is Cause.TOTAL_POINTS:
        return about, because(AverageCode.AVERAGE_TOTAL_POINTS)
    if reason is Cause.MERGED_CATEGORIES:
        return about, because(AverageCode.AVERAGE_MERGED_CATEGORIES, about=about)
    return (), because(AverageCode.AVERAGE_SIS_CUTS_OFF)


def _differs(reason: Cause, case: Case, category: str) -> bool:
    own = case.schoology.categories[category]
    weighs_otherwise = case.schoology.overall is not case.sis.overall
    by_reason = {
        Cause.CALCULATION_TYPE: own.calculation is Calculation.PERCENT,
        Cause.DROPPED_ITEM: other_drop(case, category),
        Cause.CATEGORY_WEIGHT: weighs_otherwise or other_weight(case, category),
        Cause.MERGED_CATEGORIES: len(case.group(category)) > 1,
    }
    return by_reason.get(reason, reason is Cause.TOTAL_POINTS)


def _weights(case: Case, chosen: list[str], titles: Mapping[str, str]) -> Reason:
    if case.sis.overall is Overall.POINTS:
        return because(AverageCode.AVERAGE_SIS_TOTAL_POINTS)
    wanted = [[titles.get(each, each), _theirs(case, each, "weight")] for each in chosen]
    if case.schoology.overall is Overall.WEIGHTS:
        return because(AverageCode.AVERAGE_OTHER_WEIGHTS, wanted=wanted)
    return because(AverageCode.AVERAGE_SIS_WEIGHTS, wanted=wanted)


def _theirs(case: Case, category: str, what: str) -> str:
    """The setting of the SIS as a plain number; empty where it tells none."""
    rule = case.theirs(category)
    if rule is None:
        return ""
    return (
        f"{(rule.weight / len(case.group(category))).normalize():f}"
        if what == "weight"
        else str(rule.drop_lowest)
    )
