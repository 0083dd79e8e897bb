"""What the SIS refused, in words for a teacher, with what to do. Pure."""

from __future__ import annotations

from collections.abc import Mapping

REFUSALS: Mapping[str, str] = {
    "CATEGORY_UNKNOWN": "The SIS does not know the category in this section and marking period. Match it "
    "anew on the Configuration tab.",
    "DATE_OUTSIDE_TERM": "The SIS says that the due date lies in no marking period of the section. Change "
    "the due date; if it is right, ask your administrator to refresh the terms of the app.",
    "NOT_MEETING_DAY": "The SIS has no class on any day that was tried for the due date. Choose another one.",
    "PERIOD_LOCKED": "The marking period is closed in the SIS. Ask the school office to open it, then retry.",
    "TITLE_REQUIRED": "The SIS wants a title. Give the item one in Schoology.",
    "TITLE_TOO_LONG": "The title is too long for the SIS. Shorten it in Schoology.",
    "POINTS_INVALID": "The SIS does not take this number of points. Correct it in Schoology.",
    "STUDENT_NOT_IN_SECTION": "The student is not in the SIS section today. If they should be, ask the "
    "school office; if they left, nothing has to be done.",
    "SCORE_REJECTED": "The SIS does not take this score. Correct it in Schoology.",
    "MARK_CODE_UNKNOWN": "The building does not have this mark in the SIS. Tell your administrator.",
    "SECTION_UNKNOWN": "The SIS does not have this section any more. Ask the people who keep your SIS.",
    "ASSIGNMENT_UNKNOWN": "The assignment vanished from the SIS while its scores were sent. Retry.",
}
MADE_AGAIN = (
    "Its assignment was gone from the SIS and was made again. Retry, so that the scores of before are sent "
    "too."
)
ITEM_NOT_KEPT = (
    "The SIS took this item without a word and shows it otherwise. Retry; if it stays so, tell your "
    "administrator."
)
NOT_KEPT = (
    "The SIS took this score without a word and does not have it. Retry; if it stays so, tell your "
    "administrator."
)


def refusal(code: str, words: str) -> str:
    """A refusal as the teacher reads it; one without a known code in the words of the SIS."""
    known = REFUSALS.get(code)
    if known:
        return known
    return (
        f"The SIS refused it: {words} ({code})" if words else f"The SIS refused it ({code or 'no reason'})."
    )
