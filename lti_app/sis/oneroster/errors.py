"""What a OneRoster server refuses, in our own words; two answers are for the adapter itself.

`Missing` and `NotUnderstood` say that an object or a parameter is not known there; whoever asked knows what
that means. They are SisErrors, so that nothing gets past the port unnamed.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from lti_app.outbound.errors import NotFound, OutboundError, Refused, Transient
from lti_app.sis.errors import (
    Service,
    SisAuthError,
    SisConfigError,
    SisError,
    SisForbidden,
    SisNotRecognized,
    SisRejected,
    SisUnavailable,
)
from lti_app.sis.oneroster.envelope import error_words
from lti_app.sis.oneroster.words import OneRosterCode, told

SLOW_DOWN = re.compile(r"rate.?limit|too many|throttl", re.IGNORECASE)
CLOCKS = 300
"""Seconds by which clocks may differ before OAuth 1 servers refuse."""
REFUSALS: tuple[tuple[str, str], ...] = (
    (r"categor", "CATEGORY_UNKNOWN"),
    (r"lock|closed|window|not open", "PERIOD_LOCKED"),
    (r"title", "TITLE_TOO_LONG"),
    (r"duedate|due date|assigndate|grading ?period|\bterm\b|academic ?session", "DATE_OUTSIDE_TERM"),
    (r"resultvaluem|points|whole number", "POINTS_INVALID"),
    (r"student|enrol|roster", "STUDENT_NOT_IN_SECTION"),
    (r"line ?item|assignment", "ASSIGNMENT_UNKNOWN"),
    (r"class\b|section", "SECTION_UNKNOWN"),
    (r"score|comment|result", "SCORE_REJECTED"),
)
"""Words of a refusal of one item → the code of the port; the first that is met holds."""


class Missing(SisError):
    """404: the object, or the list, is not there."""

    def __init__(self, words: str = "") -> None:
        super().__init__(**told(OneRosterCode.NO_SUCH_OBJECT, words=words))
        self.words = words
        """The server's."""


class NotUnderstood(SisError):
    """400 or 422 to a read: the server does not know a parameter."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(**told(OneRosterCode.NOT_UNDERSTOOD, status=status, words=words))


class TokenRefused(SisError):
    """401: the sign-in that this request carried."""

    def __init__(self, words: str, clock: str = "") -> None:
        super().__init__(**told(OneRosterCode.TOKEN_REFUSED, words=words))
        self.words = words
        """The server's."""
        self.clock = clock
        """The server's time, as the answer tells it."""


def of_read(error: OutboundError, service: Service, *, known: bool) -> SisError:
    """The refusal of a read, or an outage. `known`: a sound answer came from there before."""
    status, words = error.status, error_words(error.body)
    if isinstance(error, Transient):
        return of_outage(error, known=known)
    if status == 401:
        return TokenRefused(words)
    if status == 403:
        return forbidden(error, service, words)
    if isinstance(error, NotFound) or status == 410:
        return Missing(words)
    if status in (400, 416, 422):
        return NotUnderstood(status, words)
    if status is None:  # a private address, or a certificate that proves nothing
        return SisConfigError(error.message, why=error.reason)
    return SisNotRecognized(**told(OneRosterCode.NOT_ONEROSTER_BECAUSE, why=error))


def of_outage(error: Transient, *, known: bool) -> SisError:
    """The server is down, slow, throttling, or shows a page instead of data."""
    if 200 <= (error.status or 0) < 300 and not known:
        return SisNotRecognized(**told(OneRosterCode.PAGE_FOR_PEOPLE))
    return SisUnavailable(**told(OneRosterCode.UNAVAILABLE, why=error), retry_after=error.retry_after)


def forbidden(error: OutboundError, service: Service, words: str) -> SisError:
    """403: a scope or a license is missing; or the server means that it was asked too often."""
    if SLOW_DOWN.search(words or error.message):
        return SisUnavailable(**told(OneRosterCode.SLOW_DOWN, words=words))
    return not_granted(service, words)


def not_granted(service: Service, words: str = "") -> SisError:
    """Signed in, but this service is not granted to the client."""
    gradebook = service is Service.GRADEBOOK
    code = OneRosterCode.GRADEBOOK_REFUSED if gradebook else OneRosterCode.ROSTER_REFUSED
    return forbidding(service, code, words=words)


def forbidding(service: Service, code: OneRosterCode, **values: str) -> SisError:
    """Why a service is of no use, though the sign-in works."""
    made = SisForbidden(**told(code, **values))
    made.service = service
    return made


def not_let_in(error: TokenRefused, now: float) -> SisError:
    """A sign-in without a call of its own was refused by the first request that carried it."""
    minutes = _minutes_apart(error.clock, now)
    if minutes:
        made = SisAuthError(**told(OneRosterCode.CLOCKS_DIFFER, minutes=minutes, words=error.words))
    else:
        made = SisAuthError(**told(OneRosterCode.SIGN_IN_REFUSED, words=error.words))
    made.service = Service.SIGN_IN
    return made


def _minutes_apart(clock: str, now: float) -> int:
    try:
        there = parsedate_to_datetime(clock)
    except (TypeError, ValueError, OverflowError, IndexError):
        return 0
    apart = abs((there - datetime.fromtimestamp(now, UTC)).total_seconds())
    return round(apart / 60) if apart > CLOCKS else 0


def of_write(error: OutboundError, service: Service) -> SisError:
    """The refusal of a write, or an outage."""
    status, words = error.status, error_words(error.body)
    if isinstance(error, Transient) and 200 <= (error.status or 0) < 300:
        return SisUnavailable(**told(OneRosterCode.WRITE_WITHOUT_ANSWER))
    if isinstance(error, Transient | Refused) or status is None:
        return of_read(error, service, known=True)
    if status == 404:
        return Missing(words)
    if status in (405, 501):
        return SisRejected("NOT_OFFERED", words)
    return SisRejected(code_of(words), words)


def code_of(words: str) -> str:
    """The code of the port for a refusal in the server's words; empty where they tell nothing known."""
    return next((code for pattern, code in REFUSALS if re.search(pattern, words, re.IGNORECASE)), "")
