"""Data Prep says of each undecided record why, and takes one decision for all that share a doubt."""

from __future__ import annotations

from sqlalchemy import select

from lti_app.models import PairState, PrepPair, PrepRow, PrepStatus
from lti_app.runs.words import sentence
from lti_app.school.prep import Doubt, PrepOptions
from lti_app.school.records import Kind
from lti_app.setup.checklist import steps
from lti_app.store.district import District
from lti_app.sync.data_prep import counts, decide_many, doubts, lists
from lti_app.sync.data_prep import reading as data_prep_reading
from lti_app.sync.data_prep.lists import Filter
from tests.fakes import Rows
from tests.support.records import student
from tests.unit.conftest import Engine
from tests.unit.sync.data_prep.test_job import Who, account, statuses, work


def read(engine: Engine) -> tuple[District, int]:
    """Three students: another year, only the same name, and two accounts that could be the third."""
    engine.sis.rows[Rows.STUDENTS] = [
        student(number="1", first_name="Ann", last_name="Lee", login="ann.lee", graduation_year=2028),
        student(number="2", first_name="Ben", last_name="Orr", login="ben.orr", email="ben@district.test"),
        student(number="3", first_name="Cy", last_name="Poe", login="cy.poe"),
        student(number="4", first_name="Di", last_name="Ray", login="di.ray"),
    ]
    account(
        engine,
        "a",
        first_name="Ann",
        last_name="Lee",
        username="ann.lee",
        role_id="1",
        graduation_year="2031",
    )
    account(engine, "b", first_name="Ben", last_name="Orr", username="benny", role_id="1")
    account(engine, "c", first_name="Cy", last_name="Poe", username="cy1", role_id="1")
    account(engine, "d", first_name="Cy", last_name="Poe", username="cy2", role_id="1")
    work(engine)
    district = District(engine.session, 1)
    found = data_prep_reading.reading(district)
    assert found is not None
    return district, found.id


def open_lines(district: District, run_id: int, status: str = "undecided") -> dict[str, tuple[str, str]]:
    """SIS id → doubt in words and the possible match, of what a filter shows."""
    page = lists.page(district, run_id, kind=Kind.USER, wanted=Filter(status=status), number=1)
    return {
        line.ours.ident: (sentence(line.ours.doubt), line.theirs.ident if line.theirs else "")
        for line in page.rows
        if line.ours
    }


def test_each_undecided_record_says_why_with_its_possible_match(engine: Engine) -> None:
    district, run_id = read(engine)

    assert open_lines(district, run_id) == {
        "student:1": ("Other graduation year: 2028 in the SIS, 2031 in Schoology.", "u-a"),
        "student:2": ("Only the name is the same.", "u-b"),
        "student:3": ("2 Schoology records could be the match.", ""),
    }
    assert set(open_lines(district, run_id, Doubt.DOUBT_YEAR)) == {"student:1"}
    assert counts.standings(district, run_id)[Kind.USER] == {
        "linked": 0,
        "accepted": 0,
        "suggested": 0,
        "undecided": 3,
        "only": 1,
        "alone": 4,
    }


def test_a_doubt_is_decided_for_all_and_the_step_is_done_when_nothing_waits(engine: Engine) -> None:
    district, run_id = read(engine)

    assert decide_many.accept(district, Kind.USER, Doubt.DOUBT_YEAR, who=Who()) == (1, 0)
    assert decide_many.accept(district, Kind.USER, Doubt.DOUBT_SEVERAL, who=Who()) == (0, 1)
    assert decide_many.make_new(district, Kind.USER, Doubt.DOUBT_ONLY_NAME, who=Who()) == 1
    engine.session.commit()
    assert set(open_lines(district, run_id)) == {"student:3"}
    assert statuses(engine)["student:1"] == PrepStatus.PAIRED
    assert statuses(engine)["student:2"] == PrepStatus.ONLY

    work(engine, "confirm")
    assert step(district) == (False, "1 record still waits")
    decide_many.make_new(district, Kind.USER, Doubt.DOUBT_SEVERAL, who=Who())
    engine.session.commit()
    assert step(district)[0]


def step(district: District) -> tuple[bool, str]:
    found = next(each for each in steps(district) if each.key == "data_prep")
    return found.done, sentence(found.hint).partition(":")[0]


def test_two_records_with_one_possible_match_are_not_matched_together(engine: Engine) -> None:
    engine.sis.rows[Rows.STUDENTS] = [
        student(number=number, first_name=first, last_name="Lee", login=f"lee{number}", graduation_year=2028)
        for number, first in (("1", "Ann"), ("2", "Bea"))
    ]
    account(engine, "a", first_name="Cat", last_name="Lee", username="c", role_id="1", graduation_year="2028")
    for row in engine.schoology.objects[Kind.USER].values():
        row["building_id"] = "b1"
    work(engine)
    district = District(engine.session, 1)

    doubtful = set(engine.session.scalars(select(PrepRow.doubt_code).where(PrepRow.doubt_code != "")))
    for each in doubtful:
        assert decide_many.accept(district, Kind.USER, each, who=Who())[0] == 0
    assert engine.session.scalars(select(PrepPair).where(PrepPair.state == PairState.ACCEPTED)).all() == []


def test_grading_periods_are_told_by_name(engine: Engine) -> None:
    ours, theirs = {"periods": ["p1"]}, {"periods": ["p9"]}
    found = doubts.judge(Kind.SECTION, ours, theirs, rules={"same_section"}, options=PrepOptions())

    said = sentence(doubts.told(District(engine.session, 1), found))

    assert said.startswith("Other grading periods: ") and "p9 in Schoology" in said


def test_what_speaks_against_a_match_is_said_before_what_is_missing() -> None:
    ours = {"first_name": "Ann", "last_name": "Lee", "class": "student", "role": "student"}
    theirs = {"first_name": "Ann", "last_name": "Lee", "class": "staff", "role": "Teacher"}
    options = PrepOptions(off=("email",))

    assert _said(ours, theirs, {"email"}, options) == "Other role: student in the SIS, Teacher in Schoology."
    assert _said(ours, {**ours, "first_name": "Bo"}, {"email"}, options).startswith("Other name: Ann Lee")
    assert "that rule isn’t in use" in _said(ours, ours, {"email"}, options)
    assert "another record has the same values" in _said(ours, ours, {"username"}, options)
    assert _said(ours, ours, {"same_name"}, options) == "Only the name is the same."


def _said(ours: dict[str, str], theirs: dict[str, str], rules: set[str], options: PrepOptions) -> str:
    return sentence(doubts.judge(Kind.USER, ours, theirs, rules=rules, options=options))
