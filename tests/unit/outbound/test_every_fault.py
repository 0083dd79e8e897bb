"""Every call of both systems meets every way in which a connection that worked before can fail.

One table says what each fault is; one generator tries it with each call. Whatever the system and the call: it
is an outage first and never a wrong setting, what may have been done is known, and no one is quoted with what
they never said.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter

from lti_app.outbound.deadlines import TimedAdapter
from lti_app.outbound.errors import Insecure, OutsideError, Throttled, ToDo, Transient
from lti_app.outbound.transport import Transport
from lti_app.school.records import Kind
from lti_app.schoology.api.client import SchoologyClient
from lti_app.schoology.api.provisioner import SchoologyApi
from lti_app.schoology.port import Outgoing
from lti_app.sis.eschoolplus.adapter import Eschoolplus
from lti_app.sis.eschoolplus.client import EschoolClient
from lti_app.sis.port import Feed
from tests.support.oneroster.rows_server import adapter_over

PAGE = b"<html><title>Down for maintenance</title></html>"
ODD_WAITS = (
    "soon",
    "-5",
    "1e999",
    "9" * 400,
    "\u0663",
    "Mon, 32 Foo 2026",
    "Fri, 31 Dec 9999 23:59:59 GMT",
    "",
)


class Answers(HTTPAdapter):
    """A system that signs in soundly, and answers everything after that in one way."""

    def __init__(self, fault: Callable[[PreparedRequest], Response], *, signs_in: bool = True) -> None:
        super().__init__()
        self._fault, self._signs_in = fault, signs_in

    def send(self, request: PreparedRequest, *_: Any, **__: Any) -> Response:
        address = str(request.url)
        if self._signs_in and address.endswith("/session"):
            return answer(200, b'{"token": "t", "product": "eSchoolPLUS", "version": "4.0"}')(request)
        if self._signs_in and address.endswith("/token"):
            return answer(200, b'{"access_token": "t", "expires_in": 3600}')(request)
        return self._fault(request)


def answer(status: int, body: bytes, kind: str = "application/json", **headers: str) -> Any:
    def made(request: PreparedRequest) -> Response:
        response = Response()
        response.status_code, response._content = status, body
        response._content_consumed = True
        response.headers.update(
            {"Content-Type": kind, **{k.replace("_", "-"): v for k, v in headers.items()}}
        )
        response.request, response.url = request, str(request.url)
        response.iter_content = lambda *_: iter([body])  # type: ignore[method-assign]
        return response

    return made


def through(port: int, scheme: str = "http") -> Any:
    """The real way out, to a server of this test."""

    def made(request: PreparedRequest) -> Response:
        request.url = f"{scheme}://127.0.0.1:{port}/"
        return TimedAdapter().send(request, timeout=5, stream=True)

    return made


def unknown_host(request: PreparedRequest) -> Response:
    request.url = "http://nowhere.invalid/"
    return TimedAdapter().send(request, timeout=5)


@dataclass(frozen=True)
class Fault:
    """What happens to a call, and whether a write may have been done."""

    happens: Any
    maybe_done: bool


@pytest.fixture(scope="module")
def faults() -> Iterator[dict[str, Fault]]:
    with suppress(OSError), socket.create_server(("127.0.0.1", 0)) as free:
        closed = free.getsockname()[1]
    with server(b"\x15\x03\x03\x00\x02\x02\x28") as alerts, server(b"") as hangs_up:
        yield {
            "a maintenance page with 200": Fault(answer(200, PAGE, "text/html"), True),
            "such a page that says it is JSON": Fault(answer(200, PAGE), True),
            "cut JSON": Fault(answer(200, b'{"rows": [{"a": 1'), True),
            "null": Fault(answer(200, b"null"), True),
            "a number": Fault(answer(200, b"7"), True),
            "a redirect": Fault(answer(302, b"", Location="https://status.example/"), True),
            "a redirect with a page": Fault(answer(302, PAGE, "text/html", Location="/down"), True),
            "a broken gateway": Fault(answer(502, PAGE, "text/html"), True),
            "a firewall": Fault(answer(403, PAGE, "text/html"), True),
            "a TLS alert": Fault(through(alerts, "https"), False),
            "an unknown host": Fault(unknown_host, False),
            "a refused connection": Fault(through(closed), False),
            "a connection that breaks off": Fault(through(hangs_up), True),
            **{
                f"429 with Retry-After {each[:12]!r}": Fault(
                    answer(429, b"", Retry_After=each.encode().decode("latin-1")), False
                )
                for each in ODD_WAITS
            },
        }


class server:  # noqa: N801 - used like a function
    """A port where each connection hears the same bytes and ends."""

    def __init__(self, says: bytes) -> None:
        self._says, self._listener = says, socket.create_server(("127.0.0.1", 0))

    def __enter__(self) -> int:
        threading.Thread(target=self._serve, daemon=True).start()
        return int(self._listener.getsockname()[1])

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                with connection, suppress(OSError):
                    connection.recv(65536)
                    connection.sendall(self._says)


def schoology(adapter: HTTPAdapter) -> SchoologyApi:
    transport = Transport(adapter=adapter, sleep=lambda _: None)
    return SchoologyApi(SchoologyClient("https://api.example/v1", transport))


def eschoolplus(adapter: HTTPAdapter) -> EschoolClient:
    transport = Transport(adapter=adapter, sleep=lambda _: None)
    return EschoolClient(
        transport, domain="sis.example", site_code="1", login_name="app", password="open sesame"
    )


USER = {"first_name": "Ada", "last_name": "L", "username": "ada", "role_id": "1", "school_uid": "7"}
CALLS: dict[str, Callable[[HTTPAdapter], Any]] = {
    "schoology who": lambda to: schoology(to).me(),
    "schoology list": lambda to: schoology(to).roles(),
    "schoology many": lambda to: list(schoology(to).grades("1").grades),
    "schoology new building": lambda to: schoology(to).create_building("North", "N", {}),
    "schoology create": lambda to: schoology(to).create(Kind.USER, [Outgoing(USER)]),
    "schoology update": lambda to: schoology(to).update(Kind.USER, [Outgoing(USER, "1")]),
    "schoology drop": lambda to: schoology(to).drop(
        Kind.ENROLLMENT, [Outgoing({}, "1", {"section": "2", "user": "3"})]
    ),
    "eschoolplus read": lambda to: list(Eschoolplus(eschoolplus(to)).read(Feed.COURSES)),
    "eschoolplus write": lambda to: eschoolplus(to).write("PUT", "sections/1", {}),
    "oneroster read": lambda to: list(adapter_over(to).read(Feed.COURSES)),  # type: ignore[arg-type]
}
WRITES = ("schoology create", "schoology update", "schoology drop")
NAMES = (
    "a maintenance page with 200",
    "such a page that says it is JSON",
    "cut JSON",
    "null",
    "a number",
    "a redirect",
    "a redirect with a page",
    "a broken gateway",
    "a firewall",
    "a TLS alert",
    "an unknown host",
    "a refused connection",
    "a connection that breaks off",
    *(f"429 with Retry-After {each[:12]!r}" for each in ODD_WAITS),
)


def what_came(call: str, fault: Fault) -> Any:
    """What the caller of a port gets: an error, or an answer."""
    try:
        return CALLS[call](Answers(fault.happens))
    except OutsideError as error:
        return error


@pytest.mark.parametrize("call", CALLS)
def test_whatever_happens_to_a_connection_that_worked_is_an_outage_first(
    call: str, faults: dict[str, Fault]
) -> None:
    assert tuple(faults) == NAMES
    wrong = [f"{name}: {why}" for name, fault in faults.items() if (why := _wrong(call, fault))]

    assert not wrong, "\n".join(wrong)


def _wrong(call: str, fault: Fault) -> str:
    came = what_came(call, fault)
    if isinstance(came, list) and came and all(getattr(each, "ambiguous", False) for each in came):
        return "" if fault.maybe_done else "nothing was sent, and it counts as maybe done"
    if not isinstance(came, OutsideError):
        return f"it counts as an answer: {came!r}"
    if came.to_do is not ToDo.WAIT and not came.outage_first:
        return f"it ends the job: {came!r}"
    if (came.retry_after or 0.0) > 7 * 86_400:
        return f"it waits for {came.retry_after} seconds"
    if call in WRITES:
        done = isinstance(came, Transient) and came.maybe_done
        if done != fault.maybe_done or (not fault.maybe_done and not _never_left(came)):
            return f"whether it may have been done is not known: {came!r}"
    return ""


def _never_left(error: OutsideError) -> bool:
    return isinstance(error, Insecure | Throttled | Transient)


@pytest.mark.parametrize(
    "row", [None, 7, "x", {}, {"response_code": None}, {"response_code": "soon", "message": "already exists"}]
)
def test_an_item_without_a_code_is_looked_up_and_not_failed(row: Any) -> None:
    body = json.dumps({"user": [row]}).encode()
    (outcome,) = schoology(Answers(answer(207, body))).update(Kind.USER, [Outgoing(USER, "1")])

    assert outcome.ambiguous and not outcome.conflict
