"""Sign-in, calls and pages of eSchoolPLUS, with its refusals in our own words.

One session is kept and renewed once when it has run out. A refused sign-in is never repeated: accounts lock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any

from lti_app.outbound.bounds import json_of
from lti_app.outbound.errors import Insecure, OutboundError, Permanent, Refused, Transient
from lti_app.outbound.hosts import PrivateAddress
from lti_app.outbound.transport import Transport
from lti_app.sis.errors import (
    JobExpired,
    Service,
    SisAuthError,
    SisConfigError,
    SisError,
    SisForbidden,
    SisNotRecognized,
    SisRejected,
    SisUnavailable,
    SisVersionError,
)
from lti_app.sis.eschoolplus import wire
from lti_app.sis.eschoolplus.words import EschoolCode, failed
from lti_app.sis.pages import RawRow, UnreadablePage, split

OLDEST = (3, 0)


@dataclass(frozen=True)
class SignedIn:
    """What the sign-in found."""

    token: str
    product: str
    version: str
    server_time: str


@dataclass(frozen=True)
class ReadJob:
    """A read that the server has laid down as numbered pages."""

    job_id: str
    pages: int
    rows: int


class EschoolClient:
    """One signed-in session; not thread-safe, since the service is read by one worker."""

    def __init__(
        self, transport: Transport, *, domain: str, site_code: str, login_name: str, password: str
    ) -> None:
        self._transport = transport
        self._base = wire.base_url(domain, site_code)
        self._login = (login_name, password)
        self._session: SignedIn | None = None
        self.repeated: dict[str, str] = {}
        """Read → the order of its rows, where a row came on two pages (lti_app.sis.eschoolplus.reading)."""

    def sign_in(self) -> SignedIn:
        """Open a session. Raises SisError: credentials, site, license, version or outage."""
        try:
            return self._signed_in()
        except SisError as error:
            error.service = Service.SIGN_IN
            raise

    def _signed_in(self) -> SignedIn:
        body = self._send("POST", wire.SESSION, wire.sign_in_body(*self._login), token="")
        try:
            found = SignedIn(
                token=str(body["token"]),
                product=str(body["product"]),
                version=str(body["version"]),
                server_time=str(body.get("serverTime") or ""),
            )
        except (KeyError, TypeError) as error:
            raise failed(SisNotRecognized, EschoolCode.NOT_ESCHOOLPLUS) from error
        raise_if_too_old(found.product, found.version)
        self._session = found
        return found

    def write(self, method: str, path: str, json: Any = None) -> Any:
        """Send a write that may be repeated; its JSON, empty for an answer without one.

        Raises SisRejected for what the SIS refuses.
        """
        return self._signed(method, path, json)

    def start(self, call_type: str, parameters: Mapping[str, str | int]) -> ReadJob:
        """Have the server lay a whole answer down as pages."""
        body = self._signed("POST", wire.CALLS, wire.call_body(call_type, parameters))
        try:
            return ReadJob(str(body["jobId"]), int(body["pageTotal"]), int(body["rowTotal"]))
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise failed(SisNotRecognized, EschoolCode.NOT_ESCHOOLPLUS) from error

    def page(self, job: ReadJob, number: int) -> tuple[int, int, Sequence[RawRow]]:
        """The number a page gives itself, how many it says there are, and its raw rows.

        Raises JobExpired, and SisUnavailable for a page that is no page.
        """
        content = self._signed("GET", wire.page_path(job.job_id, number), None, raw=True)
        try:
            envelope, rows = split(content, wire.ROWS)
            if str(envelope["jobId"]) != job.job_id:
                raise UnreadablePage("It belongs to another read.")
            return int(envelope["page"]), int(envelope["pageTotal"]), rows
        except (UnreadablePage, KeyError, TypeError, ValueError, OverflowError) as error:
            raise failed(SisUnavailable, EschoolCode.PAGE_UNREADABLE) from error

    def _signed(self, method: str, path: str, json: Any, *, raw: bool = False) -> Any:
        """Send with the session's token; a token that ran out is renewed once."""
        session = self._session or self.sign_in()
        try:
            return self._send(method, path, json, token=session.token, raw=raw)
        except _TokenExpired:
            session = self.sign_in()
        try:
            return self._send(method, path, json, token=session.token, raw=raw)
        except _TokenExpired as error:
            raise failed(SisUnavailable, EschoolCode.SESSIONS_ENDED) from error

    def _send(self, method: str, path: str, json: Any, *, token: str, raw: bool = False) -> Any:
        """The JSON of an answer, or its bytes."""
        headers = {"Accept": "application/json", **({wire.TOKEN_HEADER: token} if token else {})}
        reading = path != wire.SESSION
        try:
            response = self._transport.request(
                method, f"{self._base}/{path}", json=json, headers=headers, idempotent=reading
            )
        except OutboundError as error:
            if not reading and 200 <= (error.status or 0) < 300:
                raise failed(SisNotRecognized, EschoolCode.NOT_ESCHOOLPLUS) from error
            raise _in_our_words(error, signing_in=not reading) from error
        if response.status_code >= 300:
            raise failed(SisNotRecognized, EschoolCode.REDIRECTS)
        if raw:
            return response.content
        if response.status_code == 204:
            return {}
        try:
            found = json_of(response)
        except ValueError as error:
            raise failed(SisNotRecognized, EschoolCode.NOT_ESCHOOLPLUS) from error
        if not isinstance(found, dict):
            raise failed(SisNotRecognized, EschoolCode.NOT_ESCHOOLPLUS)
        return found


