"""Manners towards other systems: what is repeated, how long is waited, what is never followed or logged."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote

import pytest
from flask import Flask, request
from requests import PreparedRequest
from requests.auth import AuthBase

from lti_app.outbound.errors import Permanent, Refused, Throttled, Transient, Unexpected
from lti_app.outbound.transport import Transport
from lti_app.sandbox.serving import serve


@dataclass
class Server:
    """A server that answers what the test says, and remembers what it was asked."""

    answers: list[Any] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    seen: list[tuple[str, dict[str, str], str]] = field(default_factory=list)
    """Address, headers and body of each request."""
    url: str = ""
    waits: list[float] = field(default_factory=list)

    def transport(self, **more: Any) -> Transport:
        return Transport(sleep=self.waits.append, time_out=(2.0, 2.0), **more)


@pytest.fixture
def server() -> Iterator[Server]:
    there = Server()
    app = Flask("server")

    @app.route("/<path:path>", methods=["GET", "POST", "PUT", "DELETE"])
    def anything(path: str) -> Any:
        there.asked.append(f"{request.method} {path}")
        there.seen.append((request.full_path, dict(request.headers), request.get_data(as_text=True)))
        return there.answers.pop(0) if there.answers else ("fine", 200)

    served = serve(app)
    there.url = served.url
    yield there
    served.close()


@pytest.mark.parametrize(
    ("method", "idempotent", "asked"), [("GET", None, 2), ("PUT", True, 2), ("POST", None, 1)]
)
def test_only_what_is_safe_is_repeated_after_a_server_error(
    server: Server, method: str, idempotent: bool | None, asked: int
) -> None:
    server.answers = [("broken", 500)]
    with server.transport() as transport:
        if asked == 1:
            with pytest.raises(Transient) as raised:
                transport.request(method, f"{server.url}/a", idempotent=idempotent)
            assert raised.value.maybe_done
        else:
            assert transport.request(method, f"{server.url}/a", idempotent=idempotent).text == "fine"

    assert len(server.asked) == asked


def test_a_throttled_create_is_repeated_because_it_never_reached_the_api(server: Server) -> None:
    server.answers = [("slow down", 429, {"Retry-After": "7"})]
    with server.transport() as transport:
        transport.request("POST", f"{server.url}/a", json={})

    assert server.asked == ["POST a", "POST a"]
    assert server.waits == [7.0]


def test_every_try_waits_its_turn_and_tells_how_it_was_answered(server: Server) -> None:
    heard: list[Any] = []

    class Tempo:
        def wait(self) -> None:
            heard.append(f"turn {len(server.asked)}")

        def heard(self, status: int) -> None:
            heard.append(status)

    server.answers = [("", 429)]
    with server.transport(pace=Tempo()) as transport:
        transport.request("GET", f"{server.url}/a")

    assert heard == ["turn 0", 429, "turn 1", 200]


def test_without_retry_after_waits_grow(server: Server) -> None:
    server.answers = [("", 429)] * 3
    with server.transport() as transport:
        transport.request("GET", f"{server.url}/a")

    assert server.waits == [1.0, 2.0, 4.0]


@pytest.mark.parametrize("status", [429, 503])
def test_a_retry_after_of_hours_is_left_to_the_caller(server: Server, status: int) -> None:
    server.answers = [("", status, {"Retry-After": "86400"})]
    with server.transport() as transport, pytest.raises(Transient) as raised:
        transport.request("GET", f"{server.url}/a")

    assert raised.value.retry_after == 86400
    assert server.waits == [] and len(server.asked) == 1


@pytest.mark.parametrize("status", [200, 403, 502, 503])
def test_a_create_answered_by_a_proxy_may_be_done_and_is_not_repeated(server: Server, status: int) -> None:
    server.answers = [("<html></html>", status, {"Content-Type": "text/html"})]
    with server.transport() as transport, pytest.raises(Transient) as raised:
        transport.request("POST", f"{server.url}/a", json={}, headers={"Accept": "application/json"})

    assert raised.value.maybe_done
    assert server.asked == ["POST a"]


def test_it_gives_up_after_four_tries(server: Server) -> None:
    server.answers = [("", 429)] * 9
    with server.transport() as transport, pytest.raises(Throttled):
        transport.request("GET", f"{server.url}/a")

    assert len(server.asked) == 4


@pytest.mark.parametrize(
    ("status", "error"), [(401, Refused), (403, Refused), (400, Permanent), (404, Permanent)]
)
def test_permanent_refusals_are_not_repeated(server: Server, status: int, error: type[Exception]) -> None:
    server.answers = [("", status, {"Content-Type": "application/json"})] * 9
    with server.transport() as transport, pytest.raises(error):
        transport.request("GET", f"{server.url}/a")

    assert len(server.asked) == 1


def test_a_redirect_is_handed_back_and_not_followed(server: Server) -> None:
    server.answers = [("", 303, {"Location": "/b"})]
    with server.transport() as transport:
        assert transport.request("GET", f"{server.url}/a").status_code == 303

    assert server.asked == ["GET a"]


def test_an_answer_that_is_too_large_is_not_taken_into_memory(server: Server) -> None:
    server.answers = [("x" * 3000, 200)]
    with server.transport(largest=1000) as transport, pytest.raises(Unexpected, match="too large"):
        transport.request("GET", f"{server.url}/a")


def test_neither_query_nor_body_nor_token_is_logged(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    server.answers = [("Ada Lovelace", 500)] * 4
    with (
        caplog.at_level(logging.DEBUG, "lti_app"),
        server.transport() as transport,
        pytest.raises(Transient),
    ):
        transport.request(
            "GET",
            f"{server.url}/a?school_uids=4711",
            json={"name": "Ada"},
            headers={"X-Session-Token": "secret"},
        )

    for personal in ("4711", "Ada", "secret"):
        assert personal not in caplog.text


class Signer(AuthBase):
    """Writes down what it signs."""

    def __init__(self, name: str = "own") -> None:
        self.name = name
        self.signed: list[tuple[str, Any]] = []

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        self.signed.append((str(request.url), request.body))
        request.headers["Authorization"] = f"{self.name}-{len(self.signed)}"
        return request


def test_a_form_is_posted_as_a_form_and_repeated_like_any_other(server: Server) -> None:
    server.answers = [("broken", 500)]
    fields = {"grant_type": "client_credentials", "scope": "a b&c"}
    with server.transport() as transport:
        transport.request("POST", f"{server.url}/token", form=fields, idempotent=True)

    for _, headers, body in server.seen:
        assert headers["Content-Type"] == "application/x-www-form-urlencoded"
        assert parse_qs(body) == {name: [value] for name, value in fields.items()}
    assert server.asked == ["POST token", "POST token"]


def test_each_attempt_is_signed_again_over_the_address_as_it_is_sent(server: Server) -> None:
    signer = Signer()
    server.answers = [("broken", 500)]
    with server.transport(auth=signer) as transport:
        transport.request("GET", f"{server.url}/people of 5?filter=name='Zoë Ng'&limit=2")

    sent = [f"{server.url}{path}" for path, _, _ in server.seen]
    assert [unquote(address) for address, _ in signer.signed] == [unquote(each) for each in sent]
    assert all(address.isascii() and " " not in address for address, _ in signer.signed)
    assert [headers["Authorization"] for _, headers, _ in server.seen] == ["own-1", "own-2"]


def test_what_signs_one_request_sees_its_body_and_replaces_the_usual(server: Server) -> None:
    usual, other = Signer("usual"), Signer("other")
    with server.transport(auth=usual) as transport:
        transport.request("POST", f"{server.url}/token", form={"a": "1"}, auth=other)
        transport.request("GET", f"{server.url}/data")

    assert [headers["Authorization"] for _, headers, _ in server.seen] == ["other-1", "usual-1"]
    assert other.signed == [(f"{server.url}/token", "a=1")]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_no_signature_follows_a_redirect(server: Server, status: int) -> None:
    signer = Signer()
    server.answers = [("", status, {"Location": f"{server.url}/elsewhere"})]
    with server.transport(auth=signer) as transport:
        assert transport.request("GET", f"{server.url}/a").status_code == status

    assert (server.asked, len(signer.signed)) == (["GET a"], 1)


@pytest.mark.parametrize("status", [400, 401, 403])
def test_who_asked_sees_status_and_answer_of_a_refusal(server: Server, status: int) -> None:
    server.answers = [({"error": "invalid_client"}, status)]
    with server.transport() as transport, pytest.raises(Permanent) as raised:
        transport.request("POST", f"{server.url}/token", form={"a": "1"})

    assert (raised.value.status, raised.value.body) == (status, {"error": "invalid_client"})
