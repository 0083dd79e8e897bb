"""What Schoology's answers may lack: codes, their sentences, and what an error is made of."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from lti_app.outbound.words import Said, said


class SchoologyCode(StrEnum):
    """How an answer of Schoology can't be used. A stored code keeps its name."""

    LIST_ENDS_EARLY = "schoology_list_ends_early"
    EMPTY_ANSWER = "schoology_empty_answer"
    OWNER_NOT_TOLD = "schoology_owner_not_told"
    LIST_EMPTY_ANSWER = "schoology_list_empty_answer"
    OTHER_NUMBER = "schoology_other_number"
    OTHER_HOST = "schoology_other_host"
    NOT_DATA = "schoology_not_data"
    PART_FAILED = "schoology_part_failed"
    SECTION_NOT_UNDERSTOOD = "schoology_section_not_understood"
    WITHOUT_ID = "schoology_without_id"
    USER_NOT_TOLD = "schoology_user_not_told"
    NO_TOKEN = "schoology_no_token"  # noqa: S105 - a code
    BUILDING_THERE = "schoology_building_there"
    PERIOD_THERE = "schoology_period_there"
    WAS_THERE = "schoology_was_there"
    OUTCOME_UNKNOWN = "schoology_outcome_unknown"


SENTENCES: Mapping[str, str] = {
    SchoologyCode.LIST_ENDS_EARLY: "Schoology’s list of {path} ends before it’s complete.",
    SchoologyCode.EMPTY_ANSWER: "Schoology sent an empty answer.",
    SchoologyCode.OWNER_NOT_TOLD: "Schoology didn’t say whose permission the app has.",
    SchoologyCode.LIST_EMPTY_ANSWER: "Schoology sent an empty answer instead of a list.",
    SchoologyCode.OTHER_NUMBER: "Schoology answered more or fewer requests than the app sent.",
    SchoologyCode.OTHER_HOST: "Schoology’s answer leads to another host.",
    SchoologyCode.NOT_DATA: "Schoology sent something other than data.",
    SchoologyCode.PART_FAILED: "Schoology answered {status} to one of several requests sent together.",
    SchoologyCode.SECTION_NOT_UNDERSTOOD: "The app doesn’t understand how Schoology describes this section "
    "({kind}).",
    SchoologyCode.WITHOUT_ID: "Schoology sent a {what} without an ID.",
    SchoologyCode.USER_NOT_TOLD: "Schoology didn’t say who a user is.",
    SchoologyCode.NO_TOKEN: "Schoology didn’t answer with a token.",
    SchoologyCode.BUILDING_THERE: "Schoology already has the building “{name}”. Match the school to it.",
    SchoologyCode.PERIOD_THERE: "Schoology already has a grading period “{name}”. Match the term to it.",
    SchoologyCode.WAS_THERE: "Schoology answered with an object that was there before. It may have been "
    "changed: compare it in Schoology with the record in the SIS.",
    SchoologyCode.OUTCOME_UNKNOWN: "Schoology’s answers don’t say what became of {number} changes, and they "
    "can’t be found in Schoology.",
}


def told(code: SchoologyCode, **values: Any) -> Said:
    """What an error about an answer of Schoology is made of."""
    return said(SENTENCES, code, **values)
