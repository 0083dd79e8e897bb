"""Servers that cannot prove who they are: nothing is sent to them, and the words say who must act."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from lti_app.outbound.errors import Insecure, ToDo, Transient
from lti_app.outbound.hosts import PublicOnlyAdapter
from lti_app.outbound.transport import Transport
from lti_app.sis.errors import SisConfigError, SisUnavailable
from lti_app.sis.eschoolplus.adapter import Eschoolplus
from lti_app.sis.eschoolplus.client import EschoolClient
from tests.support.tls import DAY, Authority, Peer, ends_in_the_handshake, over, plain, serving

Wrap = Callable[[socket.socket], socket.socket]
PUBLIC = "93.184.216.34"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def no_common_cipher(context: ssl.SSLContext) -> ssl.SSLContext:
    """A server with which no encryption can be agreed: its certificate is of another kind than it offers."""
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("AES256-SHA")
    return context


BAD: dict[str, tuple[Callable[[Authority, Path], Wrap], str, str]] = {
    "nobody's": (
        lambda _, folder: over(Authority(folder).certificate("localhost")),
        "certificate of localhost isn’t trusted",
        "must install a certificate",
    ),
    "expired": (
        lambda authority, _: over(authority.certificate("localhost", begins=-2 * DAY, ends=-DAY)),
        "certificate of localhost has expired",
        "must renew it",
    ),
    "of tomorrow": (
        lambda authority, _: over(authority.certificate("localhost", begins=DAY, ends=2 * DAY)),
        "certificate of localhost isn’t valid yet",
        "the clock",
    ),
    "another host's": (
        lambda authority, _: over(authority.certificate("other.example")),
        "certificate of localhost is for another name",
        "Check the address",
    ),
    "plain HTTP": (
        lambda *_: plain,
        "localhost doesn’t offer a secure connection",
        "Check the address and port",
    ),
}


@contextmanager
def refused(authority: Authority, folder: Path, which: str) -> Iterator[tuple[Peer, str, str]]:
    make, says, remedy = BAD[which]
    with serving(make(authority, folder)) as peer:
        yield peer, says, remedy


def transport(authority: Authority, waits: list[float], **more: Any) -> Transport:
    return Transport(adapter=authority.adapter(), sleep=waits.append, time_out=(5.0, 5.0), **more)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("which", BAD)
def test_it_is_tried_once_and_the_message_says_who_must_act(
    authority: Authority, tmp_path: Path, which: str, method: str
) -> None:
    waits: list[float] = []
    with (
        refused(authority, tmp_path, which) as (peer, says, remedy),
        transport(authority, waits) as transported,
        pytest.raises(Insecure) as raised,
    ):
        transported.request(method, f"https://localhost:{peer.port}/secret?key=1", json={"name": "Ann"})

    assert says in raised.value.message and remedy in raised.value.message
    assert len(peer.connected) == 1 and waits == []
    assert raised.value.url == f"https://localhost:{peer.port}/secret"


def test_a_server_that_proves_who_it_is_is_asked(authority: Authority) -> None:
    with (
        serving(over(authority.certificate("localhost", "127.0.0.1"))) as peer,
        transport(authority, []) as transported,
    ):
        for host in ("localhost", "127.0.0.1"):
            assert transported.request("GET", f"https://{host}:{peer.port}/").text == "fine"


def test_a_handshake_that_breaks_off_is_an_outage_and_asked_again(authority: Authority) -> None:
    waits: list[float] = []
    with (
        serving(ends_in_the_handshake) as peer,
        transport(authority, waits, attempts=3) as transported,
        pytest.raises(Transient),
    ):
        transported.request("GET", f"https://localhost:{peer.port}/")

    assert len(peer.connected) == 3 and waits == [1.0, 2.0]


@pytest.mark.parametrize("which", BAD)
def test_a_sis_that_cannot_prove_who_it_is_is_no_outage(
    authority: Authority, tmp_path: Path, which: str
) -> None:
    """The administrator's page shows the words, and no password was sent."""
    with refused(authority, tmp_path, which) as (peer, says, remedy):
        sis = Eschoolplus(_client(authority, peer))
        with pytest.raises(SisConfigError) as raised:
            sis.check()

    assert says in str(raised.value) and remedy in str(raised.value)
    assert "not like eSchoolPLUS" not in str(raised.value)
    assert raised.value.to_do is not ToDo.WAIT
    assert len(peer.connected) == 1


def test_a_sis_whose_handshake_breaks_off_is_an_outage(authority: Authority) -> None:
    with serving(ends_in_the_handshake) as peer, pytest.raises(SisUnavailable):
        Eschoolplus(_client(authority, peer)).check()


def _client(authority: Authority, peer: Peer) -> EschoolClient:
    return EschoolClient(
        transport(authority, []),
        domain=f"https://localhost:{peer.port}",
        site_code="1",
        login_name="a",
        password="b",
    )


@pytest.fixture
def route(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """A name service and a network in which a host has a public address that leads to this machine."""
    real = socket.getaddrinfo

    def made(host: str) -> None:
        def lookup(name: Any, port: Any, *args: Any, **more: Any) -> Any:
            if name == host:
                return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (PUBLIC, port))]
            return real("127.0.0.1" if name == PUBLIC else name, port, *args, **more)

        monkeypatch.setattr(socket, "getaddrinfo", lookup)

    return made


@pytest.mark.parametrize(
    ("issued_for", "is_well"), [("sis.example", True), ("other.example", False), (PUBLIC, False)]
)
def test_the_certificate_must_be_the_hosts_though_its_address_was_checked(
    authority: Authority, route: Callable[[str], None], issued_for: str, is_well: bool
) -> None:
    """The connection goes to an address that was found public; who answers there must still be the host."""
    route("sis.example")
    adapter = authority.adapter(PublicOnlyAdapter)
    with (
        serving(over(authority.certificate(issued_for))) as peer,
        Transport(adapter=adapter) as transported,
    ):
        url = f"https://sis.example:{peer.port}/"
        if is_well:
            assert transported.request("GET", url).text == "fine"
            return
        with pytest.raises(Insecure, match="certificate of sis.example is for another name"):
            transported.request("GET", url)


def test_one_client_asks_over_tls_and_where_that_is_allowed_without(
    authority: Authority, route: Callable[[str], None]
) -> None:
    """As a token address with https beside lists over http."""
    route("sis.example")
    adapter = authority.adapter(PublicOnlyAdapter)
    adapter._allowed = {"sis.example": {"http": "always"}}  # type: ignore[attr-defined]
    with (
        serving(over(authority.certificate("sis.example"))) as secret,
        serving(plain) as readable,
        Transport(adapter=adapter) as client,
    ):
        for scheme, peer in (("https", secret), ("http", readable), ("https", secret)):
            assert client.request("GET", f"{scheme}://sis.example:{peer.port}/").text == "fine"
