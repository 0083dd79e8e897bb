"""Schools and terms that can't be used, and grading periods that Schoology lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lti_app.extensions import db
from lti_app.models import BuildingRow, ChangeState, JobState, TermRow
from lti_app.runs.words import sentence
from tests.support.admin_pages import launch_acting_user
from tests.support.two_schools import add_section, enroll, leave, two_schools
from tests.support.world import World, make_synced


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with make_synced(tmp_path, of=two_schools, public_url="http://localhost") as made:
        yield made


def classes(world: World, unique_id: str) -> set[str]:
    (uid,) = {each.uid for each in world.store.users.values() if each.school_uid == unique_id}
    codes = {key: each.section_school_code for key, each in world.store.sections.items()}
    return {codes[each.section_id] for each in world.store.enrollments.values() if each.uid == uid}


class Written(str):
    """A day as the SIS writes it, whatever that is."""

    __slots__ = ()

    def isoformat(self) -> str:
        """The text itself."""
        return str(self)


@pytest.mark.parametrize(
    ("odd", "told"),
    [
        ({"start": Written("soon")}, "START_DATE"),
        ({"building": "one"}, "BUILDING"),
        ({"end": Written("1900-01-01")}, "END_DATE"),
    ],
)
def test_a_term_that_cannot_be_read_is_one_blocked_line(world: World, odd: dict[str, Any], told: str) -> None:
    first = world.district.terms[0]
    world.district.terms.append(replace(first, marking_period="M9", description="Odd", **odd))
    later = replace(first, description="Renamed")
    world.district.terms[0] = later
    leave(world.district, "10002", 1002)

    job = world.sync()

    assert job.state == JobState.DONE_WITH_PROBLEMS
    (line,) = [each for each in world.changes(job) if each.state == ChangeState.BLOCKED]
    assert line.kind == "term" and told in sentence(line.reason)
    assert "1002" not in classes(world, "10002")
    with world.app.app_context():
        assert {row.name for row in db.session.query(TermRow)} == {"Renamed", "Full year"}
    pages = launch_acting_user(world.app)
    assert told in pages.words("/admin/terms/refresh")
    assert told in pages.words("/admin/logs/run", job=str(job.id))


@pytest.mark.parametrize(
    "name", ["\ud83d", "Lee\ud83d High", "\x00", "\u200b\u202e", {"a": 1}, None, "x" * 9000]
)
def test_a_school_may_have_any_name(world: World, name: Any) -> None:
    world.district.buildings[1] = replace(world.district.buildings[1], name=name)
    pages = launch_acting_user(world.app)

    shown = pages.words("/admin/schools/refresh")

    assert "The SIS lists 2 schools." in shown and "School 2" in shown
    with world.app.app_context():
        names = {row.sis_id: row.name for row in db.session.query(BuildingRow)}
        assert names["1"] and names["1"].encode() and "\x00" not in names["1"]
    assert world.sync().state == JobState.DONE


def test_a_school_that_cannot_be_read_is_told_and_stays(world: World) -> None:
    world.district.buildings[3] = replace(world.district.buildings[1], building="three")
    pages = launch_acting_user(world.app)

    shown = pages.words("/admin/schools/refresh")

    assert "1 row of schools can’t be used" in shown
    assert "“three”" in shown and "School 1" in shown


def test_a_grading_period_that_schoology_lost_is_named_with_the_way_to_terms(world: World) -> None:
    (period,) = world.store.grading_periods.values()
    del world.store.grading_periods[period.id]
    world.store.add_grading_period("Another", period.start, period.end)
    add_section(world.district, 1003, "ALG1", 3, "177")
    enroll(world.district, "10001", 1003)
    leave(world.district, "10002", 1002)

    for plan_only in (True, False):
        job = world.sync(plan_only=plan_only)
        said = sentence(job.message)
        assert f"“{period.title}”" in said and "on the Terms tab" in said

    blocked = [each for each in world.changes(job) if each.state == ChangeState.BLOCKED]
    assert {each.sis_id for each in blocked if each.kind == "section"} == {"1003"}
    assert f"“{period.title}”" in sentence(blocked[0].reason)
    assert not [each for each in world.changes(job) if each.state == ChangeState.FAILED]
    assert "1002" not in classes(world, "10002")  # what is there goes on
    assert "Not in Schoology" in launch_acting_user(world.app).words("/admin/terms")
    with world.app.app_context():
        assert all(row.grading_period_id == str(period.id) for row in db.session.query(TermRow))
