"""The nginx configuration of docs/hosting.md: slow clients and floods leave everyone else served, and no log
holds a secret. Bounded in count and time, and on this machine only."""

from __future__ import annotations

import socket
import ssl
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path

import pytest
import requests

from tests.conftest import must_have
from tests.support.nginx import HOST, NoServer, Proxy, proxied
from tests.support.processes import answers, environment, free_port, running, until
from tests.support.world import running_app, settings

pytestmark = pytest.mark.long_run
SLOW = 150
"""Clients that never finish their request: many times the threads of the app."""
FLOOD = 800
SECRET = "s3cret-of-a-trigger"


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Proxy]:
    """nginx with no one behind it: it answers 502 at once, so that a flood is one on any machine."""
    with started(tmp_path, free_port()) as made:
        yield made


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[Proxy]:
    """nginx in front of the app."""
    app_port = free_port()
    chosen = settings(tmp_path)
    with running_app(chosen), ExitStack() as stack:
        web = ("gunicorn", "--threads", "4", "-b", f"127.0.0.1:{app_port}", "wsgi:app")
        stack.enter_context(running(*web, env=environment(chosen), log=tmp_path / "web.log"))
        made = stack.enter_context(started(tmp_path, app_port))
        until(lambda: answers(app_port))
        yield made


@contextmanager
def started(folder: Path, app_port: int) -> Iterator[Proxy]:
    try:
        with proxied(folder / "nginx", port=free_port(), app_port=app_port) as made:
            yield made
    except NoServer:
        must_have("nginx", "run 'make nginx'")


def get(proxy: Proxy, path: str) -> requests.Response:
    return requests.get(f"{proxy.url}{path}", verify=str(proxy.certificate), timeout=30)


def send_events(proxy: Proxy, secret: str, number: int) -> Counter[int]:
    """All are written before the first answer is read, so that they are a flood on a slow machine, too."""
    head = f"POST /events/{secret} HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 2\r\n\r\n{{}}"
    trusted = ssl.create_default_context(cafile=str(proxy.certificate))
    with (
        socket.create_connection(("127.0.0.1", proxy.port), timeout=30) as plain,
        trusted.wrap_socket(plain, server_hostname=HOST) as client,
    ):
        client.sendall(head.encode() * number)
        lines = (line.split() for line in client.makefile("rb") if line.startswith(b"HTTP/1.1 "))
        return Counter(int(status) for _, status, *_ in islice(lines, number))


def test_slow_clients_hold_no_thread_of_the_app(proxy: Proxy) -> None:
    trusted = ssl.create_default_context(cafile=str(proxy.certificate))
    head = f"POST /lti/login HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 100000\r\n"
    with ExitStack() as stack:
        for number in range(SLOW):
            plain = stack.enter_context(socket.create_connection(("127.0.0.1", proxy.port)))
            client = stack.enter_context(trusted.wrap_socket(plain, server_hostname=HOST))
            body = "\r\nstart of a body" if number % 2 else ""  # half stop in the head, half in the body
            client.sendall(f"{head}{body}".encode())
        assert [get(proxy, "/healthz").status_code for _ in range(10)] == [200] * 10


def test_a_flood_of_events_is_limited_for_its_secret_alone(alone: Proxy) -> None:
    answered = send_events(alone, SECRET, FLOOD)

    assert answered.total() == FLOOD and answered[502] >= 300 and answered[429] > 0, answered
    assert send_events(alone, "another-secret", 1) == {502: 1}


def test_a_school_behind_one_address_opens_the_app(proxy: Proxy) -> None:
    with requests.Session() as session:
        url = f"{proxy.url}/lti/login"
        answered = Counter(
            session.get(url, verify=str(proxy.certificate), timeout=30).status_code for _ in range(300)
        )

    assert 429 not in answered


def test_no_log_holds_a_secret(alone: Proxy) -> None:
    """Not when the app doesn't answer or a limit is met, either, which nginx says in another log."""
    assert set(send_events(alone, SECRET, FLOOD)) == {502, 429}
    get(alone, "/acting-user/return/s3cret-return?oauth_token=s3cret-token")
    get(alone, "/healthz?anything=s3cret")

    until(lambda: "/healthz" in alone.said)
    assert "/events/[secret]" in alone.said and "/acting-user/return/[secret]" in alone.said
    assert "s3cret" not in alone.said
