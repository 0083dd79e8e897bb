"""The reasons of a comparison as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from lti_app.grades.parity.pairs import Pair
from lti_app.grades.parity.search import Case, other_drop, other_weight, work_differences
from lti_app.grades.parity.values import Action, Assumed, Finding, Reason
from lti_app.school.gradebook import Calculation
from lti_app.school.scores import Overall

_ASSUMED_IN = {
    Reason.DROPPED_ITEM: Assumed.DROP_BY_PERCENT,
    Reason.TOTAL_POINTS: Assumed.EVEN_CATEGORIES,
    Reason.ROUNDING: Assumed.ROUNDED_ONCE,
    Reason.FACTOR: Assumed.POINTS_IN_CATEGORY,
}
_ONE = {"counts": "counts", "is": "is", "isn_t": "isn’t", "has": "has", "it": "it", "differ": "differs"}
_MANY = {"counts": "count", "is": "are", "isn_t": "aren’t", "has": "have", "it": "them", "differ": "differ"}
"""What agrees with one item, and with several."""
_WORK = {
    Reason.UNMAPPED_ITEM: (
        "{about} {counts} in Schoology, but the category isn’t matched to an SIS category.",
        "Match the category on the Configuration tab, then sync.",
    ),
    Reason.OPTED_OUT: (
        "{about} {counts} in Schoology but {is} opted out of the sync.",
        "Opt {it} back in and sync {it}, or stop counting {it} in Schoology.",
    ),
    Reason.UNSYNCED_ITEM: ("{about} {counts} in Schoology but {isn_t} in the SIS.", "Sync {it}."),
    Reason.UNREADABLE: (
        "The SIS data for {about} couldn’t be read.",
        "Ask the school office to correct it in the SIS, then refresh.",
    ),
    Reason.OTHER_PERIOD: (
        "{about} {counts} in different marking periods in Schoology and the SIS.",
        "Change the due date in Schoology so that it’s inside the grading period, and sync again.",
    ),
    Reason.ONLY_IN_SIS: (
        "{about} {counts} in the SIS but not in Schoology.",
        "If deleted in Schoology or a duplicate, remove {it} from the SIS. Otherwise, add {it} in Schoology.",
    ),
    Reason.NOT_COUNTED: (
        "{about} {counts} in the SIS but not in Schoology because it has no category, isn’t published, is "
        "set not to"
        " count, or is a test for no points.",
        "Make {it} count in Schoology, or remove {it} from the SIS.",
    ),
    Reason.NOT_YET_DUE: (
        "{about} already counts in Schoology. The SIS counts work from its due date.",
        "No action needed if the due date is correct; this resolves on that date. Otherwise, correct the "
        "due date and sync.",
    ),
    Reason.DECIDED: (
        "The SIS keeps its own score of {about}: someone decided so with Keep or Restore.",
        "To send Schoology’s score after all, select Use Schoology’s score on the Sync tab, then sync.",
    ),
    Reason.NOT_SENT: (
        "{about} {has} an exception in Schoology that your district doesn’t send: the SIS keeps its score.",
        "Give the work a score in Schoology, or correct the score in the SIS.",
    ),
    Reason.WAITS: (
        "{about} {differ}, but the next sync won’t send {it}.",
        "Open the Sync tab to see why, then decide or correct {it} there.",
    ),
    Reason.SCORE: ("{about} {has} a different score in the SIS.", "Sync {it}."),
    Reason.EXCUSED_VERSUS_ZERO: (
        "{about} {is} excluded in one gradebook and {counts} as zero in the other.",
        "Sync {it}. If that doesn’t help, ask your administrator which SIS marks “excused” and “missing”"
        " become: one must exclude the work, the other count as zero.",
    ),
    Reason.MISSING_LEFT_OUT: (
        "{about} {is} missing. This course leaves missing work out of Schoology’s averages; the SIS counts "
        "{it}.",
        "Excuse {it} in Schoology and sync: the SIS then leaves {it} out too. If {it} should count as zero, "
        "turn on that missing work counts in the course’s Grade Setup: that lowers the average in Schoology.",
    ),
    Reason.POINTS: ("{about} {has} different points in the SIS.", "Sync {it}."),
    Reason.OTHER_CATEGORY: (
        "{about} {is} in a different SIS category than the one its Schoology category is matched to.",
        "Sync {it}.",
    ),
    Reason.FACTOR: (
        "The factor of {about} in Schoology isn’t the weight of the assignment in the SIS.",
        "Set the factor to 1 in Schoology, or sync {it} so that the weight in the SIS is the same.",
    ),
}
_ACTIONS = {
    Reason.UNMAPPED_ITEM: Action.MATCH,
    Reason.OPTED_OUT: Action.OPT_IN,
    Reason.UNSYNCED_ITEM: Action.SYNC,
    Reason.ONLY_IN_SIS: Action.LOOK,
    Reason.DECIDED: Action.USE_OURS,
    Reason.WAITS: Action.LOOK,
    Reason.SCORE: Action.SYNC,
    Reason.EXCUSED_VERSUS_ZERO: Action.SYNC,
    Reason.POINTS: Action.SYNC,
    Reason.OTHER_CATEGORY: Action.SYNC,
}
_ZERO_THERE = (
    "{about} {has} no score. The SIS counts that as zero; Schoology excludes it.",
    "Enter the score. If it shouldn’t count for this student, excuse it in Schoology and sync; if work "
    "without a score never should, turn on “Exclude missing” for the category in the SIS.",
)
_ZERO_HERE = (
    "{about} {is} missing. Schoology counts that as zero; the SIS excludes it.",
    "If zero is right, enter a score of zero in Schoology and sync: that lowers the average in the SIS. "
    "If it isn’t, remove the exception in Schoology.",
)


def explain(reason: Reason, case: Case, titles: Mapping[str, str]) -> Finding:
    """A reason in words; `titles` are those of the Schoology categories."""
    pairs = [each for each in case.pairs if each.reason is reason or reason in work_differences(each)]
    if reason in _WORK or reason is Reason.EXCLUDE_MISSING:
        about = tuple(dict.fromkeys(each.work.title for each in pairs))
        why, cure = _missing(pairs) if reason is Reason.EXCLUDE_MISSING else _WORK[reason]
        agreeing = _ONE if len(about) == 1 else _MANY
        why = why.format(about=listed([f"“{each}”" for each in about]), **agreeing)
        cure = cure.format(**agreeing)
        return _acting(Finding(reason, about, why, cure, _ASSUMED_IN.get(reason)), pairs)
    about, why, cure = _setting(reason, case, titles)
    return Finding(reason, about, why, cure, _ASSUMED_IN.get(reason))


def _acting(finding: Finding, pairs: list[Pair]) -> Finding:
    """With what its button does; where a sync would leave the items alone, the fix says that instead."""
    action = _ACTIONS.get(finding.reason, Action.NONE)
    left = next((each.left for each in pairs if each.left), None)
    if left and (action is Action.SYNC or finding.reason in (Reason.FACTOR, Reason.OTHER_PERIOD)):
        finding, action = replace(finding, cure=_WORK[left][1]), _ACTIONS[left]
        pairs = [each for each in pairs if each.left is left]
    items = dict.fromkeys(each.work.item.id for each in pairs if each.work.item)
    return replace(finding, action=action, items=tuple(items) if action else ())


def listed(names: list[str]) -> str:
    """A list as people say it; more than three are counted."""
    if len(names) > 3:
        return f"{', '.join(names[:3])} and {len(names) - 3} more"
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def number(value: Decimal) -> str:
    """A number without idle zeros."""
    return f"{value.normalize():f}"


def not_in_sis() -> Finding:
    """For a student whom the SIS section does not have."""
    return Finding(
        Reason.NOT_IN_SIS,
        (),
        "This student isn’t in this section in the SIS.",
        "Enroll the student there, or end the enrollment in Schoology.",
    )


def reported_otherwise(system: str, reported: Decimal | None, calculated: Decimal | None) -> Finding:
    """For an average that a system reports and that its own scores and settings do not give."""
    shown, due = (f"{each:.2f}" if each is not None else "no average" for each in (reported, calculated))
    return Finding(
        Reason.CALCULATED_OTHERWISE,
        (),
        f"{system[:1].upper()}{system[1:]} reports {shown}; its scores and settings give {due}.",
        f"Look in {system} for an average that was changed by hand, then refresh. If there is none, {system}"
        " uses a rule that this app doesn’t know.",
    )


def not_told() -> Finding:
    """For an SIS that reports an average and does not tell how it counts."""
    return Finding(
        Reason.NOT_TOLD,
        (),
        "The SIS reports this average and does not tell this app how it calculates it.",
        "Compare the weights, dropped scores and rounding of both gradebooks by hand.",
    )


def rounds_to_whole() -> Finding:
    """For a Schoology course that shows whole numbers."""
    return Finding(
        Reason.ROUNDING,
        (),
        "Schoology rounds averages to whole numbers, but the SIS doesn’t.",
        "Turn off “Round Period/Final Grades” in Schoology's Grade Setup.",
        Assumed.ROUNDED_ONCE,
    )


def _missing(pairs: list[Pair]) -> tuple[str, str]:
    return _ZERO_HERE if any(each.schoology for each in pairs) else _ZERO_THERE


def _setting(reason: Reason, case: Case, titles: Mapping[str, str]) -> tuple[tuple[str, ...], str, str]:
    """Names of categories, why, cure."""
    used = case.used()
    chosen = [each for each in used if _differs(reason, case, each)]
    about = tuple(titles.get(each, each) for each in chosen)
    names = listed([f"“{each}”" for each in about])
    if reason is Reason.CALCULATION_TYPE:
        why = f"Schoology averages the percentages in {names}; the SIS divides points by points."
        return about, why, f"Set “Calculated by” to “Total Points” for {names} in Schoology's Grade Setup."
    if reason is Reason.DROPPED_ITEM:
        wanted = listed([f"“{titles.get(each, each)}” to {_theirs(case, each, 'drop')}" for each in chosen])
        why = f"The SIS and Schoology drop different numbers of lowest scores in {names}."
        return about, why, f"Set “Drop lowest” of {wanted} in Schoology's Grade Setup."
    if reason is Reason.CATEGORY_WEIGHT:
        return about, *_weights(case, chosen, titles)
    if reason is Reason.TOTAL_POINTS:
        return (
            about,
            "The SIS adds up all points; Schoology averages its categories.",
            "Keep all items in one Schoology category, or use category weights in the SIS and in Schoology.",
        )
    if reason is Reason.MERGED_CATEGORIES:
        why = f"{names} go to one SIS category, and Schoology averages each of them separately."
        return about, why, f"Put the items of {names} into one Schoology category."
    return (
        (),
        "The SIS cuts averages off after two decimals; Schoology rounds them.",
        "Set “Calculation” to “Round” in the SIS gradebook.",
    )


def _differs(reason: Reason, case: Case, category: str) -> bool:
    own = case.schoology.categories[category]
    weighs_otherwise = case.schoology.overall is not case.sis.overall
    by_reason = {
        Reason.CALCULATION_TYPE: own.calculation is Calculation.PERCENT,
        Reason.DROPPED_ITEM: other_drop(case, category),
        Reason.CATEGORY_WEIGHT: weighs_otherwise or other_weight(case, category),
        Reason.MERGED_CATEGORIES: len(case.group(category)) > 1,
    }
    return by_reason.get(reason, reason is Reason.TOTAL_POINTS)


def _weights(case: Case, chosen: list[str], titles: Mapping[str, str]) -> tuple[str, str]:
    if case.sis.overall is Overall.POINTS:
        return (
            "Schoology weights its categories; the SIS uses total points.",
            "Turn off “Weight Categories” in Schoology's Grade Setup. If averages still differ then, keep all"
            " items in one Schoology category.",
        )
    wanted = listed([f"“{titles.get(each, each)}” to {_theirs(case, each, 'weight')}" for each in chosen])
    if case.schoology.overall is Overall.WEIGHTS:
        return (
            "Schoology and the SIS weight categories differently.",
            f"Set the weight of {wanted} in Schoology.",
        )
    return (
        "The SIS weights its categories; Schoology doesn’t.",
        f"Turn on “Weight Categories” in Schoology's Grade Setup, and set {wanted}.",
    )


def _theirs(case: Case, category: str, what: str) -> str:
    rule = case.theirs(category)
    if rule is None:
        return "what your SIS has"
    return number(rule.weight / len(case.group(category))) if what == "weight" else str(rule.drop_lowest)
