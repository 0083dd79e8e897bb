"""The steps of the set-up, and what a sync is refused for."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from lti_app.models import ActingUser, Installation, SisConnection, SyncOptions
from lti_app.runs.words import sentence
from lti_app.school.reasons import other
from lti_app.setup.checklist import NotReady, next_step, raise_if_not_ready, steps
from lti_app.store.district import District
from tests.factories import (
    NOON,
    OURS,
    THEIRS,
    TICKED,
    add_acting_user,
    add_building,
    add_sis_connection,
    add_term,
    open_database,
    set_options,
)


def give_key(session: Session) -> None:
    mine = session.get_one(Installation, OURS)
    mine.consumer_key, mine.consumer_secret = "key", "sealed"


def connect(session: Session) -> None:
    add_sis_connection(session, checked_at=NOON)


def act(session: Session) -> None:
    add_acting_user(session)


def map_school(session: Session) -> None:
    add_building(session, "1")


def map_term(session: Session) -> None:
    add_term(session, "1", "Q1", "gp1")


def tick(session: Session) -> None:
    add_building(session, "2", **TICKED)
    set_options(session, role_ids={"student": "5"})


def confirm(session: Session) -> None:
    session.get_one(SisConnection, OURS).preview_confirmed_at = NOON


EVERYTHING: list[Callable[[Session], None]] = [
    give_key,
    act,
    connect,
    map_school,
    map_term,
    tick,
    confirm,
]


@pytest.fixture
def session() -> Session:
    return open_database()


def prepare(session: Session, upto: int) -> None:
    for each in EVERYTHING[:upto]:
        each(session)
    session.flush()


def missing(session: Session, what: str) -> str:
    with pytest.raises(NotReady) as refused:
        raise_if_not_ready(District(session, OURS), what)
    assert refused.value.step.title in sentence(refused.value.reason)
    return refused.value.step.key


def test_a_new_installation_has_its_steps_in_order_with_none_done(session: Session) -> None:
    give_key(session)
    found = steps(District(session, OURS))
    assert [each.key for each in found] == [
        "acting_user",
        "api_access",
        "credentials",
        "schools",
        "terms",
        "data_prep",
        "users",
        "courses",
        "sections",
        "first_read",
    ]
    assert not any(each.done for each in found)
    assert next_step(found) == found[0]


@pytest.mark.parametrize(
    ("upto", "key"),
    [
        (0, "api_key"),
        (1, "acting_user"),
        (2, "credentials"),
        (3, "schools"),
        (4, "terms"),
        (5, "users"),
        (6, "first_read"),
    ],
)
def test_a_sync_of_everything_names_the_first_missing_step(session: Session, upto: int, key: str) -> None:
    prepare(session, upto)
    assert missing(session, "all") == key


@pytest.mark.parametrize("what", ["all", "users", "courses", "sections", "plan"])
def test_a_finished_set_up_may_sync(session: Session, what: str) -> None:
    prepare(session, len(EVERYTHING))
    raise_if_not_ready(District(session, OURS), what)
    assert next_step(steps(District(session, OURS))) is None


def test_a_plan_needs_neither_terms_nor_choices_nor_the_first_read(session: Session) -> None:
    prepare(session, 4)
    raise_if_not_ready(District(session, OURS), "plan")
    assert missing(session, "users") == "users"
    assert missing(session, "sections") == "terms"


def test_courses_need_no_terms(session: Session) -> None:
    for each in (give_key, connect, act, map_school, tick, confirm):
        each(session)
    session.flush()
    raise_if_not_ready(District(session, OURS), "courses")
    assert missing(session, "all") == "terms"


def test_users_need_a_role(session: Session) -> None:
    prepare(session, len(EVERYTHING))
    session.get_one(SyncOptions, OURS).provisioning = {}
    session.flush()
    with pytest.raises(NotReady) as refused:
        raise_if_not_ready(District(session, OURS), "users")
    assert re.search("Choose a Schoology role .* on the Users tab", sentence(refused.value.reason))


def test_a_failed_test_of_the_credentials_says_why(session: Session) -> None:
    prepare(session, len(EVERYTHING))
    session.get_one(SisConnection, OURS).problem = other("The password was refused.")
    session.flush()
    with pytest.raises(NotReady) as refused:
        raise_if_not_ready(District(session, OURS), "plan")
    assert re.search("The password was refused", sentence(refused.value.reason))


def test_credentials_that_were_never_tested_are_not_done(session: Session) -> None:
    prepare(session, len(EVERYTHING))
    session.get_one(SisConnection, OURS).checked_at = None
    session.flush()
    with pytest.raises(NotReady) as refused:
        raise_if_not_ready(District(session, OURS), "plan")
    assert re.search("Test and save", sentence(refused.value.reason))


def test_an_acting_user_with_a_problem_stops_a_sync(session: Session) -> None:
    prepare(session, len(EVERYTHING))
    session.get_one(ActingUser, OURS).problem = other("The permission was withdrawn.")
    session.flush()
    with pytest.raises(NotReady) as refused:
        raise_if_not_ready(District(session, OURS), "users")
    assert re.search("Set the Acting User again", sentence(refused.value.reason))


def test_a_paused_installation_may_plan_but_not_sync(session: Session) -> None:
    prepare(session, len(EVERYTHING))
    session.get_one(Installation, OURS).paused_reason = other("Paused by the host.")
    session.flush()
    raise_if_not_ready(District(session, OURS), "plan")
    with pytest.raises(NotReady) as refused:
        raise_if_not_ready(District(session, OURS), "courses")
    assert re.search("Paused by the host", sentence(refused.value.reason))


def test_a_selected_building_without_mapping_does_not_count(session: Session) -> None:
    for each in (give_key, connect, act):
        each(session)
    add_building(session, "1", schoology_id="", for_users=True)
    assert missing(session, "plan") == "schools"


def test_another_district_has_steps_of_its_own(session: Session) -> None:
    prepare(session, len(EVERYTHING))
    assert not any(each.done for each in steps(District(session, THEIRS)))