class _TokenExpired(SisError):
    """The session expired."""


def raise_if_too_old(product: str, version: str) -> None:
    """Raises SisVersionError for a version before 3.0."""
    numbers = tuple(int(part[:9]) for part in version.split(".")[:2] if part.isdecimal())
    if numbers and numbers < OLDEST:
        raise failed(SisVersionError, EschoolCode.TOO_OLD, product=product, version=version)


def _in_our_words(error: OutboundError, *, signing_in: bool) -> SisError:
    """The refusal or outage as an administrator should read it. A 401 of the sign-in says that the password
    is wrong; a 401 of data says that the login may not read it."""
    if isinstance(error, PrivateAddress | Insecure):
        return SisConfigError(error.message, why=error.reason)
    code = wire.error_code(error.body)
    known: dict[str, Callable[[], SisError]] = {
        wire.AUTH_FAILED: partial(failed, SisAuthError, EschoolCode.SIGN_IN_REFUSED),
        wire.SITE_UNKNOWN: partial(failed, SisConfigError, EschoolCode.SITE_UNKNOWN),
        wire.NOT_LICENSED: partial(failed, SisForbidden, EschoolCode.NOT_LICENSED),
        wire.TOKEN_EXPIRED: lambda: _TokenExpired("The session expired."),
        wire.JOB_UNKNOWN: partial(failed, JobExpired, EschoolCode.READ_DROPPED),
    }
    if code in known:
        return known[code]()
    if isinstance(error, Refused):
        wrong = signing_in and error.status == HTTPStatus.UNAUTHORIZED
        return known[wire.AUTH_FAILED if wrong else wire.NOT_LICENSED]()
    if error.status == 422 or code in (wire.SECTION_UNKNOWN, wire.ASSIGNMENT_UNKNOWN):
        return SisRejected(code or "REFUSED", wire.error_words(error.body) or error.message)
    if isinstance(error, Transient):
        found = failed(SisUnavailable, EschoolCode.UNAVAILABLE, why=error)
        found.retry_after = error.retry_after
        return found
    assert isinstance(error, Permanent)
    return failed(SisConfigError, EschoolCode.NOT_ESCHOOLPLUS_SAYING, why=error)
