"""Stage, plan and apply over the two fakes: nothing lost, nothing doubled, nothing unowned removed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from lti_app.models import Change, ChangeState, Job, LinkState, RunState
from lti_app.outbound.errors import Refused, Throttled, Transient
from lti_app.runs.words import sentence
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import because, other
from lti_app.school.records import BadRecord, DateRange, Kind, PersonGroup, PersonRole, Seat
from lti_app.sis.errors import IncompleteRead
from lti_app.sis.port import Feed
from lti_app.sync.apply.send import SchoologyDown
from lti_app.sync.result_words import result_words
from tests.factories import set_options
from tests.fakes import LISTS, Rows
from tests.support import records
from tests.support.records import course, renumbered, section, student, teacher
from tests.unit.conftest import Engine, sync_one

SEPTEMBER = DateRange(date(2026, 9, 1))


def seat(student_id: str, key: str = "5001") -> Seat:
    return records.seat(key, student_id, SEPTEMBER)


@pytest.fixture
def school(engine: Engine) -> Engine:
    """Three students and a teacher in one section of one course."""
    engine.sis.rows[Rows.STUDENTS] = [
        student(number=f"00{n}", login=f"s{n}", email=f"s{n}@d.example") for n in (1, 2, 3)
    ]
    engine.sis.rows[Rows.STAFF] = [
        student(
            group=PersonGroup.STAFF, number="77", role=PersonRole.TEACHER, login="t77", email="t77@d.example"
        )
    ]
    engine.sis.rows[Rows.COURSES] = [course("1", "ALG1", "Algebra I")]
    engine.sis.rows[Rows.SECTIONS] = [section(terms=("1|Q2",))]
    engine.sis.rows[Rows.TEACHERS] = [teacher()]
    engine.sis.rows[Rows.SEATS] = [seat("001"), seat("002"), seat("003")]
    return engine


def test_a_first_run_makes_everything_in_order(school: Engine) -> None:
    run = school.run()

    assert run.state == RunState.DONE
    assert [(kind, action) for kind, action, _, _ in school.lines(run)] == (
        [("user", "create")] * 4
        + [("course", "create"), ("section", "create")]
        + [("enrollment", "create")] * 4
    )
    assert {state for *_, state in school.lines(run)} == {ChangeState.DONE}
    assert len(school.schoology.objects[Kind.ENROLLMENT]) == 4


def test_a_second_run_sends_nothing_and_writes_no_line(school: Engine) -> None:
    school.run()
    school.schoology.calls.clear()

    run = school.run()

    assert school.schoology.calls == []
    assert school.lines(run) == []


def test_a_changed_name_is_one_update_with_before_and_after(school: Engine) -> None:
    school.run()
    school.sis.rows[Rows.STUDENTS][0] = replace(school.sis.rows[Rows.STUDENTS][0], last_name="Silva")

    run = school.run()

    assert school.lines(run) == [("user", "update", "student:001", "done")]
    (change,) = school.changes(run)
    assert "Okafor" in change.before and "Silva" in change.after


def test_a_dropped_student_leaves_the_section_and_nothing_else(school: Engine) -> None:
    school.run()
    del school.sis.rows[Rows.SEATS][0]

    run = school.run()

    assert school.lines(run) == [("enrollment", "drop", "5001:student:001", "done")]
    assert len(school.schoology.objects[Kind.ENROLLMENT]) == 3
    assert "5001:student:001" not in school.links()


def test_a_student_who_left_the_sis_keeps_the_account(school: Engine) -> None:
    school.run()
    del school.sis.rows[Rows.STUDENTS][0]
    del school.sis.rows[Rows.SEATS][0]
    school.schoology.calls.clear()

    run = school.run()

    assert school.lines(run) == [
        ("user", "release", "student:001", "done"),
        ("enrollment", "drop", "5001:student:001", "done"),
    ]
    assert school.schoology.calls == [("drop", Kind.ENROLLMENT, 1)]
    assert school.links()["student:001"][0] == LinkState.RELEASED


def test_a_student_who_returns_gets_the_old_account_back(school: Engine) -> None:
    school.run()
    before = school.links()["student:001"][1]
    gone, seat_gone = school.sis.rows[Rows.STUDENTS].pop(0), school.sis.rows[Rows.SEATS].pop(0)
    school.run()
    school.sis.rows[Rows.STUDENTS].append(gone)
    school.sis.rows[Rows.SEATS].append(seat_gone)

    school.run()

    assert school.links()["student:001"] == (LinkState.OWNED, before)
    assert len(school.schoology.objects[Kind.USER]) == 4


def test_a_short_read_stops_the_run_and_drops_no_one(school: Engine) -> None:
    school.run()
    del school.sis.rows[Rows.SEATS][:2]
    school.sis.short[Feed.SEATS] = 2
    school.schoology.calls.clear()

    with pytest.raises(IncompleteRead, match="4 rows were announced, 2 came"):
        school.run()

    assert school.schoology.calls == []
    assert school.sis.reads.count(Feed.SEATS) == 1 + 3


@pytest.mark.parametrize("feed", Feed)
def test_a_read_without_proof_of_its_end_drops_nothing(school: Engine, feed: Feed) -> None:
    set_options(school.session, with_guardians=True)
    school.run()
    for name in LISTS[feed]:
        del school.sis.rows[name][:2]
    school.sis.unproven.add(feed)
    before = school.links()
    school.schoology.calls.clear()

    with pytest.raises(IncompleteRead):
        school.run()

    assert school.schoology.calls == []
    assert school.links() == before
    assert school.sis.reads.count(feed) == 1 + 3


def test_an_empty_building_drops_no_one(school: Engine) -> None:
    school.run()
    school.sis.rows[Rows.SEATS].clear()

    run = school.run()

    assert school.lines(run) == []


def test_a_section_that_vanished_is_released_and_its_students_stay(school: Engine) -> None:
    school.run()
    other = section(key="5002", number="3", terms=("1|Q2",))
    school.sis.rows[Rows.SECTIONS] = [other]
    school.sis.rows[Rows.SEATS] = [seat("001", "5002")]

    run = school.run()

    assert ("section", "release", "5001", "done") in school.lines(run)
    assert not [line for line in school.lines(run) if line[1] == "drop"]


def test_clearing_a_building_writes_nothing(school: Engine) -> None:
    school.run()
    school.schoology.calls.clear()
    school.options(with_students=False)

    run = school.run()

    assert school.schoology.calls == []
    assert [line for line in school.lines(run) if line[1] != "block"] == []


def test_a_teacher_change_swaps_the_seat(school: Engine) -> None:
    school.run()
    school.sis.rows[Rows.STAFF].append(
        renumbered(school.sis.rows[Rows.STAFF][0], "88", login="t88", email="t88@d.example")
    )
    school.sis.rows[Rows.TEACHERS] = [teacher(number="88")]

    run = school.run()

    assert school.lines(run) == [
        ("user", "create", "staff:88", "done"),
        ("enrollment", "create", "5001:staff:88", "done"),
        ("enrollment", "drop", "5001:staff:77", "done"),
    ]


def test_an_enrollment_made_by_hand_is_noted_and_never_dropped(school: Engine) -> None:
    school.sis.rows[Rows.SEATS] = [seat("002"), seat("003")]
    school.run()
    links = school.links()
    by_hand = f"{links['5001'][1]}:{links['student:001'][1]}"
    school.schoology.objects[Kind.ENROLLMENT][by_hand] = {"id": "77777", "admin": False}
    school.sis.rows[Rows.SEATS] = [seat("001"), seat("002"), seat("003")]
    school.run()
    assert school.links()["5001:student:001"] == (LinkState.ADOPTED, "77777")

    school.sis.rows[Rows.SEATS] = [seat("002"), seat("003")]
    run = school.run()

    assert school.lines(run) == []
    assert by_hand in school.schoology.objects[Kind.ENROLLMENT]


def test_staff_and_students_who_share_numbers_are_told_before_the_first_sync(school: Engine) -> None:
    """With the prefix that separates them; no one has an account before someone decides."""
    numbers = [f"{n:03}" for n in range(1, 7)]
    staff = school.sis.rows[Rows.STAFF].pop()
    for n in numbers:
        who = {"login": f"t{n}", "email": f"t{n}@d.example"}
        school.sis.rows[Rows.STAFF].append(renumbered(staff, n, **who))
    for n in numbers[3:]:
        school.sis.rows[Rows.STUDENTS].append(student(number=n, login=f"s{n}", email=f"s{n}@d.example"))
    school.sis.rows[Rows.TEACHERS] = [teacher(number="001")]

    for plan_only in (True, False):
        run = school.run(plan_only=plan_only)
        (trip,) = [each for each in run.counts["trips"] if each["brake"] == "shared_numbers"]
        assert (trip["who"], trip["number"], trip["limit"]) == ("staff", 6, "T")
        blocked = {each.sis_id: each.reason for each in school.changes(run) if each.state == "blocked"}
        assert set(blocked) == {*(f"staff:{n}" for n in numbers), "5001:staff:001"}
        assert "student 001" in sentence(blocked["staff:001"])
    assert school.schoology.objects[Kind.USER] == {}

    school.options(id_prefixes={"student": "", "staff": "T", "contact": "P"})
    run = school.run()

    assert run.state == RunState.DONE
    assert set(school.schoology.objects[Kind.USER]) == {*numbers, *(f"T{n}" for n in numbers)}


def test_a_single_shared_number_is_told_and_stops_no_one_else(school: Engine) -> None:
    school.sis.rows[Rows.STAFF][0] = renumbered(school.sis.rows[Rows.STAFF][0], "001")
    school.sis.rows[Rows.TEACHERS] = [teacher(number="001")]

    preview = school.run(plan_only=True)
    assert "enter the prefix “T” for staff members" in sentence(result_words(preview)[1])
    run = school.run()
    said = sentence(result_words(run)[1])
    assert "1 person has no account because someone in another group has the same number" in said
    assert "Change one of the two numbers in the SIS" in said and "prefix" not in said

    blocked = {each.sis_id for each in school.changes(run) if each.state == ChangeState.BLOCKED}
    assert blocked == {"staff:001", "5001:staff:001"}
    assert set(school.schoology.objects[Kind.USER]) == {"001", "002", "003"}


def test_who_has_a_number_keeps_it(school: Engine) -> None:
    """After the first sync, a newcomer from another list is named, and no one else is stopped."""
    school.run()
    newcomer = student(number="77", login="s77", email="s77@d.example")
    school.sis.rows[Rows.STUDENTS].append(newcomer)
    school.sis.rows[Rows.SEATS].append(seat("77"))
    for what in ("all", "one"):
        run = school.run() if what == "all" else sync_one(school, Kind.USER, "student:77")
        blocked = {each.sis_id for each in school.changes(run) if each.state == "blocked"}
        assert "student:77" in blocked and "staff:77" not in blocked
    assert school.schoology.objects[Kind.USER]["77"]["username"] == "t77"


def test_two_rows_with_one_sis_id_that_contradict_are_blocked(school: Engine) -> None:
    school.sis.rows[Rows.STUDENTS].append(replace(school.sis.rows[Rows.STUDENTS][0], last_name="Other"))

    run = school.run()

    (line,) = [each for each in school.changes(run) if each.sis_id == "student:001"]
    assert line.state == ChangeState.BLOCKED and line.reason == because(
        Code.ROWS_CONTRADICT, field="name", first="Okafor, Mei", second="Other, Mei"
    )


def test_siblings_who_share_an_address_go_by_their_usernames(school: Engine) -> None:
    for number in (0, 1):
        school.sis.rows[Rows.STUDENTS][number] = replace(
            school.sis.rows[Rows.STUDENTS][number], email="Home@d.example"
        )

    school.run()

    emails = {key: each["email"] for key, each in school.schoology.objects[Kind.USER].items()}
    assert emails == {"001": "", "002": "", "003": "s3@d.example", "77": "t77@d.example"}


def test_a_bad_record_is_a_line_of_the_log_and_stops_nothing(school: Engine) -> None:
    school.sis.rows[Rows.STUDENTS].append(BadRecord(Kind.USER, "student:9", "1", other("GRADE is ?")))

    run = school.run()

    assert ("user", "block", "student:9", "blocked") in school.lines(run)
    assert len(school.schoology.objects[Kind.USER]) == 4
    assert run.state == RunState.DONE_WITH_PROBLEMS


def test_an_enrollment_of_an_unknown_student_is_blocked(school: Engine) -> None:
    school.sis.rows[Rows.SEATS].append(seat("999"))

    run = school.run()

    (line,) = [each for each in school.changes(run) if each.state == ChangeState.BLOCKED]
    why = because(Code.ROW_LEADS_NOWHERE, what="person", key="student:999")
    assert (line.sis_id, line.reason) == ("5001:student:999", why)


def test_syncing_sections_before_users_says_what_to_do_first(school: Engine) -> None:
    run = school.run("sections")

    reasons = {each.kind: each.reason for each in school.changes(run)}
    assert reasons[Kind.SECTION] == because(Code.NEEDED_NOT_SYNCED, what="course", kind=Kind.COURSE)


def test_one_refused_person_leaves_the_others_alone(school: Engine) -> None:
    school.schoology.refuse["002"] = "Email is taken"

    run = school.run()

    failed = {each.sis_id: each for each in school.changes(run) if each.state == ChangeState.FAILED}
    assert failed["student:002"].words == "Email is taken"
    assert failed["5001:student:002"].reason == because(Code.NEEDED_NOT_IN_SCHOOLOGY, what="person")
    assert len(school.schoology.objects[Kind.ENROLLMENT]) == 3


def test_a_lost_answer_is_looked_up_and_nothing_is_doubled(school: Engine) -> None:
    school.schoology.script = [Transient("reset", maybe_done=True)]

    run = school.run()

    assert run.state == RunState.DONE
    assert len(school.schoology.objects[Kind.USER]) == 4
    assert school.schoology.calls.count(("create", Kind.USER, 4)) == 1


def test_a_throttled_call_waits_as_long_as_it_was_told_and_is_repeated(school: Engine) -> None:
    school.schoology.script = [Throttled("slow down", retry_after=7)]

    run = school.run()

    assert run.state == RunState.DONE and sum(school.waits) == 7


def test_an_outage_stops_the_run_and_the_next_one_finishes_the_work(school: Engine) -> None:
    school.schoology.script = [Transient("down")] * 10

    with pytest.raises(SchoologyDown):
        school.run()

    school.schoology.script.clear()
    run = school.carry(school.session.get_one(Job, 1))
    assert run.state == RunState.DONE
    assert len(school.schoology.objects[Kind.ENROLLMENT]) == 4


def test_a_void_token_stops_before_the_next_write(school: Engine) -> None:
    school.schoology.script = [Refused("401", status=401)]

    with pytest.raises(Refused):
        school.run()

    assert school.schoology.calls == [("create", Kind.USER, 4)]
    assert school.session.query(Change).filter(Change.state == ChangeState.SENT).count() == 0


def test_a_section_deleted_in_schoology_is_not_made_again(school: Engine) -> None:
    school.run()
    school.schoology.objects[Kind.SECTION].clear()
    school.sis.rows[Rows.SECTIONS] = [section(title="Algebra renamed", terms=("1|Q2",))]
    school.run()
    assert school.links()["5001"][0] == LinkState.MISSING
    school.schoology.calls.clear()

    run = school.run()

    assert [line for line in school.lines(run) if line[0] == "section"] == []
    assert school.schoology.objects[Kind.SECTION] == {}


def test_a_plan_sends_nothing(school: Engine) -> None:
    run = school.run(plan_only=True)

    assert school.schoology.calls == []
    assert run.state == RunState.PLANNED
    assert run.counts["plan"]["user"] == {"create": 4}


def test_the_same_input_gives_the_same_digest(school: Engine) -> None:
    assert school.run(plan_only=True).digest == school.run(plan_only=True).digest
