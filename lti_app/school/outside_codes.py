"""The codes of what the SIS, Schoology and the set-up are in the way with, and of what people's data is.

A stored code keeps its name; its sentence is in lti_app.runs.words.reasons, or in the description of the
adapter that says it.
"""

from __future__ import annotations

from enum import StrEnum, auto


class OutsideCode(StrEnum):
    """How something outside of the app failed; `words` are what it said, or what was seen of it."""

    OUTSIDE_FAILED = auto()
    NO_ANSWER = auto()
    ASKED_TO_SLOW_DOWN = auto()
    ACCESS_REFUSED = auto()
    NOT_THERE = auto()
    NOT_SECURE = auto()
    ANSWER_NOT_UNDERSTOOD = auto()
    WONT_WORK = auto()

    SIS_FAILED = auto()
    SIS_SETTING_WRONG = auto()
    SIS_NOT_RECOGNIZED = auto()
    SIS_SIGN_IN_REFUSED = auto()
    SIS_ACCESS_REFUSED = auto()
    SIS_TOO_OLD = auto()
    SIS_UNAVAILABLE = auto()
    SIS_READ_EXPIRED = auto()
    SIS_READ_INCOMPLETE = auto()
    SIS_LIST_UNPROVEN = auto()
    SIS_UNKNOWN = auto()
    SIS_REFUSED_RECORD = auto()


class SetupCode(StrEnum):
    """Why a sync can't start, is paused, or is due when it is."""

    PAUSED_BY_HOST = auto()
    PAUSED_BY_HOST_BECAUSE = auto()
    PAUSED_MOVING = auto()
    PAUSED_RESTORED = auto()

    STEP_MISSING = auto()
    STEP_API_KEY = auto()
    STEP_API_ACCESS = auto()
    STEP_TEST_FAILED = auto()
    STEP_NOT_TESTED = auto()
    STEP_NOT_ENTERED = auto()
    STEP_ACTING_USER_LOST = auto()
    STEP_NO_ACTING_USER = auto()
    STEP_SCHOOLS = auto()
    STEP_TERMS = auto()
    STEP_DATA_PREP = auto()
    STEP_DATA_PREP_WAITS = auto()
    STEP_SELECT_SCHOOLS = auto()
    STEP_SELECT_ROLE = auto()
    STEP_DATA_CHECK = auto()

    DUE_AFTER_RESET = auto()
    DUE_DAILY = auto()
    DUE_AFTER_SKIPPED = auto()
    DUE_WAITS = auto()
    WAITS_FOR_A_JOB = auto()
    APP_NOT_RUNNING = auto()


class PersonCode(StrEnum):
    """Why the app can't find, export, or erase what it holds about a person."""

    NOBODY = auto()
    SEVERAL_PEOPLE = auto()
    STILL_IN_SIS = auto()
    STILL_MANAGED = auto()
    NOT_READ_WHOLE = auto()
    ROW_NOT_READ = auto()
    LEFT_TOO_SHORT_AGO = auto()
    ON_LEGAL_HOLD = auto()
    SYNC_UNDER_WAY = auto()
    SYNC_ON_HOLD = auto()
    MAY_STILL_VIEW = auto()
    IS_ACTING_USER = auto()
    ID_NOT_TYPED = auto()
    WAS_ERASED = auto()
