"""The codes of what preflight says about an item.

A stored code keeps its name; its words and what to do are in lti_app.runs.words.reasons.findings.
"""

from __future__ import annotations

from enum import StrEnum, auto


class FindingCode(StrEnum):
    """One thing about an item, told as it is."""

    TITLE_MISSING = auto()
    TITLE_CUT = auto()
    TITLE_TWICE = auto()
    DETAIL_CUT = auto()
    DETAIL_PLAIN = auto()
    COMMENTS_CUT = auto()
    COMMENTS_PLAIN = auto()
    FIELDS_UNREADABLE = auto()
    UNPUBLISHED_STOPS = auto()
    UNPUBLISHED_THERE = auto()
    ON_A_SCALE = auto()
    MIDTERM_OR_FINAL = auto()
    ABOVE_MAXIMUM = auto()
    ABOVE_MAXIMUM_LOWERED = auto()
    POINTS_MISSING = auto()
    POINTS_OUT_OF_RANGE = auto()
    POINTS_FRACTION = auto()
    POINTS_ZERO = auto()
    POINTS_ZERO_TEST = auto()
    FACTOR_IS_WEIGHT = auto()
    FACTOR_STOPS = auto()
    COLLECTED_WEIGHT_ZERO = auto()
    UNCOUNTED_WEIGHT_ZERO = auto()
    COLLECTED_WORTH_NOTHING = auto()
    UNCOUNTED_WORTH_NOTHING = auto()
    COLLECTED_STOPS = auto()
    UNCOUNTED_STOPS = auto()
    UNCOUNTED_WITH_SCORES = auto()
    ITEM_UNREADABLE_IN_SIS = auto()
    ITEM_WITHOUT_CATEGORY = auto()
    ITEM_CATEGORY_LEFT_OUT = auto()
    ITEM_CATEGORY_UNMATCHED = auto()
    ITEM_CATEGORY_GONE = auto()
    ITEM_CATEGORY_NOT_THEN = auto()
    NO_TERM = "no_marking_period"
    DAY_NO_DUE = auto()
    DAY_OUTSIDE = auto()
    DAY_NO_CLASS = auto()
    OTHER_GRADING_PERIOD = auto()
    TERM_CLOSED = "marking_period_closed"
    ITEM_NOT_FOR_ALL = auto()
    ITEM_WAITS_FOR_SCORE = auto()
    ITEM_WAITS_FOR_YES = auto()
    ITEM_COUNTS_ZERO = auto()
    ITEM_DUE_SOON = auto()
    ITEM_COUNTS_FROM = auto()
    ITEM_COUNTS_FROM_WITH_ZEROS = auto()
    ITEM_EDITED_IN_SIS = auto()
    ITEM_KEPT_IN_SIS = auto()
    SIS_HAS_OTHER = auto()
    SIS_HAS_OTHER_DAY = auto()


class BrakeCode(StrEnum):
    """Why deletes, scores, or due dates of a course have to wait."""

    BRAKE_DELETES = auto()
    BRAKE_DELETES_EVERYWHERE = auto()
    BRAKE_CLEARS = auto()
    BRAKE_REPLACES = auto()
    BRAKE_CLEARS_AND_REPLACES = auto()
    BRAKE_DUE_DATES = auto()
    BRAKE_LATELY = auto()
