"""Tomorrow changes exactly what its summary says."""

from __future__ import annotations

from datetime import date

import pytest

from lti_app.sandbox.district.make import make_district
from lti_app.sandbox.district.records import District
from lti_app.sandbox.district.tomorrow import Tomorrow, make_tomorrow

TODAY = date(2026, 11, 23)


def _open(district: District) -> set[str]:
    return {row.key for row in district.all_enrollments() if row.open_on(TODAY)}


class Night:
    """A district before and after."""

    def __init__(self, seed: int) -> None:
        self.before = make_district(900, seed=2, as_of=TODAY)
        self.after = make_district(900, seed=2, as_of=TODAY)
        self.summary: Tomorrow = make_tomorrow(self.after, seed)


@pytest.fixture(scope="module", params=[1, 2, 3])
def night(request: pytest.FixtureRequest) -> Night:
    return Night(request.param)


def test_every_category_has_something(night: Night) -> None:
    assert [name for name, rows in night.summary.as_json().items() if not rows] == []


def test_the_same_seed_gives_the_same_tomorrow(night: Night) -> None:
    assert Night(1).summary == Night(1).summary
    assert Night(1).summary != Night(4).summary


def test_people_changed_are_exactly_those_named(night: Night) -> None:
    before, after, done = night.before.students, night.after.students, night.summary
    assert set(after) - set(before) == set(done.new_students)
    assert set(before) <= set(after)
    changed = {key for key in before if before[key] != after[key]}
    moved = {str(row["student_id"]) for row in done.transferred_students}
    assert changed == {*done.changed_names, *done.changed_emails, *done.left_students, *moved}
    assert all(after[key].status == "I" for key in done.left_students)
    assert night.before.staff == night.after.staff
    assert night.before.courses == night.after.courses


def test_enrollments_changed_are_exactly_those_named(night: Night) -> None:
    done = night.summary
    closed = {key for key in _open(night.before) if int(key.split("|")[0]) in done.closed_sections}
    assert _open(night.before) - _open(night.after) - closed == set(done.enrollments_dropped)
    assert _open(night.after) - _open(night.before) == set(done.enrollments_added)
    assert set(done.readded_enrollments) <= set(done.enrollments_added)


def test_sections_changed_are_exactly_those_named(night: Night) -> None:
    before, after, done = night.before.sections, night.after.sections, night.summary
    assert set(before) - set(after) == set(done.closed_sections)
    changed = {key: after[key].sessions[0].primary_staff_id for key in after if before[key] != after[key]}
    assert changed == {row["section_key"]: row["to"] for row in done.teacher_changes}


def test_nothing_bad_is_touched(night: Night) -> None:
    bad = {
        key
        for trap in ("student_without_email", "duplicate_email", "shared_id", "username_with_space")
        for key in night.before.planted[trap]
    }
    closed = {str(key) for key in night.summary.closed_sections}
    changed = (key.split("|") for key in _open(night.before) ^ _open(night.after))
    assert not bad & {student for section, student in changed if section not in closed}


def test_transferred_students_keep_their_id_and_their_guardians(night: Night) -> None:
    for change in night.summary.transferred_students:
        student = night.after.students[str(change["student_id"])]
        assert student.building == change["to"] != change["from"]
        ties = [tie for row in night.after.contacts.values() for tie in row.students]
        places = {tie.building for tie in ties if tie.student_id == student.student_id}
        assert places == {student.building}


def test_days_can_follow_each_other() -> None:
    district = make_district(600, seed=3, as_of=TODAY)
    for day in range(1, 8):
        before = _open(district)
        done = make_tomorrow(district, day)
        closed = {key for key in before if int(key.split("|")[0]) in done.closed_sections}
        assert before - _open(district) - closed == set(done.enrollments_dropped)
        assert _open(district) - before == set(done.enrollments_added)


def test_a_tiny_district_survives_a_night() -> None:
    district = make_district(1, seed=1, as_of=TODAY)
    assert make_tomorrow(district, 1).transferred_students == []
