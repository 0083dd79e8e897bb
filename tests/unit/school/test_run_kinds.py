"""What each run covers, as the parts of the app relied on it before it stood in one table."""

from __future__ import annotations

import pytest

from lti_app.school.records import Kind
from lti_app.school.run_kinds import PLAN_STEPS, WHOLE, RunKind

EVERYTHING = {*PLAN_STEPS, "terms", "users", "courses", "sections", "first_read"}


@pytest.mark.parametrize(
    ("run", "kinds"),
    [
        ("all", {"user", "parent_link", "course", "section", "enrollment"}),
        ("users", {"user", "parent_link"}),
        ("courses", {"course"}),
        ("sections", {"section", "enrollment"}),
        ("one", set()),
        ("undo", set()),
        ("drift", set()),
        ("prep", set()),
        ("grades", set()),
    ],
)
def test_a_run_plans_these_kinds_of_records(run: str, kinds: set[str]) -> None:
    assert set(RunKind(run).kinds) == kinds


@pytest.mark.parametrize(
    ("run", "steps"),
    [
        ("all", EVERYTHING),
        ("one", EVERYTHING),
        ("users", {*PLAN_STEPS, "users", "first_read"}),
        ("courses", {*PLAN_STEPS, "courses", "first_read"}),
        ("sections", {*PLAN_STEPS, "terms", "sections", "first_read"}),
        ("undo", {"api_key", "acting_user"}),
        ("drift", {"api_key", "acting_user"}),
        ("prep", {"api_key", "credentials", "acting_user", "schools"}),
    ],
)
def test_a_run_needs_these_steps_of_the_setup(run: str, steps: set[str]) -> None:
    assert set(RunKind(run).steps) == steps


def test_only_runs_that_read_whole_feeds_reset_the_wait_for_the_next_one() -> None:
    assert set(WHOLE) == {"all", "users", "courses", "sections"}


def test_a_kind_of_record_is_covered_by_the_run_of_all_and_that_of_its_tab() -> None:
    assert RunKind.covering(Kind.ENROLLMENT) == (RunKind.ALL, RunKind.SECTIONS)
    assert RunKind.covering(Kind.USER) == (RunKind.ALL, RunKind.USERS)
