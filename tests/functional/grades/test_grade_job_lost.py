"""A worker whose job of grades another one took over writes nothing more to the SIS."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.gradebook import Class, make_class
from tests.support.live import Live, make_live
from tests.support.moments import once

PUT, DELETE = "PUT ^.*/assignments/[^/]+$", "DELETE ^.*/assignments/"
ITEMS = 4


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Class]:
    with make_class(tmp_path) as made:
        yield made


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    with make_live(tmp_path) as made:
        yield made


def taken_over(folder: Path) -> Callable[[], None]:
    """Another process takes every job of which it heard nothing."""

    def take() -> None:
        with sqlite3.connect(folder / "app.sqlite") as connection:
            connection.execute("UPDATE job SET owner = 'another' WHERE state = 'running'")
        connection.close()

    return take


def quizzes(room: Class) -> list[Any]:
    items = [room.item(f"Quiz {number}") for number in range(ITEMS)]
    for item in items:
        room.grade(item)
    return items


def test_a_push_sends_no_further_item(room: Class, tmp_path: Path) -> None:
    quizzes(room)
    puts = room.watch(PUT)

    with once(lambda: puts() == 1, taken_over(tmp_path)) as followed:
        job = room.sync()

    assert followed
    assert puts() == len(room.assignments()) == 1
    assert job.owner == "another" and job.state == "running"


def test_a_removal_by_hand_removes_no_further_item(room: Class, tmp_path: Path) -> None:
    items = quizzes(room)
    room.sync()
    for item in items:
        room.delete(item)
    deletes = room.watch(DELETE)

    with once(lambda: deletes() == 1, taken_over(tmp_path)) as followed:
        room.sync(remove=[str(each.id) for each in items], let_go=True)

    assert followed
    assert deletes() == 1 and len(room.assignments()) == ITEMS - 1


def test_live_sync_removes_no_further_item(live: Live, tmp_path: Path) -> None:
    room = live.room
    items = quizzes(room)
    live.settle()
    assert len(room.assignments()) == ITEMS
    for item in items[:2]:
        room.delete(item)
    deletes = room.watch(DELETE)

    with once(lambda: deletes() == 1, taken_over(tmp_path)) as followed:
        live.settle()

    assert followed
    assert deletes() == 1 and len(room.assignments()) == ITEMS - 1
