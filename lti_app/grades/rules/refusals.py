"""What the SIS refused, as a reason for the teacher. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from lti_app.school.reason_codes import Code
from lti_app.school.reasons import Reason, because

REFUSALS: Mapping[str, Code] = {
    code.name: code
    for code in (
        Code.CATEGORY_UNKNOWN,
        Code.DATE_OUTSIDE_TERM,
        Code.NOT_MEETING_DAY,
        Code.PERIOD_LOCKED,
        Code.TITLE_REQUIRED,
        Code.TITLE_TOO_LONG,
        Code.POINTS_INVALID,
        Code.STUDENT_NOT_IN_SECTION,
        Code.SCORE_REJECTED,
        Code.MARK_CODE_UNKNOWN,
        Code.SECTION_UNKNOWN,
        Code.ASSIGNMENT_UNKNOWN,
    )
}
"""The code of the SIS port → ours."""


def refusal(code: str, words: str) -> Reason:
    """A refusal for the teacher; one without a known code keeps the words of the SIS."""
    known = REFUSALS.get(code)
    if known is not None:
        return because(known)
    said = f"{words} ({code})" if words and code else words or code
    return because(Code.REFUSED_BY_SIS, words=said) if said else because(Code.REFUSED_WITHOUT_WORDS)
