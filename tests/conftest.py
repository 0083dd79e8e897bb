"""Fixtures that many tests share, and what must hold for the whole run."""

from __future__ import annotations

import gc
import os
import secrets
import shutil
import socket
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain, groupby
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import time_machine

from tests.support import postgres
from tests.support.run_folder import run_folder
from tests.support.world import World, make_world

# How fast this machine is decides no test: neither a deadline nor the pace at which inputs are made.
hypothesis.settings.register_profile(
    "any_speed", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("any_speed")
SKIPPED: set[str] = set()
SEED = "TEST_SEED"
LOOPBACK = ("127.", "localhost", "::1")


def must_have(what: str, remedy: str) -> None:
    """Skip what this machine lacks; under CI the lack is a failure."""
    SKIPPED.add(f"{what} TESTS WERE SKIPPED: {remedy}".upper())
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is missing: {remedy}", pytrace=False)
    # Only on a machine of one's own: no browser there is no reason to run nothing at all.
    pytest.skip(f"{what} is missing: {remedy}")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Everything that tests write stands in one folder, which goes with the run; all that is left to chance
    follows from one number, in every process of the run."""
    if config.option.basetemp is None:
        config.option.basetemp = str(run_folder() / "tests")
    seed = int(os.environ.setdefault(SEED, str(secrets.randbits(32))))
    if config.getoption("randomly_seed", None) == "default":
        config.option.randomly_seed = seed
    if config.getoption("hypothesis_seed", None) is None:
        config.option.hypothesis_seed = str(seed)


def pytest_report_header() -> str:
    """What to give to have this very run again."""
    return f"{SEED}={os.environ[SEED]}"


def pytest_unconfigure(config: pytest.Config) -> None:
    """Processes of a run share one database server, which ends with the run."""
    if not hasattr(config, "workerinput"):
        postgres.stop()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Each process begins with its share of what takes long: begun last, others would wait for it."""
    processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    short = [item for item in items if not item.get_closest_marker("long")]
    long = [item for item in items if item.get_closest_marker("long")]
    files = [list(group) for _, group in groupby(long, key=lambda item: item.path)]
    dealt: list[pytest.Item] = []
    for number in range(processes):
        share = list(chain.from_iterable(files[number::processes]))
        room = (len(items) - len(dealt)) // (processes - number) - len(share)
        dealt += share + short[: max(room, 0)]
        del short[: max(room, 0)]
    items[:] = dealt + short


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


@pytest.fixture(scope="session")
def postgres_server() -> str:
    """The run's PostgreSQL server; the address of a database there, its name left to be filled in."""
    try:
        return postgres.server()
    except postgres.NoServer as error:
        must_have("PostgreSQL", str(error))
        raise


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """A fresh PostgreSQL database that has been through every migration."""
    with postgres.dropped_at_the_end(postgres.migrated_database()) as url:
        yield url.replace("+psycopg", "")


@pytest.fixture
def empty_postgres_url(postgres_server: str) -> Iterator[str]:
    """A fresh PostgreSQL database without any table."""
    with postgres.dropped_at_the_end(postgres.empty_database()) as url:
        yield url.replace("+psycopg", "")


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
    must_have("browser", "install Chromium, or name it in CHROMIUM")
    raise AssertionError
