"""Nothing leaves a process that has ended: what cleans up here cannot do what a killed process could not."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import requests
from flask import Flask
from sqlalchemy import Engine, create_engine, text

from lti_app.sandbox.serving import Served, serve
from tests.support.sudden_end import Killed, Life, living


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = create_engine(f"sqlite:///{tmp_path / 'app.sqlite'}")
    with made.begin() as connection:
        connection.execute(text("CREATE TABLE line (word text)"))
    yield made
    made.dispose()


@pytest.fixture
def far() -> Iterator[Served]:
    """Another system, which counts what reaches it."""
    app = Flask("far")
    app.config["seen"] = []
    app.add_url_rule("/", view_func=lambda: app.config["seen"].append(1) or "", methods=["GET", "POST"])
    server = serve(app)
    yield server
    server.close()


def _write(engine: Engine, word: str) -> None:
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO line VALUES (:word)"), {"word": word})


def _lines(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.scalars(text("SELECT word FROM line")))


@pytest.mark.parametrize(("side", "left"), [("before", ["one"]), ("after", ["one", "two"])])
def test_the_commit_at_which_it_ends_is_kept_or_not(engine: Engine, side: str, left: list[str]) -> None:
    life = Life(2, side)
    with living(engine, life):
        for word in ("one", "two", "three"):
            _write(engine, word)

    assert life.over and _lines(engine) == left


@pytest.mark.parametrize("clean_up", ["statement", "connection", "thread", "request"])
def test_cleaning_up_reaches_no_one(engine: Engine, far: Served, clean_up: str) -> None:
    raised: list[str] = []

    def told(work: Callable[[], object]) -> None:
        try:
            work()
        except Killed:
            raised.append(clean_up)

    def in_a_thread() -> None:
        thread = threading.Thread(target=told, args=[lambda: _write(engine, "late")])
        thread.start()
        thread.join()

    with living(engine, Life(1, "after")), engine.connect() as connection:
        ways: dict[str, Callable[[], object]] = {
            "statement": lambda: connection.execute(text("INSERT INTO line VALUES ('late')")),
            "connection": lambda: _write(engine, "late"),
            "request": lambda: requests.post(far.url, timeout=5),
        }
        try:
            _write(engine, "one")
        finally:
            with suppress(Exception):  # as the app does, which catches no more than that
                in_a_thread() if clean_up == "thread" else told(ways[clean_up])

    assert raised == [clean_up]
    assert _lines(engine) == ["one"] and far.app.config["seen"] == []


def test_moments_that_differ_are_told_apart(engine: Engine, far: Served) -> None:
    life = Life()
    with living(engine, life):
        _write(engine, "one")
        requests.get(far.url, timeout=5)
        with engine.begin() as connection:
            connection.execute(text("SELECT word FROM line"))
        requests.post(far.url, timeout=5)
        _write(engine, "two")

    assert life.points() == [(1, "before"), (1, "after"), (3, "before"), (3, "after")]
    assert len(life.points(all_sides=True)) == 6


def test_a_thread_that_goes_on_is_told(engine: Engine) -> None:
    over = threading.Event()
    thread = threading.Thread(target=over.wait)
    with pytest.raises(AssertionError, match="go on"), living(engine, Life()):
        thread.start()
    over.set()
    thread.join()
