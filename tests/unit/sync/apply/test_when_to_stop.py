"""A Schoology that does not answer, or seldom, is left alone for a while."""

from __future__ import annotations

import pytest

from lti_app.outbound.errors import Transient
from lti_app.sync.apply.send import SchoologyDown
from lti_app.sync.apply.when_to_stop import MOSTLY, PATIENCE, Breaker
from tests.fakes import Rows
from tests.support.records import student
from tests.unit.conftest import Engine

DOWN = Transient("down")


@pytest.fixture
def breaker() -> Breaker:
    return Breaker()


def test_it_opens_after_a_few_rounds_without_any_answer(breaker: Breaker) -> None:
    for _ in range(PATIENCE - 1):
        breaker.note(answered=0, unanswered=1)
    assert not breaker.is_open

    breaker.note(answered=0, unanswered=1)

    assert breaker.is_open


def test_an_answer_begins_the_count_again(breaker: Breaker) -> None:
    for _ in range(PATIENCE):
        breaker.note(answered=2, unanswered=1)

    assert not breaker.is_open


def test_it_opens_where_most_are_not_answered_though_some_are(breaker: Breaker) -> None:
    for _ in range(MOSTLY - 1):
        breaker.note(answered=4, unanswered=4)
    assert not breaker.is_open

    breaker.note(answered=1, unanswered=7)

    assert breaker.is_open


def test_one_moment_without_answers_does_not_open_it_whatever_is_in_flight(breaker: Breaker) -> None:
    breaker.note(answered=500, unanswered=32)
    breaker.note(answered=0, unanswered=32)

    assert not breaker.is_open


def test_a_run_pauses_where_one_request_in_four_is_answered(engine: Engine) -> None:
    """Each round gets an answer, and would go on for hours."""
    engine.sis.rows[Rows.STUDENTS] = [
        student(number=f"{n:04}", login=f"s{n}", email=f"s{n}@d.example", last_name=f"Name{n}")
        for n in range(3000)
    ]
    engine.schoology.script = [DOWN, DOWN, DOWN, None] * 200

    with pytest.raises(SchoologyDown):
        engine.run("users")

    assert len(engine.schoology.calls) < 120


@pytest.mark.parametrize(("round_", "times"), [((0, 1), 4), ((0, 8), 4), ((1, 1), 10), ((3, 8), 10)], ids=str)
def test_it_opens_after_four_silent_rounds_or_ten_half_answered(round_: tuple[int, int], times: int) -> None:
    breaker, opened = Breaker(), []
    for _ in range(times):
        breaker.note(*round_)
        opened.append(breaker.is_open)

    assert opened == [False] * (times - 1) + [True]


@pytest.mark.parametrize("good", [(1, 0), (2, 1)], ids=str)
def test_a_good_round_begins_the_count_again(good: tuple[int, int]) -> None:
    breaker = Breaker()
    for _ in range(3):
        breaker.note(0, 1)
    breaker.note(*good)
    opened = []
    for _ in range(4):
        breaker.note(0, 1)
        opened.append(breaker.is_open)
    assert opened == [False, False, False, True]

    breaker.note(*good)
    opened = []
    for _ in range(10):
        breaker.note(1, 1)
        opened.append(breaker.is_open)
    assert opened == [False] * 9 + [True]
