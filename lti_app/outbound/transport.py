"""One way out: time-outs, no redirects, no proxies from the environment, bounded answers, patient repeats.

Only calls that are safe to repeat are repeated here: GET, and what the caller calls idempotent. A refused
call for its pace (429) never reached the API, so it is repeated whatever its method. A server that asks for a
longer wait than the longest of PAUSES gets it: nothing is repeated here, and the caller decides.

Each attempt is signed again, over the address as it is sent: redirects are handed back, so that no signature
goes to an address that it was not made for. Errors carry the status (`OutboundError.status`) and the JSON of
the answer, so that an adapter can tell a 401 of its sign-in from a 401 of data.
"""

from __future__ import annotations

import codecs
import io
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Protocol

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt
from urllib3.exceptions import NewConnectionError

from lti_app.outbound import bounds, deadlines
from lti_app.outbound.answers import error_of
from lti_app.outbound.certificates import causes, why_insecure
from lti_app.outbound.errors import Insecure, OutboundError, Throttled, Transient, Unexpected
from lti_app.outbound.hosts import UnknownHost
from lti_app.outbound.pauses import Pauses
from lti_app.outbound.words import OutboundCode, told

log = logging.getLogger(__name__)
TIME_OUT = (5.0, 60.0)
"""Seconds to connect, and between two reads."""
CALL = 300.0
"""Seconds for one call with all that its answer holds, where no page waits for it."""
IN_MEMORY = 1024 * 1024
"""Bytes of such a file that stay in memory."""
PAUSES = Pauses(3, first=1, longest=30)
"""In seconds, between the attempts of one request."""
CONNECTIONS = 32
"""How many connections stay open; more parallel requests would be of no use."""
NO_ADDRESS = (
    requests.exceptions.InvalidURL,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidSchema,
)
USER_AGENT = "schoology-sis-integration"


class Tempo(Protocol):
    """Who says when the next request may leave, and hears how the last one was answered."""

    def wait(self) -> None: ...

    def heard(self, status: int) -> None: ...


@dataclass(frozen=True)
class Body:
    """What goes out with a request besides its address."""

    json: Any
    form: dict[str, str] | None
    headers: dict[str, str]
    auth: AuthBase | None
    file: IO[bytes] | None = None
    """Where the answer goes that is not to be held in memory."""


