"""Answers that were made to break whoever reads them: huge, nested, odd, and leading elsewhere."""

from __future__ import annotations

import threading
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from lti_app.outbound import bounds, deadlines
from lti_app.outbound.answers import LONGEST_WAIT
from lti_app.outbound.bounds import json_of
from lti_app.outbound.errors import OutboundError, Transient, Unexpected
from lti_app.outbound.transport import Transport
from lti_app.sis.errors import SisError
from lti_app.sis.registry import build
from tests.support.slow_servers import answer, gzipped, saying

MEGABYTE = b" " * 1024 * 1024
JSON = "Content-Type: application/json"
GZIP = "Content-Encoding: gzip"
DEEP = b"[" * 200_000
ODD = {
    "redirect-nowhere": answer(b"", "Location: http://[", status="302 Found"),
    "redirect-bytes": answer(b"", "Location: http://\xe9\xff", status="302 Found"),
    "wait-superscript": answer(b"", "Retry-After: \xb2", status="503 Busy"),
    "wait-forever": answer(b"", f"Retry-After: {'9' * 400}", status="503 Busy"),
    "wait-date": answer(b"", f"Retry-After: Mon, 01 Jan {'9' * 20} 00:00:00 GMT", status="503 Busy"),
    "nested": answer(DEEP, JSON, status="400 No"),
    "long-number": answer(b"1" * 20_000, JSON, status="400 No"),
    "charset": answer(b"\xff{}", f"{JSON}; charset=nonsense", status="400 No"),
    "no-gzip": answer(b"abc", GZIP),
    "gzip-gzip": answer(gzipped(gzipped(MEGABYTE, 100), 1), "Content-Encoding: gzip, gzip"),
    "chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"0" * 10_000_000,
    "continue": b"HTTP/1.1 100 Continue\r\n\r\n" * 10_000,
    "status": b"HTTP/1.1 999999 X\r\n\r\n",
    "headers": b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 1000 + b"\r\n",
    "length": b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\nabc",
}


@pytest.mark.parametrize("case", ODD)
def test_an_odd_answer_is_a_failure_of_the_network_and_nothing_else(case: str) -> None:
    with saying(ODD[case]) as server, Transport(attempts=1, total=5) as client:
        try:
            assert client.request("GET", server.url).status_code == 302
        except OutboundError as error:
            assert (error.retry_after or 0) <= LONGEST_WAIT


def traced(ask: Callable[[], Any]) -> int:
    """The megabytes that the most memory of a refused call took."""
    tracemalloc.start()
    try:
        with pytest.raises(Unexpected, match="too large"):
            ask()
        return tracemalloc.get_traced_memory()[1] // 1024**2
    finally:
        tracemalloc.stop()


def test_a_redirect_is_not_read_however_large_it_is() -> None:
    reply = answer(gzipped(MEGABYTE, 200), GZIP, "Location: https://elsewhere.example/", status="302 Found")
    with saying(reply) as server, Transport(attempts=1) as client:
        assert traced(lambda: client.request("GET", server.url)) < 60


