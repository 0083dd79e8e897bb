"""Runs the state machine of grades: briefly with every run of the tests, and for long with all of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.simulation.grades import Grades
from tests.simulation.room import open_room
from tests.support.seeds import Record, seed_of

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
SHORT = settings(
    max_examples=5,
    stateful_step_count=12,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=SLOW,
)
LONG = settings(
    max_examples=300,
    stateful_step_count=40,
    deadline=None,
    database=None,
    suppress_health_check=SLOW,
)


@pytest.fixture(autouse=True)
def room(tmp_path: Path) -> Iterator[None]:
    Grades.ended = 0
    with open_room(tmp_path) as Grades.room:
        yield


def test_grades_agree_and_nothing_is_lost_or_replaced_unseen() -> None:
    run_state_machine_as_test(Grades, settings=SHORT)

    assert Grades.ended >= SHORT.max_examples


@pytest.mark.parametrize("asks", [False, True])
def test_a_value_typed_in_the_sis_meets_live_sync(asks: bool) -> None:
    """The story that random ones don't always tell: live sync, a press on a page of before, a re-enrollment,
    and *Restore* in one cell that the office typed in."""
    story = Grades()
    story.begin(asks=asks, live=True)
    story.open_the_page()
    story.both_type_in_one_cell(which=0, who=0, theirs=9.5, ours=3)
    story.nothing_was_lost_or_replaced_unseen()
    story.push_on_an_old_page()
    story.nothing_was_lost_or_replaced_unseen()
    story.enroll_again(who=0)
    story.hear_an_event()
    story.push_on_an_old_page()
    story.both_type_in_one_cell(which=1, who=0, theirs=2, ours=4)
    story.nothing_was_lost_or_replaced_unseen()
    story.decide_a_conflict(way="overwrite")
    story.restore()
    story.hear_an_event()
    story.teardown()


@pytest.mark.long
@pytest.mark.long_run
def test_the_same_is_true_for_long(record_property: Record) -> None:
    seed(seed_of("GRADES_SEED", None, record_property))(Grades)
    run_state_machine_as_test(Grades, settings=LONG)

    assert Grades.ended >= LONG.max_examples
