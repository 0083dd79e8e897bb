"""The codes of why two averages differ, and of how Schoology's categories have to be to match the SIS.

A stored code keeps its name; its words are in lti_app.runs.words.reasons.averages and .matching.
"""

from __future__ import annotations

from enum import StrEnum, auto


class Cause(StrEnum):
    """Why two averages differ; in the order in which they are suspected when several would explain it."""

    NOT_IN_SIS = auto()
    UNMAPPED_ITEM = auto()
    OPTED_OUT = auto()
    UNSYNCED_ITEM = auto()
    UNREADABLE = auto()
    OTHER_PERIOD = auto()
    ONLY_IN_SIS = auto()
    NOT_COUNTED = auto()
    NOT_YET_DUE = auto()
    DECIDED = auto()
    NOT_SENT = auto()
    WAITS = auto()
    SCORE = auto()
    EXCUSED_VERSUS_ZERO = auto()
    EXCLUDE_MISSING = auto()
    MISSING_LEFT_OUT = auto()
    POINTS = auto()
    OTHER_CATEGORY = auto()
    FACTOR = auto()
    CALCULATION_TYPE = auto()
    DROPPED_ITEM = auto()
    CATEGORY_WEIGHT = auto()
    TOTAL_POINTS = auto()
    MERGED_CATEGORIES = auto()
    ROUNDING = auto()
    CALCULATED_OTHERWISE = auto()
    NOT_TOLD = auto()


class Assumed(StrEnum):
    """Rules of calculation that no source settles."""

    ROUNDED_ONCE = auto()
    DROP_BY_PERCENT = auto()
    EVEN_CATEGORIES = auto()
    UNUSED_CATEGORIES = auto()
    POINTS_IN_CATEGORY = auto()
    MISSING_IS_ZERO = auto()
    EXTRA_CREDIT = auto()
    NO_DUE_DATE = auto()


class AverageCode(StrEnum):
    """Why an average differs between the gradebooks, told with what to do."""

    AVERAGE_NOT_IN_SIS = auto()
    AVERAGE_UNMAPPED_ITEM = auto()
    AVERAGE_OPTED_OUT = auto()
    AVERAGE_UNSYNCED_ITEM = auto()
    AVERAGE_UNREADABLE = auto()
    AVERAGE_OTHER_PERIOD = auto()
    AVERAGE_ONLY_IN_SIS = auto()
    AVERAGE_NOT_COUNTED = auto()
    AVERAGE_NOT_YET_DUE = auto()
    AVERAGE_DECIDED = auto()
    AVERAGE_NOT_SENT = auto()
    AVERAGE_WAITS = auto()
    AVERAGE_SCORE = auto()
    AVERAGE_EXCUSED_VERSUS_ZERO = auto()
    AVERAGE_ZERO_IN_SIS = auto()
    AVERAGE_ZERO_IN_SCHOOLOGY = auto()
    AVERAGE_MISSING_LEFT_OUT = auto()
    AVERAGE_POINTS = auto()
    AVERAGE_OTHER_CATEGORY = auto()
    AVERAGE_FACTOR = auto()
    AVERAGE_CALCULATION_TYPE = auto()
    AVERAGE_DROPPED_ITEM = auto()
    AVERAGE_SIS_TOTAL_POINTS = auto()
    AVERAGE_OTHER_WEIGHTS = auto()
    AVERAGE_SIS_WEIGHTS = auto()
    AVERAGE_TOTAL_POINTS = auto()
    AVERAGE_MERGED_CATEGORIES = auto()
    AVERAGE_SIS_CUTS_OFF = auto()
    AVERAGE_WHOLE_NUMBERS = auto()
    AVERAGE_OTHERWISE_IN_SCHOOLOGY = auto()
    AVERAGE_OTHERWISE_IN_SIS = auto()
    AVERAGE_NOT_TOLD = auto()


class MatchCode(StrEnum):
    """What can't be made to match."""

    MATCH_OTHER_PERIODS = auto()
    MATCH_SHARED = auto()
    MATCH_SHARED_DROPS = auto()
    MATCH_TOTAL_POINTS = auto()


class Setting(StrEnum):
    """A setting of how a gradebook counts."""

    WEIGHTING = auto()
    CALCULATION = auto()
    WEIGHT = auto()
    DROP_LOWEST = auto()


class Untold(StrEnum):
    """What an SIS may not tell of how it counts."""

    AVERAGING = auto()
    WEIGHTS = auto()
    ITEMS = auto()
    DROPS = auto()
    MISSING = auto()
    ROUNDING = auto()