class Transport:
    """A session towards one system. Use it as a context manager or close it."""

    def __init__(  # noqa: PLR0913 - what a way out consists of
        self,
        *,
        auth: AuthBase | None = None,
        pace: Tempo | None = None,
        adapter: HTTPAdapter | None = None,
        sleep: Callable[[float], None] = time.sleep,
        time_out: tuple[float, float] = TIME_OUT,
        total: float = CALL,
        attempts: int = PAUSES.attempts + 1,
        largest: int = bounds.LARGEST_ANSWER,
    ) -> None:
        self._auth = auth
        self._pace = pace
        self._sleep = sleep
        self._time_out, self._total = time_out, total
        self._attempts = attempts
        self._largest = largest
        self._session = bounds.Session()
        self._session.trust_env = False
        self._session.headers["User-Agent"] = USER_AGENT
        if adapter is None:
            adapter = deadlines.TimedAdapter(pool_maxsize=CONNECTIONS)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    def __enter__(self) -> Transport:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections that are kept open."""
        self._session.close()

    def request(
        self,
        method: str,
        url: str,
        *,
        idempotent: bool | None = None,
        json: Any = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: AuthBase | None = None,
    ) -> requests.Response:
        """Send a request with one body at most, JSON or a form; answers below 400 come back, redirects too.

        `auth` signs this request in place of the transport's own; it gets the request with its final address,
        headers and body. Raises OutboundError for all other answers and for every failure of the network.
        """
        assert json is None or form is None, "a request has one body"
        body = Body(json, dict(form) if form is not None else None, dict(headers or {}), auth or self._auth)
        safe = method in ("GET", "HEAD") if idempotent is None else idempotent
        return self._answer(safe, method, url, body)

    def lines(self, url: str, *, headers: Mapping[str, str]) -> Iterator[str]:
        """The lines of a text that may be larger than the memory, once all of it is here."""
        with SpooledTemporaryFile(max_size=IN_MEMORY) as file:
            kept = Body(None, None, dict(headers), self._auth, file)
            response = self._answer(True, "GET", url, kept)
            file.seek(0)
            told = "charset" in response.headers.get("Content-Type", "").lower()
            encoding = _known(response.encoding if told else None)
            reader = io.TextIOWrapper(file, encoding=encoding, errors="replace", newline="")
            yield from bounds.lines(reader, response.url)
            reader.detach()

    def _answer(self, safe: bool, method: str, url: str, body: Body) -> requests.Response:
        """The answer to the first attempt that got one, with every wait in between in one place of a page."""
        try:
            with deadlines.waiting():
                return self._retrying(safe)(self._once, method, url, body)
        except deadlines.Full as error:
            code = OutboundCode.PAGES_WAIT if error.of_district else OutboundCode.MANY_PAGES_WAIT
            raise Transient(**told(code), method=method, url=url) from error

    def _retrying(self, safe: bool) -> Retrying:
        return Retrying(
            stop=stop_after_attempt(self._attempts),
            retry=retry_if_exception(lambda error: _again(error, safe)),
            wait=_pause,
            sleep=self._sleep,
            reraise=True,
        )

    def _once(self, method: str, url: str, body: Body) -> requests.Response:
        seconds = deadlines.left(self._total)
        if seconds <= 0:
            raise _too_late(method, url)
        if self._pace is not None:
            self._pace.wait()
        started = time.monotonic()
        try:
            with deadlines.call(seconds):
                response = self._session.request(
                    method,
                    url,
                    json=body.json,
                    data=body.form,
                    headers=body.headers,
                    auth=body.auth,
                    timeout=(min(self._time_out[0], seconds), min(self._time_out[1], seconds)),
                    allow_redirects=False,
                    stream=True,
                )
                self._read(response, method, body.file)
                self._session.forget_many_cookies()
        except requests.RequestException as error:
            raise _network_error(error, method, url) from error
        except ValueError as error:  # of http.client, for what a signature has put into the headers
            raise Unexpected(**told(OutboundCode.UNSENDABLE), method=method, url=url) from error
        if self._pace is not None:
            self._pace.heard(response.status_code)
        spent = round((time.monotonic() - started) * 1000)
        path = url.partition("?")[0]
        log.debug("%s %s %s %sms", method, path, response.status_code, spent)
        failure = error_of(response, method)
        if failure is not None:
            raise failure
        return response

    def _read(self, response: requests.Response, method: str, file: IO[bytes] | None) -> None:
        """Take the body into the file, or into memory where there is none or where it says what is wrong."""
        if file is not None and response.ok:
            bounds.copy(response, method, file, bounds.LARGEST_FILE)
            response._content = b""
            return
        memory, largest, most = io.BytesIO(), self._largest, bounds.MOST_VALUES
        if deadlines.is_page():
            largest, most = min(largest, bounds.LARGEST_FOR_PAGE), bounds.MOST_VALUES_FOR_PAGE
        bounds.copy(response, method, memory, largest)
        response._content = memory.getvalue()
        bounds.raise_if_many_values(response, method, response._content, most)


def _known(encoding: str | None) -> str:
    """The encoding that an answer names, if there is such a one."""
    try:
        return codecs.lookup(encoding or "utf-8").name
    except LookupError:
        return "utf-8"


def _too_late(method: str, url: str) -> Transient:
    return Transient(**told(OutboundCode.LATE), method=method, url=url)


def _network_error(error: requests.RequestException, method: str, url: str) -> OutboundError:
    """Every failure of the network may pass; only one to connect proves that nothing happened."""
    if isinstance(error, NO_ADDRESS):
        return Unexpected(**told(OutboundCode.ADDRESS_INVALID), method=method, url=url)
    if isinstance(error, requests.exceptions.InvalidHeader):
        return Unexpected(**told(OutboundCode.UNSENDABLE), method=method, url=url)
    if isinstance(error, requests.exceptions.SSLError) and (insecure := why_insecure(error, url)):
        return Insecure(**insecure, method=method, url=url)
    unreached = isinstance(error, requests.exceptions.ConnectTimeout | UnknownHost) or any(
        isinstance(each, NewConnectionError) for each in causes(error)
    )
    late = isinstance(error, requests.Timeout) or "timed out" in str(error)
    code = OutboundCode.LATE if late else OutboundCode.UNREACHED
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        code = OutboundCode.BROKE_OFF
    return Transient(**told(code), method=method, url=url, maybe_done=not unreached)


def _again(error: BaseException, safe: bool) -> bool:
    if not isinstance(error, Transient) or (error.retry_after or 0.0) > PAUSES.longest:
        return False
    if deadlines.left(PAUSES.longest) <= (error.retry_after or PAUSES.first):
        return False  # the page that waits has no time for another attempt
    return isinstance(error, Throttled) or safe or not error.maybe_done


def _pause(state: RetryCallState) -> float:
    """As long as the server says, else 1, 2, 4 … seconds."""
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, Transient) and error.retry_after is not None:
        return error.retry_after
    return PAUSES.length(state.attempt_number - 1)