@pytest.mark.parametrize("unit", [b"[]," * 1024, b'{"a":0},' * 1024, b"0," * 1024])
@pytest.mark.parametrize("page", [True, False])
def test_an_answer_of_countless_values_is_refused_before_it_is_parsed(unit: bytes, page: bool) -> None:
    reply = answer(gzipped(unit, 7 * 1024**2 // len(unit)), GZIP, JSON)
    with saying(reply) as server, Transport(attempts=1) as client:
        if page:
            deadlines.enter_page()
        try:
            assert traced(lambda: client.request("GET", server.url)) < 60
        finally:
            deadlines.leave_page()


def test_a_large_page_of_a_list_is_read() -> None:
    row = b'{"a":"b"' + b',"field":"value"' * 38 + b"},"
    reply = answer(b"[" + row * 10_000 + b"0]", JSON)
    with saying(reply) as server, Transport(attempts=1) as client:
        assert len(json_of(client.request("GET", server.url))) == 10_001


def test_a_line_without_an_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "LONGEST_LINE", 1000)
    with (
        saying(answer(b"a,b\n" + b"x" * 5000, "Content-Type: text/csv; charset=nonsense")) as server,
        Transport() as client,
    ):
        lines = client.lines(server.url, headers={})
        assert next(lines) == "a,b\n"
        with pytest.raises(Unexpected, match="too long"):
            next(lines)


def test_ever_new_cookies_are_not_kept() -> None:
    many = [f"Set-Cookie: c{number}=x" for number in range(50)]
    with saying(answer(b"", *many)) as server, Transport() as client:
        client.request("GET", server.url)
        assert len(client._session.cookies) == 0


BODIES = {
    "nested": DEEP,
    "long-number": b"1" * 20_000,
    "bytes": b"\xff\xfe\xfd",
    "list": b"[]",
    "null": b"null",
    "version": '{"token": "t", "product": "p", "version": "\u00b2.\u00b3"}'.encode(),
    "infinite": b'{"token": "t", "product": "p", "version": "4", "jobId": 1, "pageTotal": 1e400}',
    "token-lines": b'{"token": "a\\r\\nX: y", "product": "p", "version": "4", "access_token": "a\\r\\nX: y"}',
    "token-snowman": b'{"token": "\\u2603", "product": "p", "version": "4", "access_token": "\\u2603"}',
    "orgs": b'{"access_token": "t", "orgs": {"a": [1]}}',
}


@pytest.mark.parametrize("case", BODIES)
@pytest.mark.parametrize("adapter", ["eschoolplus", "oneroster"])
def test_an_odd_body_of_a_sis_is_a_problem_of_that_sis(adapter: str, case: str) -> None:
    """Neither a page that shows an error of the app, nor a job that breaks."""
    with saying(answer(BODIES[case], JSON, "Date: Mon, 01 Jan 99999999999 00:00:00 GMT")) as server:
        settings = {"domain": server.url, "site_code": "s", "login_name": "l", "version": "1.1"}
        settings |= {"base_url": server.url, "token_url": server.url, "client_id": "c"}
        secrets = {"password": "p", "client_secret": "s"}
        sis = build(adapter, settings, secrets, network=None, sleep=lambda _seconds: None)
        for ask in (sis.check, lambda: list(sis.buildings())):
            with suppress(SisError):
                ask()


class Slow:
    """A pace that lets nothing pass until the test says so."""

    def __init__(self) -> None:
        self.waiting, self.go = threading.Semaphore(0), threading.Event()

    def wait(self) -> None:
        self.waiting.release()
        assert self.go.wait(10)

    def heard(self, status: int) -> None:
        """Nothing comes of it."""


def test_pages_that_wait_for_the_pace_hold_few_threads() -> None:
    """Most pages of a district that waits for its turn are refused at once; other districts find a place."""
    pace, told = Slow(), []

    def page(whose: int) -> None:
        deadlines.enter_page()
        deadlines.page_of(whose)
        try:
            with saying(answer(b"")) as server, Transport(pace=pace, attempts=1) as client:
                client.request("GET", server.url)
                told.append(f"{whose}")
        except Transient as error:
            told.append(f"{whose} {error}")

    pages = [threading.Thread(target=page, args=(whose,)) for whose in [1] * 16 + [2] * 16 + [3, 4, 5, 6]]
    for each in pages[:32]:
        each.start()
    for _ in range(2 * deadlines.OF_ONE):
        assert pace.waiting.acquire(timeout=10)
    for each in pages[32:]:
        each.start()
    for _ in range(4):
        assert pace.waiting.acquire(timeout=10)
    pace.go.set()
    for each in pages:
        each.join(10)

    assert sorted(each for each in told if " " not in each) == [
        "1",
        "1",
        "1",
        "2",
        "2",
        "2",
        "3",
        "4",
        "5",
        "6",
    ]
    assert all("Other pages of your district" in each for each in told if " " in each)
