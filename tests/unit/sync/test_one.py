"""Sync this one now: one record through the same engine, and nothing beside it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import delete

from lti_app.models import Change, ChangeState, LinkState, Staged
from lti_app.school.records import Kind
from lti_app.sis.port import Feed
from lti_app.store.district import District
from lti_app.store.links.write import set_state
from lti_app.sync.review.explain import explain, search
from tests.fakes import Rows
from tests.support.records import TODAY, renumbered
from tests.unit.conftest import Engine, sync_one
from tests.unit.sync.plan.brakes.test_brakes import leave, school

__all__ = ["school"]


@pytest.fixture
def changed(school: Engine) -> Engine:
    """Three students left section 5001, and two people have new names."""
    leave(school, 3)
    people = school.sis.rows[Rows.STUDENTS]
    for number in (20, 21):
        people[number] = replace(people[number], last_name="Silva")
    return school


def test_a_person_is_updated_alone(changed: Engine) -> None:
    run = sync_one(changed, Kind.USER, "student:020")

    assert changed.lines(run) == [("user", "update", "student:020", "done")]
    assert (changed.sis.reads[-1:], changed.sis.keys[-1:]) == ([Feed.PEOPLE], ["student:020"])


def test_a_section_comes_with_its_enrollments(changed: Engine) -> None:
    leave(changed, 1, "5002")

    run = sync_one(changed, Kind.SECTION, "5001")

    assert [(kind, action) for kind, action, _, _ in changed.lines(run)] == [("enrollment", "drop")] * 3
    assert changed.sis.reads[-2:] == [Feed.SECTIONS, Feed.SEATS]
    assert changed.sis.keys[-2:] == ["5001", "5001"]


def test_an_enrollment_comes_alone(changed: Engine) -> None:
    run = sync_one(changed, Kind.ENROLLMENT, "5001:student:001")

    assert changed.lines(run) == [("enrollment", "drop", "5001:student:001", "done")]


def test_a_record_that_is_not_in_the_sis_is_not_let_go_of(changed: Engine) -> None:
    del changed.sis.rows[Rows.STUDENTS][5]

    assert changed.lines(sync_one(changed, Kind.USER, "student:005")) == []


def test_the_next_full_sync_does_the_rest(changed: Engine) -> None:
    sync_one(changed, Kind.USER, "student:020")

    assert len(changed.lines(changed.run())) == 4


def test_why_names_the_record_the_link_the_actions_and_what_comes_next(changed: Engine) -> None:
    changed.run(plan_only=True)

    (hit,) = search(District(changed.session, 1), "Name7")
    found = explain(District(changed.session, 1), Kind(hit.kind), hit.sis_id, today=TODAY)

    assert found is not None and found.staged is not None and found.link is not None
    assert found.next == "Nothing, because Schoology already matches the SIS."
    assert [each.action for each in found.actions] == ["create"]
    assert all(rule.fine for rule in found.rules)
    assert len(found.seats) == 2


@pytest.mark.parametrize(
    ("kind", "sis_id", "next_words"),
    [
        (Kind.USER, "student:020", "Update this record in Schoology"),
        (Kind.ENROLLMENT, "5001:student:001", "End this enrollment"),
        (Kind.USER, "student:888", "has a problem"),
    ],
)
def test_why_says_what_the_next_sync_would_do(
    changed: Engine, kind: Kind, sis_id: str, next_words: str
) -> None:
    people = changed.sis.rows[Rows.STUDENTS]
    people.append(renumbered(people[0], "888", first_name="", last_name="", login="x", email=""))
    changed.run(plan_only=True)

    found = explain(District(changed.session, 1), kind, sis_id, today=TODAY)

    assert found is not None
    assert next_words in found.next


def test_a_rehearsal_of_another_day_does_not_change_what_why_says(changed: Engine) -> None:
    changed.run(plan_only=True)
    changed.sis.rows[Rows.STUDENTS] = []
    rehearsal = changed.run(plan_only=True)
    rehearsal.checkpoint = {**rehearsal.checkpoint, "on": "2027-07-01"}
    changed.session.commit()

    found = explain(District(changed.session, 1), Kind.USER, "student:020", today=TODAY)

    assert found is not None
    assert "Update this record in Schoology" in found.next


@pytest.mark.parametrize(
    ("text", "sis_id"),
    [
        ("s7@D.example", "student:007"),
        ("student:007", "student:007"),
        ("1-ALG1", "1|ALG1"),
        ("5002", "5002"),
    ],
    ids=["e-mail", "id", "course-code", "section-key"],
)
def test_why_finds_records_by_more_than_their_name(changed: Engine, text: str, sis_id: str) -> None:
    changed.run(plan_only=True)

    assert sis_id in {hit.sis_id for hit in search(District(changed.session, 1), text)}


def test_after_syncing_one_nothing_is_left_to_do_for_it(changed: Engine) -> None:
    changed.run(plan_only=True)
    sync_one(changed, Kind.USER, "student:020")

    found = explain(District(changed.session, 1), Kind.USER, "student:020", today=TODAY)

    assert found is not None and found.staged is not None
    assert "Silva" in found.staged.label
    assert found.next == "Nothing, because Schoology already matches the SIS."


def test_what_schoology_answered_is_shown(changed: Engine) -> None:
    people = changed.sis.rows[Rows.STUDENTS]
    people.append(renumbered(people[0], "777", login="s777", email="s777@d.example"))
    changed.schoology.refuse["777"] = "Name is too odd."
    sync_one(changed, Kind.USER, "student:777")

    found = explain(District(changed.session, 1), Kind.USER, "student:777", today=TODAY)

    assert found is not None
    assert found.actions[0].words == "Name is too odd."


def test_runs_of_sections_do_not_make_people_forgotten(changed: Engine) -> None:
    for _ in range(4):
        changed.run("sections", plan_only=True)

    found = explain(District(changed.session, 1), Kind.USER, "student:007", today=TODAY)

    assert found is not None
    assert found.next == "Nothing, because Schoology already matches the SIS."


def test_what_was_read_and_forgotten_reads_as_unknown(changed: Engine) -> None:
    changed.session.execute(delete(Staged))
    changed.session.commit()

    found = explain(District(changed.session, 1), Kind.USER, "student:007", today=TODAY)

    assert found is not None
    assert "Unknown" in found.next


def test_someone_who_came_back_is_taken_up_again(changed: Engine) -> None:
    set_state(District(changed.session, 1), Kind.USER, ["student:007"], state=LinkState.RELEASED)
    changed.run(plan_only=True)

    found = explain(District(changed.session, 1), Kind.USER, "student:007", today=TODAY)

    assert found is not None
    assert "back in the SIS" in found.next


def test_why_names_the_setting_that_leaves_a_building_out(changed: Engine) -> None:
    changed.options(with_students=False)
    changed.run(plan_only=True)

    found = explain(District(changed.session, 1), Kind.USER, "student:001", today=TODAY)

    assert found is not None
    assert [rule.text for rule in found.rules if not rule.fine] == [
        "Students aren’t selected on the Users tab."
    ]
    assert found.next.startswith("Nothing, because this record isn’t synced")


@pytest.mark.parametrize(
    ("kind", "sis_id", "said"),
    [
        (Kind.USER, "student:001", "A Schoology role is selected for students on the Users tab."),
        (Kind.COURSE, "1|ALG1", "Course codes use the template {building}-{course} (Courses tab)."),
        (Kind.SECTION, "5001", "Current and upcoming terms matched: "),
        (Kind.SECTION, "5001", "Its course is linked to Schoology."),
        (Kind.ENROLLMENT, "5001:student:002", "The person is linked to Schoology."),
        (Kind.ENROLLMENT, "5001:student:002", "The section is linked to Schoology."),
    ],
)
def test_why_names_the_settings_of_each_kind(changed: Engine, kind: Kind, sis_id: str, said: str) -> None:
    changed.run(plan_only=True)

    found = explain(District(changed.session, 1), kind, sis_id, today=TODAY)

    assert found is not None
    assert [rule.fine for rule in found.rules if rule.text.startswith(said)] == [True]


def test_why_names_what_stops_a_section_and_its_seats(changed: Engine) -> None:
    changed.run(plan_only=True)
    set_state(District(changed.session, 1), Kind.COURSE, ["1|ALG1"], state=LinkState.MISSING)
    changed.session.commit()

    found = explain(District(changed.session, 1), Kind.SECTION, "5001", today=TODAY)
    late = explain(
        District(changed.session, 1), Kind.SECTION, "5001", today=TODAY.replace(year=TODAY.year + 2)
    )

    assert found is not None and late is not None
    assert "Its course is not in Schoology yet." in [rule.text for rule in found.rules if not rule.fine]
    assert "All of its terms have ended." in [rule.text for rule in late.rules if not rule.fine]


def test_why_names_sections_that_are_not_in_schoology_as_the_sis_does(changed: Engine) -> None:
    rows = changed.sis.rows
    rows[Rows.SECTIONS].append(replace(rows[Rows.SECTIONS][0], key="5003", title="Chess"))
    rows[Rows.SEATS].append(replace(rows[Rows.SEATS][0], section="5003", person="student:007"))
    changed.run(plan_only=True)

    found = explain(District(changed.session, 1), Kind.USER, "student:007", today=TODAY)

    assert found is not None
    assert [each.label for each in found.seats if each.sis_id.startswith("5003")] == ["Chess"]


def test_why_says_that_a_change_waits_for_a_person(changed: Engine) -> None:
    changed.run(plan_only=True)
    change = changed.session.query(Change).filter(Change.sis_id == "student:020").first()
    assert change is not None
    change.state = ChangeState.HELD
    changed.session.commit()

    found = explain(District(changed.session, 1), Kind.USER, "student:020", today=TODAY)

    assert found is not None and "needs your approval" in found.next


def test_why_of_another_district_knows_nothing(changed: Engine) -> None:
    changed.run(plan_only=True)

    assert search(District(changed.session, 2), "Name7") == []
    assert explain(District(changed.session, 2), Kind.USER, "student:007", today=TODAY) is None
