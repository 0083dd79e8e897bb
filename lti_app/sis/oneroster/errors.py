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

NOT_ONEROSTER = (
    "The base address responded, but not like a OneRoster server. Check the base address with the people who "
    "run your SIS."
)
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


class NotUnderstood(SisError):
    """400 or 422 to a read: the server does not know a parameter."""


class TokenRefused(SisError):
    """401: the sign-in that this request carried."""

    def __init__(self, message: str, clock: str = "") -> None:
        super().__init__(message)
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
        return Missing(words or "The server has no such list or object.")
    if status in (400, 416, 422):
        return NotUnderstood(words or f"The server answered {status}.")
    if status is None:  # a private address, or a certificate that proves nothing
        return SisConfigError(error.message)
    return SisNotRecognized(f"{NOT_ONEROSTER} ({error.message})")


def of_outage(error: Transient, *, known: bool) -> SisError:
    """The server is down, slow, throttling, or shows a page instead of data."""
    if 200 <= (error.status or 0) < 300 and not known:
        return SisNotRecognized(
            f"{NOT_ONEROSTER} It sent a page for people instead of data, such as a page to sign in."
        )
    return SisUnavailable(
        f"The SIS isn’t available right now. {error.message} Please try again later. If this lasts, "
        "check the base address.",
        error.retry_after,
    )


def forbidden(error: OutboundError, service: Service, words: str) -> SisError:
    """403: a scope or a license is missing; or the server means that it was asked too often."""
    if SLOW_DOWN.search(words or error.message):
        return SisUnavailable(f"The SIS asked the app to slow down. {words}".strip())
    return not_granted(service, words)


def not_granted(service: Service, words: str = "") -> SisError:
    """Signed in, but this service is not granted to the client."""
    said = f" It says: {words}." if words else ""
    if service is Service.GRADEBOOK:
        text = (
            f"The sign-in works, but the gradebook refused this app.{said} Ask for the scopes "
            "gradebook.readonly, gradebook.createput, and gradebook.delete, or for the gradebook’s license."
        )
    else:
        text = (
            f"The sign-in works, but the rosters refused this app.{said} Ask for the scopes roster.readonly "
            "and roster-core.readonly."
        )
    made = SisForbidden(text)
    made.service = service
    return made


def not_let_in(error: TokenRefused, now: float) -> SisError:
    """A sign-in without a call of its own was refused by the first request that carried it."""
    said = f" It says: {error.message}." if error.message else ""
    minutes = _minutes_apart(error.clock, now)
    if minutes:
        text = (
            f"The SIS refused the sign-in, and the clocks differ by {minutes} minutes: this app’s and the "
            f"SIS’s.{said} Correct the clock that is wrong; signed requests are taken within 5 minutes only."
        )
    else:
        text = (
            f"The SIS refused the sign-in.{said} Correct the client ID and the client secret, and check that "
            "the kind of sign-in is the one that your SIS offers."
        )
    made = SisAuthError(text)
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
        return SisUnavailable("The SIS sent a page instead of an answer. It is sent again.")
    if isinstance(error, Transient | Refused) or status is None:
        return of_read(error, service, known=True)
    if status == 404:
        return Missing(words or "The server has no such object.")
    if status in (405, 501):
        return SisRejected("NOT_OFFERED", words or "The SIS doesn’t offer this.")
    return SisRejected(code_of(words), words or error.message)


def code_of(words: str) -> str:
    """The code of the port for a refusal in the server's words; empty where they tell nothing known."""
    return next((code for pattern, code in REFUSALS if re.search(pattern, words, re.IGNORECASE)), "")
