"""From an HTTP answer to our own errors: the one place that knows what a status means."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import Any

from requests import Response

from lti_app import clock
from lti_app.outbound.bounds import json_of
from lti_app.outbound.errors import (
    NotFound,
    OutboundError,
    Permanent,
    Refused,
    Throttled,
    Transient,
    Unexpected,
)
from lti_app.outbound.words import OutboundCode, told

LONGEST_WAIT = 7 * 24 * 3600.0
"""Seconds: whatever a server asks for, it is not asked to be left alone for longer than a week."""
WORDS = 300
"""Most characters of an answer that an error carries."""
MESSAGES = ("message", "error_description", "imsx_description", "detail", "error")
"""The fields in which vendors say in words what is wrong (OAuth 2: RFC 6749, 5.2; problems: RFC 9457)."""


def error_of(response: Response, method: str) -> OutboundError | None:
    """The error that an answer stands for, or None for one below 400.

    A page instead of JSON, or with a 403, comes from a load balancer and may pass. Neither it nor a 5xx
    tells whether the request was handled.
    """
    if response.status_code < 300 and response.content and _wanted_json(response) and is_html(response):
        page, status = told(OutboundCode.PAGE_FOR_PEOPLE), response.status_code
        return Transient(**page, method=method, url=response.url, status=status, maybe_done=True)
    if response.status_code < 400:
        return None
    error = _error_of_status(response, method)
    error.body, error.sent_at = _json_of(response), response.headers.get("Date", "")
    return error


def _wanted_json(response: Response) -> bool:
    return "json" in response.request.headers.get("Accept", "")


def _json_of(response: Response) -> Any:
    if "json" not in response.headers.get("Content-Type", "").lower():
        return None
    try:
        return json_of(response)
    except ValueError:
        return None


def _error_of_status(response: Response, method: str) -> OutboundError:
    status, url, words = response.status_code, response.url, words_of(response)
    if status == 429:
        return Throttled(
            **told(OutboundCode.SLOW_DOWN),
            method=method,
            url=url,
            retry_after=_retry_after(response),
        )
    if status >= 500 or status == 408 or (status == 403 and is_html(response)):
        return Transient(
            **told(OutboundCode.STATUS, status=status, words=words),
            method=method,
            url=url,
            status=status,
            maybe_done=True,
            retry_after=_retry_after(response),
        )
    known: dict[int, tuple[type[Permanent], OutboundCode]] = {
        401: (Refused, OutboundCode.CREDENTIALS),
        403: (Refused, OutboundCode.PERMISSION),
        404: (NotFound, OutboundCode.NOT_FOUND),
    }
    kind, code = known.get(status, (Unexpected, OutboundCode.STATUS))
    return kind(**told(code, status=status, words=words), method=method, url=url, status=status)


def is_html(response: Response) -> bool:
    """Whether the body is a page for people. Some servers call their JSON so."""
    if "html" not in response.headers.get("Content-Type", "").lower():
        return False
    return response.content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] not in (b"{", b"[")


def words_of(response: Response) -> str:
    """What a JSON body says in a message field, and nothing else of it: who chooses the address must not read
    what answers there."""
    body = _json_of(response)
    inner = body.get("error") if isinstance(body, dict) else None
    fields = [each.get(name) for each in (body, inner) if isinstance(each, dict) for name in MESSAGES]
    said = next((each for each in fields if isinstance(each, str)), "")
    return " ".join(said.split())[:WORDS]


def _retry_after(response: Response) -> float | None:
    """Seconds of a Retry-After header, which may also be a date (RFC 9110, 10.2.3)."""
    value = response.headers.get("Retry-After", "").strip()
    if not value:
        return None
    try:
        if value.isascii() and value.replace(".", "", 1).isdigit():
            seconds = float(value)
        else:
            seconds = (parsedate_to_datetime(value) - clock.now()).total_seconds()
    except (TypeError, ValueError, OverflowError, IndexError):
        return None
    return min(max(0.0, seconds), LONGEST_WAIT)
