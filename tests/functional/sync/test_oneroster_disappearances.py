"""What a OneRoster server leaves out from one night to the next ends no one's access without approval."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lti_app.models import Job, JobState
from lti_app.runs.words import sentence
from lti_app.sandbox.sis.oneroster.face import Knobs
from tests.support.oneroster.world import OneRosterWorld, make_oneroster_world

pytestmark = pytest.mark.long


@pytest.fixture
def place(tmp_path: Path) -> Iterator[OneRosterWorld]:
    with make_oneroster_world(tmp_path, knobs=Knobs(page_cap=500), students=24) as made:
        made.world.sync()
        made.world.store.traffic.reset()
        yield made


def there(place: OneRosterWorld) -> tuple[Any, ...]:
    """Who is in Schoology, and who is in which course."""
    store = place.world.store
    seats = {(each.section_id, each.uid, each.status) for each in store.enrollments.values()}
    return seats, {(uid, each.inactive) for uid, each in store.users.items()}


def night(place: OneRosterWorld) -> Job:
    """One sync, with nothing taken away."""
    seats, people = there(place)
    job = place.world.sync()
    now_seats, now_people = there(place)
    assert seats <= now_seats and people <= now_people, sentence(job.message)
    return job


def only_next_year(place: OneRosterWorld) -> None:
    """The server has rolled over: other sessions, other classes, no one enrolled yet."""
    district = place.world.district
    district.terms = [
        replace(
            each,
            school_year=each.school_year + 1,
            start=each.start.replace(year=each.start.year + 1),
            end=each.end.replace(year=each.end.year + 1),
        )
        for each in district.terms
    ]
    district.sections = {
        key + 50_000: replace(each, section_key=key + 50_000, school_year=each.school_year + 1)
        for key, each in district.sections.items()
    }
    district.enrollments = {}


VANISHED: dict[str, Callable[[OneRosterWorld], None]] = {
    "all ids are new": lambda place: setattr(place.face.knobs, "id_prefix", "v2:"),
    "only the next year is shown": only_next_year,
    "no class is shown": lambda place: place.world.district.sections.clear(),
    "nobody is enrolled": lambda place: place.world.district.enrollments.clear(),
    "half of the students are gone": lambda place: (
        [place.world.district.students.pop(key) for key in list(place.world.district.students)[::2]] and None
    ),
}


@pytest.mark.parametrize("case", VANISHED)
def test_a_mass_disappearance_waits_for_a_person(place: OneRosterWorld, case: str) -> None:
    VANISHED[case](place)

    job = night(place)

    assert job.state in (JobState.DONE, JobState.DONE_WITH_PROBLEMS, JobState.HELD), sentence(job.message)


REFUSED = {
    "no scope": lambda place: setattr(place.face.knobs, "granted", frozenset()),
    "no school": lambda place: setattr(place.face.knobs, "schools", frozenset()),
    "nobody": lambda place: (
        (place.world.district.students.clear(), place.world.district.staff.clear())
        and place.world.district.contacts.clear()
    ),
    "another key": lambda place: setattr(place.face.keys, "client_secret", "new"),
    "a page to sign in": lambda place: place.world.sis_faults.add(
        [{"route": "GET ^.*/users", "fault": "html-after", "times": 99}]
    ),
    "no list": lambda place: place.world.sis_faults.add(
        [{"route": "GET ^.*/enrollments", "fault": "no-list", "times": 99}]
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_server_that_shows_nothing_changes_nothing_and_says_why(place: OneRosterWorld, case: str) -> None:
    REFUSED[case](place)

    job = night(place)

    assert job.state not in (JobState.DONE, JobState.DONE_WITH_PROBLEMS)
    assert place.world.store.traffic.writes == {}
    assert sentence(job.message)


def test_schools_that_are_not_granted_today_are_not_deleted_ones(tmp_path: Path) -> None:
    with make_oneroster_world(tmp_path, knobs=Knobs(page_cap=500), students=140) as place:
        place.world.sync()
        first, second = sorted(
            key for key, each in place.world.district.buildings.items() if not each.out_of_district
        )
        place.face.knobs.schools = frozenset({first})

        night(place)

        place.face.knobs.schools = frozenset({first, second})
        place.world.store.traffic.reset()
        night(place)
        assert place.world.store.traffic.writes == {}
