"""Whether a failure is one course's own, so that the others go on without it."""

from __future__ import annotations

from lti_app.grades.context import NoGrades
from lti_app.outbound.errors import OutboundError, Refused
from lti_app.sis.errors import SisError, SisRejected, is_outage

MOST_IN_A_ROW = 5
"""So many courses that cannot be read, one after the other, are an outage and not their own fault."""
NO_SCHOOLOGY = "Schoology did not answer for this course when it was last read."
NO_SIS = "The SIS did not answer for this course when it was last read."
OF_A_COURSE = (NoGrades, OutboundError, SisError)


def words_of(error: Exception) -> str:
    """Why a course could not be read; empty for what is no course's fault: credentials or settings."""
    if isinstance(error, NoGrades):
        return str(error)
    if isinstance(error, SisError):
        return NO_SIS if is_outage(error) or isinstance(error, SisRejected) else ""
    return "" if isinstance(error, Refused) else NO_SCHOOLOGY


def may_pass(error: Exception) -> bool:
    """Whether many of the kind in a row are an outage."""
    return not isinstance(error, NoGrades)
