"""Where a tenant may have the app connect, by table; what errors show of what answered there."""

from __future__ import annotations

import socket
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from lti_app import clock
from lti_app.config import SettingsError, read_settings
from lti_app.extensions import db
from lti_app.models import Audit, SisConnection
from lti_app.outbound.addresses import Reach, reach
from lti_app.outbound.errors import OutboundError
from lti_app.outbound.hosts import PrivateAddress, PublicOnlyAdapter
from lti_app.outbound.transport import Transport
from lti_app.sandbox.serving import serve
from tests.factories import add_sis_connection
from tests.support.launching import launching
from tests.support.world import KEY


def words(text: str) -> list[str]:
    """The words of a text."""
    return text.split()


NEVER = words(
    """
    0.0.0.0 0.1.2.3 127.0.0.1 127.8.9.1 169.254.169.254 169.254.0.1 169.254.170.2 192.0.0.8
    192.0.0.192 192.0.2.1 192.31.196.1 192.52.193.1 192.88.99.1 192.175.48.1 198.18.0.1
    198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255
    100.100.100.200 168.63.129.16 :: ::1 ::7f00:1 ::ffff:127.0.0.1 ::ffff:169.254.169.254
    ::ffff:7f00:1 64:ff9b::7f00:1 64:ff9b::808:808 64:ff9b:1::1 100::1 2001::1 2001:db8::1
    2002:7f00:1:: 2002:808:808:: 2002:a9fe:a9fe:: 2620:4f:8000::1 3fff::1 5f00::1 fe80::1
    fe80::1%eth0 ff02::1 fd00:ec2::254 fd20:ce::254 ::808:808
    """
)
PRIVATE = words(
    """
    10.0.0.1 10.255.255.255 172.16.0.1 172.31.255.254 192.168.1.1 100.64.0.1 100.127.255.255 fc00::1
    fd12:3456::1 fec0::1 feff::1 ::ffff:10.0.0.1 ::ffff:c0a8:101
    """
)
PUBLIC = words(
    """
    8.8.8.8 1.1.1.1 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 172.15.255.255 172.32.0.0
    192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 223.255.255.255 2606:4700:4700::1111
    2a00:1450::1 ::ffff:8.8.8.8
    """
)


@pytest.mark.parametrize("address", NEVER)
def test_special_addresses_are_out_of_reach_also_where_a_host_is_allowed(address: str) -> None:
    assert reach(address) is Reach.NEVER


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_need_the_hosts_permission(address: str) -> None:
    assert reach(address) is Reach.PRIVATE


@pytest.mark.parametrize("address", PUBLIC)
def test_their_neighbors_are_public(address: str) -> None:
    assert reach(address) is Reach.PUBLIC


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "169.254.169.254", "0x7f000001", "2130706433"]
)
def test_no_permission_opens_this_machine_or_metadata(host: str) -> None:
    name = host.strip("[]")
    adapter = PublicOnlyAdapter({name: {"private": True, "http": "always"}})
    with Transport(adapter=adapter, attempts=1) as client, pytest.raises(PrivateAddress):
        client.request("GET", f"http://{host}/")


@pytest.mark.parametrize(("days", "refused"), [(-1, True), (0, False), (30, False)])
def test_plain_http_is_refused_unless_allowed_or_still_going_on(
    monkeypatch: pytest.MonkeyPatch, days: int, refused: bool
) -> None:
    until = (clock.now() + timedelta(days=days)).date().isoformat()
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: [(0, 0, 0, "", ("8.8.8.8", 80))])
    monkeypatch.setattr("requests.adapters.HTTPAdapter.send", lambda *_, **__: (_ for _ in ()).throw(Reached))
    adapter = PublicOnlyAdapter({"sis.example": {"private": False, "http": until}})
    with Transport(adapter=adapter, attempts=1) as client:
        with pytest.raises(PrivateAddress if refused else Reached):
            client.request("GET", "http://sis.example/")
        with pytest.raises(PrivateAddress, match="must begin with https"):
            client.request("GET", "http://other.example/")


ODD_ADDRESSES = words(
    r"""
    https://2130706433/ https://0x7f.1/ https://017700000001/ https://127.1/ https://0/ https://localhost./
    https://169.254.169.254./ https://[::ffff:7f00:1]/ https://[0:0:0:0:0:ffff:7f00:1]/ https://user:pw@127.1/
    https://\u2460\u2461\u2466.\u24ea.\u24ea.\u2460/ https://[fe80::1%25lo]/ https://127.0.0.1:0/ https://s/ https://a..b/
    https://8.8.8.8@127.0.0.1/ https://127.0.0.1#@sis.example/ https://127.0.0.1:99999/ https://[::1 https:///x
    ftp://sis.example/ file:///etc/passwd gopher://127.0.0.1/ https://xn--/ https://127.0.0.1\\@sis.example/
    """
)


