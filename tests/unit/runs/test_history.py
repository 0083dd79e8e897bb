from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy.orm import Session

from lti_app.models import JobState, LinkState
from lti_app.runs import history
from lti_app.runs.history import ChangeFilter
from lti_app.school.reasons import other
from lti_app.school.records import Kind
from lti_app.store.district import District
from lti_app.sync.review import lost_objects
from tests.factories import NOON, OURS, THEIRS, add_change, add_job, add_link, add_run, open_database


@pytest.fixture
def session() -> Iterator[Session]:
    with open_database() as opened:
        yield opened
        engine = opened.get_bind()
    engine.dispose()


def test_jobs_come_newest_first_even_those_that_could_not_start(session: Session) -> None:
    first = add_job(session)
    run = add_run(session, first)
    second = add_job(session, state=JobState.FAILED, message=other("Not started: no Acting User."))

    page = history.runs_page(District(session, OURS), 1)

    assert [(line.job.id, line.run and line.run.id) for line in page.rows] == [
        (second.id, None),
        (first.id, run.id),
    ]


def test_a_page_number_outside_the_list_gives_its_nearest_end(session: Session) -> None:
    for _ in range(30):
        add_job(session)

    assert history.runs_page(District(session, OURS), 99).number == 2
    assert history.runs_page(District(session, OURS), -4).number == 1
    assert len(history.runs_page(District(session, OURS), 2).rows) == 5
    assert history.runs_page(District(session, THEIRS), 1).last == 1


def test_another_district_sees_neither_the_run_nor_its_changes(session: Session) -> None:
    run = add_run(session, add_job(session))
    add_change(session, run, 1)

    assert history.one_run(District(session, THEIRS), run.job_id) is None
    assert history.runs_page(District(session, THEIRS), 1).total == 0
    assert history.changes_page(District(session, THEIRS), run.id, ChangeFilter(), number=1).total == 0
    assert list(history.each_change(District(session, THEIRS), run.id, ChangeFilter())) == []
    assert history.facts(District(session, THEIRS), run.id).kinds == []


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (ChangeFilter(), [1, 2, 3]),
        (ChangeFilter(kind="course"), [3]),
        (ChangeFilter(outcome="failed"), [2]),
        (ChangeFilter(building="20"), [3]),
        (ChangeFilter(action="update"), [2]),
        (ChangeFilter(text="LOVELACE"), [1]),
        (ChangeFilter(text="100%"), [2]),
        (ChangeFilter(text="%"), [2]),
        (ChangeFilter(kind="course", outcome="failed"), []),
    ],
)
def test_changes_are_filtered(session: Session, wanted: ChangeFilter, expected: list[int]) -> None:
    run = add_run(session, add_job(session))
    add_change(session, run, 1, label="Lovelace, Ada", building="10")
    add_change(session, run, 2, action="update", state="failed", words="Quota 100% used", building="10")
    add_change(session, run, 3, kind="course", sis_id="20|MATH", building="20")

    page = history.changes_page(District(session, OURS), run.id, wanted, number=1)

    assert [change.seq for change in page.rows] == expected


def test_facts_count_the_outcomes_of_each_kind(session: Session) -> None:
    run = add_run(session, add_job(session))
    add_change(session, run, 1, building="10")
    add_change(session, run, 2, action="update", building="10")
    add_change(session, run, 3, kind="course", state="failed", building="20")

    found = history.facts(District(session, OURS), run.id)

    assert found.outcomes == {"user": {"done": 2}, "course": {"failed": 1}}
    assert found.buildings == ["10", "20"]
    assert found.actions == ["create", "update"]


def test_the_last_result_of_a_tab_is_no_preview_no_other_tab_and_over(session: Session) -> None:
    wanted = add_job(session, what="all")
    add_job(session, what="users", plan_only=True)
    add_job(session, what="courses")
    add_job(session, what="users", state=JobState.RUNNING)

    line = history.last_finished(District(session, OURS), "users")

    assert line is not None
    assert line.job.id == wanted.id


def test_the_time_left_counts_down_to_the_estimated_end(session: Session) -> None:
    end = NOON + timedelta(seconds=100)
    job = add_job(session, state=JobState.RUNNING, started_at=NOON, ends_at=end)

    with time_machine.travel(NOON, tick=False):
        assert history.seconds_left(job) == 100
    with time_machine.travel(NOON + timedelta(seconds=160), tick=False):
        assert history.seconds_left(job) == 0
    job.state = JobState.QUEUED
    assert history.seconds_left(job) is None


def test_how_long_the_last_sync_like_it_took_is_known(session: Session) -> None:
    add_job(session, started_at=NOON, finished_at=NOON + timedelta(seconds=300))
    job = add_job(session, state=JobState.RUNNING, started_at=NOON + timedelta(days=1))

    assert history.last_took(District(session, OURS), job) == 300


def test_who_left_the_sis_and_what_was_deleted_in_schoology_are_listed(session: Session) -> None:
    add_link(session, "user", "student:2", label="Byron, Ada", state=LinkState.RELEASED)
    add_link(session, "user", "student:1", label="Adams, Zoe", state=LinkState.MISSING)
    add_link(session, "user", "student:3", label="Here, Still")
    add_link(session, "course", "10|MATH", label="Math", state=LinkState.RELEASED)
    add_link(session, "user", "student:9", owner=THEIRS, label="Other, One", state=LinkState.RELEASED)

    assert lost_objects.gone(District(session, OURS), Kind.USER) == {"released": 1, "missing": 1}
    page = lost_objects.gone_page(District(session, OURS), Kind.USER, 1)
    assert [row.label for row in page.rows] == ["Adams, Zoe", "Byron, Ada"]
    assert [row.label for row in lost_objects.each_gone(District(session, OURS), Kind.USER)] == [
        "Adams, Zoe",
        "Byron, Ada",
    ]
