"""Live sync: what a teacher changes in Schoology is in the SIS without anybody pressing anything."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.live import Live, make_live


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    with make_live(tmp_path) as made:
        yield made


def test_a_typed_score_arrives_without_a_press(live: Live) -> None:
    room = live.room
    quiz = room.item("Quiz")
    live.type(quiz, 0, 7.5)

    jobs = live.settle()

    assert [each.trigger for each in jobs] == ["live"], [each.message for each in jobs]
    assert jobs[0].state == "done", jobs[0].message
    assert room.score(quiz, 0) == Decimal("7.5")


def test_events_of_a_section_merge_into_one_job_and_one_reading(live: Live) -> None:
    room = live.room
    quiz = room.item("Quiz")
    for number in range(len(room.seats())):
        live.type(quiz, number, number + 1)
    live.carry()
    reads = room.world.store.traffic.requests.get("POST /v1/multiget", 0)

    jobs = live.work()

    assert len(jobs) == 1
    assert room.world.store.traffic.requests["POST /v1/multiget"] - reads == 1
    assert len(room.scores(quiz)) == len(room.seats())
