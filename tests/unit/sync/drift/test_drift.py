"""Drift: what someone changed in Schoology is listed, guests are named, and nothing is changed."""

from __future__ import annotations

import json

from lti_app.models import Link, LinkState, Run, RunState
from lti_app.school.reason_codes import Code
from lti_app.school.records import Kind
from tests.unit.conftest import Engine
from tests.unit.sync.plan.brakes.test_brakes import school
from tests.unit.sync.test_one import sync_one

__all__ = ["school"]


def look(school: Engine) -> Run:
    sent = len(school.schoology.calls)
    run = school.run("drift")
    assert len(school.schoology.calls) == sent
    assert run.state == RunState.DONE
    return run


def seat_of(school: Engine, person: str) -> str:
    links = {each.sis_id: each for each in school.session.query(Link)}
    return f"{links['5001'].schoology_id}:{links[person].schoology_id}"


def test_what_is_as_the_app_left_it_makes_no_line(school: Engine) -> None:
    assert school.lines(look(school)) == []


def test_a_changed_name_and_title_are_listed_with_both_values(school: Engine) -> None:
    school.schoology.objects[Kind.USER]["003"]["last_name"] = "Byron"
    school.schoology.objects[Kind.SECTION]["5002"]["title"] = "My class"
    school.schoology.objects[Kind.COURSE]["1-ALG1"]["title"] = "Algebra for all"

    run = look(school)

    assert [(kind, action, sis_id) for kind, action, sis_id, _ in school.lines(run)] == [
        ("user", "differ", "student:003"),
        ("course", "differ", "1|ALG1"),
        ("section", "differ", "5002"),
    ]
    first = school.changes(run)[0]
    assert json.loads(first.before)["last_name"] == "Name3"
    assert json.loads(first.after)["last_name"] == "Byron"


def test_who_was_moved_to_another_building_or_year_by_hand_is_listed(school: Engine) -> None:
    people = school.schoology.objects[Kind.USER]
    people["003"]["building_id"], people["004"]["graduation_year"] = "901", 2031

    lines = school.changes(look(school))

    assert [each.sis_id for each in lines] == ["student:003", "student:004"]
    assert json.loads(lines[0].after)["building_id"] == "901"
    assert json.loads(lines[1].after)["graduation_year"] == "2031"


def test_what_was_deleted_and_who_was_removed_is_listed(school: Engine) -> None:
    del school.schoology.objects[Kind.ENROLLMENT][seat_of(school, "student:004")]
    del school.schoology.objects[Kind.USER]["005"]

    run = look(school)

    assert [(kind, sis_id) for kind, _, sis_id, _ in school.lines(run)] == [
        ("user", "student:005"),
        ("enrollment", "5001:student:004"),
    ]
    codes = [each.reason_code for each in school.changes(run)]
    assert codes == [Code.DELETED_IN_SCHOOLOGY, Code.NOT_FOUND_BY_KEY]


def test_enrollments_made_by_hand_are_named_and_left_alone(school: Engine) -> None:
    section = seat_of(school, "student:004").partition(":")[0]
    school.schoology.objects[Kind.ENROLLMENT][f"{section}:99999"] = {"id": "888", "admin": True}

    run = look(school)

    (line,) = school.changes(run)
    assert (line.action, line.schoology_id) == ("keep", "888")
    assert line.reason_code == Code.ENROLLED_BY_HAND
    assert "888" in {each["id"] for each in school.schoology.objects[Kind.ENROLLMENT].values()}
    assert school.lines(school.run()) == []


def state_of(school: Engine, kind: Kind, sis_id: str) -> str:
    school.session.expire_all()
    return school.session.get_one(Link, (1, kind, sis_id)).state


def test_what_was_changed_is_put_right_by_syncing_this_one(school: Engine) -> None:
    school.schoology.objects[Kind.USER]["003"]["last_name"] = "Byron"
    look(school)

    sync_one(school, Kind.USER, "student:003")

    assert school.schoology.objects[Kind.USER]["003"]["last_name"] == "Name3"
    again = sync_one(school, Kind.USER, "student:004")
    assert school.lines(again) == [], "what nobody changed is not sent again"


def test_a_deleted_section_turns_missing_so_that_someone_is_asked(school: Engine) -> None:
    del school.schoology.objects[Kind.SECTION]["5001"]

    look(school)

    assert state_of(school, Kind.SECTION, "5001") == LinkState.MISSING
    assert state_of(school, Kind.SECTION, "5002") == LinkState.OWNED


def test_a_list_that_came_short_makes_nothing_missing(school: Engine) -> None:
    for key in list(school.schoology.objects[Kind.USER]):
        del school.schoology.objects[Kind.USER][key]

    lines = school.changes(look(school))

    assert state_of(school, Kind.USER, "student:003") == LinkState.OWNED
    reasons = {each.reason_code for each in lines if each.kind == Kind.USER}
    assert reasons == {Code.TOO_MANY_NOT_FOUND}


def test_what_has_left_the_sis_may_be_removed_in_schoology_without_a_word(school: Engine) -> None:
    """Graduates removed by an administrator neither ask for a decision nor hide a class that is gone."""
    for each in school.session.query(Link).filter(Link.kind == Kind.USER):
        each.state = LinkState.RELEASED
    school.session.commit()
    for key in list(school.schoology.objects[Kind.USER]):
        del school.schoology.objects[Kind.USER][key]

    assert [each for each in school.lines(look(school)) if each[0] == Kind.USER] == []
    states = {each.state for each in school.session.query(Link).filter(Link.kind == Kind.USER)}
    assert states == {LinkState.RELEASED}