@pytest.mark.parametrize("url", [*ODD_ADDRESSES, "https://a\nb/", "https://\x00/", "https://\udcff/"])
def test_odd_addresses_are_refused_and_never_reach_this_machine(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    """Whatever a resolver makes of decimal, octal and full-width forms, the address itself is judged."""
    real = socket.getaddrinfo
    monkeypatch.setattr(
        "socket.getaddrinfo",
        lambda host, port, **more: real("127.0.0.1" if host.isalpha() else host, port, **more),
    )
    with Transport(adapter=PublicOnlyAdapter({}), attempts=1) as client, pytest.raises(OutboundError):
        client.request("GET", url)


def test_a_name_with_one_private_address_among_public_ones_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A name that is answered with both would otherwise be asked until the wrong one comes first."""
    found = [(0, 0, 0, "", (each, 443)) for each in ("8.8.8.8", "::ffff:10.0.0.1")]
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: found)
    with Transport(adapter=PublicOnlyAdapter({}), attempts=1) as client, pytest.raises(PrivateAddress):
        client.request("GET", "https://sis.example/")


class Reached(Exception):
    """The request would have left."""


def test_the_switch_that_opened_everything_is_refused_with_its_command(tmp_path: Path) -> None:
    environ = {"LTI_APP_SECRET_KEYS": KEY, "LTI_APP_ALLOW_PRIVATE_SIS_HOSTS": "1"}
    with pytest.raises(SettingsError, match="installation allow-host --installation ID --host HOST"):
        read_settings(environ, tmp_path)
    demo = read_settings({**environ, "LTI_APP_DEMO": "1"}, tmp_path)
    assert demo.allow_private_sis_hosts
    with pytest.raises(SettingsError, match="LTI_APP_DEMO"):
        read_settings({**environ, "LTI_APP_DEMO": "1", "LTI_APP_PUBLIC_URL": "https://a.example"}, tmp_path)
    with pytest.raises(SettingsError, match="LTI_APP_SCHOOLOGY_API_URL must begin with https"):
        read_settings(
            {"LTI_APP_SECRET_KEYS": KEY, "LTI_APP_SCHOOLOGY_API_URL": "http://api.example/v1"}, tmp_path
        )


def test_a_host_is_allowed_for_one_installation_and_doctor_names_plain_http(tmp_path: Path) -> None:
    with launching(tmp_path, allow_private_sis_hosts=False) as there:
        with there.app.app_context():
            add_sis_connection(db.session(), 1, settings={"domain": "http://sis.district.example"})
            db.session.commit()
        run = there.app.test_cli_runner().invoke
        command = ("installation", "allow-host", "--installation", "1", "--host", "SIS.district.example")
        assert "it is refused" in run(args=["doctor"]).output
        assert run(args=[*command, "--http"]).exit_code == 0
        assert "uses plain http" not in run(args=["doctor"]).output
        with there.app.app_context():
            row = db.session.get_one(SisConnection, 1)
            assert row.allowed_hosts == {"sis.district.example": {"private": True, "http": "always"}}
            line = db.session.query(Audit).filter(Audit.what.startswith("Allowed host")).one()
            assert line.new == "allowed with plain http"
        assert run(args=[*command, "--remove"]).exit_code == 0
        with there.app.app_context():
            assert db.session.get_one(SisConnection, 1).allowed_hosts == {}
        assert run(args=[*command[:-1], "http://a/b"]).exit_code != 0


def test_an_error_shows_the_vendors_message_and_nothing_else_of_the_answer() -> None:
    app = Flask("inside")

    @app.get("/<kind>")
    def answer(kind: str) -> Any:
        said = {"message": "No such school.", "secret": "hunter2"}
        answers = {"text": ("the password is hunter2", 400), "json": (said, 400), "list": (["hunter2"], 500)}
        return answers[kind]

    served = serve(app)
    try:
        with Transport(attempts=1) as client:
            told = {}
            for kind in ("text", "json", "list"):
                with pytest.raises(OutboundError) as raised:
                    client.request("GET", f"{served.url}/{kind}")
                told[kind] = str(raised.value)
    finally:
        served.close()

    assert "hunter2" not in " ".join(told.values())
    assert "No such school." in told["json"]


def test_stored_plain_http_addresses_go_on_for_thirty_days(tmp_path: Path) -> None:
    from flask_migrate import downgrade, upgrade

    with launching(tmp_path) as there, there.app.app_context():
        add_sis_connection(db.session(), 1, settings={"domain": "http://sis.district.example"})
        db.session.commit()
        downgrade(revision="0025")
        upgrade()
        row = db.session.get_one(SisConnection, 1, populate_existing=True)
        until = (clock.now() + timedelta(days=30)).date().isoformat()
        assert row.allowed_hosts == {"sis.district.example": {"private": False, "http": until}}
