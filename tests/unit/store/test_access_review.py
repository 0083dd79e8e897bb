"""Access to review: nights are counted by days, decisions stay, what is gone leaves the list."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from lti_app.models import Audit, ReviewState
from lti_app.store import access_review
from lti_app.store.access_review import ReviewTopic, Seen
from lti_app.store.audit import THE_APP
from lti_app.store.district import District
from tests.unit.conftest import Engine

DAY = date(2026, 11, 23)
BAD = Seen("enrollment", "row 1", "1", label="Enrollments, row 1")
STATES = [ReviewState.COUNTING, ReviewState.COUNTING, ReviewState.WAITING, ReviewState.WAITING]


@pytest.fixture
def district(engine: Engine) -> District:
    return District(engine.session, 1)


def look(district: District, *found: Seen, day: int = 0) -> list[tuple[str, str, int]]:
    access_review.count_day(district, ReviewTopic.ROW, found, DAY + timedelta(day))
    return [(each.sis_id, each.state, each.days) for each in access_review.entries(district)]


def test_an_entry_waits_after_three_different_days(district: District) -> None:
    seen = [look(district, BAD, day=day)[0][1] for day in (0, 1, 2, 3)]

    assert seen == STATES


def test_runs_of_one_day_count_once(district: District) -> None:
    for _ in range(4):
        found = look(district, BAD)

    assert found == [("row 1", ReviewState.COUNTING, 1)]


def test_what_is_not_found_again_leaves_and_starts_over(district: District) -> None:
    look(district, BAD)

    assert look(district, day=1) == []
    assert look(district, BAD, day=2) == [("row 1", ReviewState.COUNTING, 1)]


def test_a_decision_is_audited_and_stays_while_the_finding_does(district: District) -> None:
    look(district, BAD)
    entry = access_review.one(district, ReviewTopic.ROW, BAD.kind, BAD.sis_id)
    assert entry is not None

    access_review.decide(district, entry, ReviewState.IGNORED, THE_APP)

    assert look(district, BAD, day=5) == [("row 1", ReviewState.IGNORED, 2)]
    (line,) = district.session.query(Audit).all()
    assert (line.what, line.kind, line.sis_id) == ("Access to review", "enrollment", "row 1")
    assert line.new == "ignored"
