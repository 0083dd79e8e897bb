"""What people read when Schoology's categories are made to match those of the SIS."""

from __future__ import annotations

from collections.abc import Mapping

from lti_app.school.average_codes import MatchCode, Setting, Untold

MATCHING: Mapping[str, str] = {
    MatchCode.MATCH_OTHER_PERIODS: "The SIS counts {name} differently in other terms, but "
    "Schoology has one setting for all of them. Update Schoology again when the next term starts.",
    MatchCode.MATCH_SHARED: "{titles:titles} share one SIS category. The SIS averages them together; "
    "Schoology averages each one separately. Averages may differ.",
    MatchCode.MATCH_SHARED_DROPS: "The SIS drops the lowest scores across {category}; Schoology can’t drop "
    "across categories.",
    MatchCode.MATCH_TOTAL_POINTS: "The SIS adds up all points across categories. Without weights, Schoology "
    "averages the categories evenly. If you use more than one category, averages may differ.",
}
SETTINGS: Mapping[str, str] = {
    Setting.WEIGHTING: "Weighting of categories",
    Setting.CALCULATION: "Calculation",
    Setting.WEIGHT: "Weight",
    Setting.DROP_LOWEST: "Drop lowest",
}
UNTOLD: Mapping[str, str] = {
    Untold.AVERAGING: "how categories become an average",
    Untold.WEIGHTS: "weights of categories",
    Untold.ITEMS: "how items of a category are averaged",
    Untold.DROPS: "dropped scores",
    Untold.MISSING: "missing work",
    Untold.ROUNDING: "rounding",
}


def setting_value(setting: Setting, value: str | bool | None) -> str:
    """A value of a setting as people read it."""
    if setting is Setting.WEIGHT:
        return "none" if value is None else f"{value}%"
    if setting is Setting.WEIGHTING:
        return "on" if value else "off"
    return str(value).replace("_", " ")
