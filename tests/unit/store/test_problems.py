"""Problems keep the moment since which they last, and lose it when they are over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine

from lti_app.runs.words.reasons.groups import ON_OTHER_LISTS, TITLES, group_title
from lti_app.runs.words.reasons.roster import ROSTER
from lti_app.runs.words.reasons.sending import SENDING
from lti_app.school.reason_codes import Code
from lti_app.store import problems
from lti_app.store.district import District
from lti_app.store.problems import Found
from tests.factories import NOON, OURS, THEIRS, open_database

TOMORROW = NOON + timedelta(days=1)


@pytest.fixture
def district() -> Iterator[District]:
    with open_database() as session:
        yield District(session, OURS)


def test_a_problem_is_as_old_as_its_first_night_until_its_reason_changes(district: District) -> None:
    with time_machine.travel(NOON, tick=False):
        problems.note(district, 1, [Found("user", "a", "name_empty"), Found("user", "b", "name_empty")])
    with time_machine.travel(TOMORROW, tick=False):
        problems.note(district, 2, [Found("user", "a", "name_empty"), Found("user", "b", "sis_id_twice")])

    found = {each.code: each for each in problems.groups(district, NOON)}
    assert (found["name_empty"].since, found["name_empty"].new) == (NOON, 0)
    assert (found["sis_id_twice"].since, found["sis_id_twice"].new) == (TOMORROW, 1)


def test_what_a_later_run_does_not_find_is_over_except_in_a_silent_school(district: District) -> None:
    lost = [Found("user", "a", "x", building="1"), Found("user", "b", "x", building="2")]
    problems.note(district, 1, [*lost, Found("course", "c", "x", building="1")])

    problems.forget_others(district, 2, ["user"], silent={"2"})

    assert problems.by_building(district, NOON) == {"1": (1, 1), "2": (1, 1)}
    problems.forget_one(district, 2, "user", "b")
    assert problems.by_building(district, NOON) == {"1": (1, 1)}


def test_another_district_has_problems_of_its_own(district: District) -> None:
    problems.note(district, 1, [Found("user", "a", "x")])
    problems.acknowledge(district, "x:user", 1, "Avery")
    theirs = District(district.session, THEIRS)

    assert problems.groups(theirs, NOON) == [] and problems.known(theirs) == {}
    problems.bring_back(theirs, "x:user")
    assert list(problems.known(district)) == ["x:user"]


def test_every_title_is_of_a_code_and_says_no_value() -> None:
    assert {str(each) for each in TITLES} <= {str(each) for each in Code}
    assert {*ON_OTHER_LISTS, *ROSTER, *SENDING} <= set(TITLES), "a group of lines would be “another problem”"
    assert [title for title in TITLES.values() if "{" in title or title.endswith(".")] == []
    assert group_title("something newer") == "another problem"
