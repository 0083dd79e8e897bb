"""The known failures of grade sync in the field (modes 19 to 36 of the notes), each by its number.

Mode 36, double entry that comes back when trust is gone, is answered in docs/grades.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

from lti_app import clock, formats
from lti_app.extensions import db
from lti_app.jobs.queue import enqueue
from lti_app.models import CategoryMap, ItemState, Job, JobState, KeptScore, Link, LinkState, ScoreState
from lti_app.runs.words import finding, sentence
from lti_app.sandbox.schoology import gradebook as far_book
from lti_app.school.grade_policy import RULES, ExceptionRule, GradePolicy, Handling
from lti_app.school.gradebook import ScoreException
from lti_app.school.reason_codes import Code
from lti_app.store.district import District
from lti_app.vault import Vault
from tests.factories import add_link
from tests.functional.web.course.test_course_tabs import teacher_of
from tests.support.decisions import answer_conflict, put_back
from tests.support.gradebook import Class, make_class

SAVE = "/course/configuration/save"
NOTHING_SENT = "Everything was up to date: nothing was sent."


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Class]:
    with make_class(tmp_path, students=40, public_url="http://localhost") as made:
        yield made


def test_stored_credentials_that_do_not_open_are_no_matter_of_the_teacher(room: Class) -> None:
    room.world.app.extensions["wiring"].vault = Vault((Fernet.generate_key().decode(),))

    job = room.sync()

    assert job.state == JobState.FAILED
    assert "can’t reach Schoology or the SIS" in sentence(job.message)


def reason_of(room: Class, item: Any) -> str:
    """Everything that the page says of an item."""
    state = room.state(item)
    return " ".join([sentence(state.reason), *(" ".join(finding(each)) for each in state.shown["findings"])])


def test_19_an_unmapped_category_stops_its_items_and_a_renamed_one_does_not(room: Class) -> None:
    other = far_book.add_category(room.world.store, int(room.section_id), "Journals")
    mapped, unmapped = room.item("Mapped"), room.item("Unmapped", grading_category=other.id)
    far_book.update_category(room.world.store, room.category.id, title="Renamed by the teacher")

    room.sync()

    assert set(room.assignments()) == {str(mapped.id)}
    assert room.findings(unmapped) == {"category_unmapped"}


def test_19_a_category_that_the_sis_lost_after_the_mapping_is_named(room: Class) -> None:
    room.map(**{f"c{room.category.id}": "OLD"})
    quiz = room.item("Quiz")

    job = room.sync()

    assert room.assignments() == {}
    assert "matched to OLD, which is no longer in this section in the SIS" in reason_of(room, quiz)
    assert job.state == JobState.DONE_WITH_PROBLEMS


def test_20_the_date_that_is_used_is_shown_and_lies_on_a_day_with_class(room: Class) -> None:
    none, late, weekend, fine = (
        room.item("None", due=""),
        room.item("Late", due="2031-01-01 08:00:00"),
        room.item("Weekend", due="2026-11-21 23:59:00"),
        room.item("Fine"),
    )

    job = room.sync()

    made = room.assignments()
    assert len(made) == 4, sentence(job.message)
    assert all(each.due_date.weekday() < 5 for each in made.values())
    assert made[str(weekend.id)].due_date.isoformat() == "2026-11-20"
    for item, code in ((none, "date_no_due"), (late, "date_outside"), (weekend, "date_no_class")):
        assert code in room.findings(item)
        assert room.state(item).shown["used"] == made[str(item.id)].due_date.isoformat()
    assert room.findings(fine) == set()


def test_20_a_holiday_is_learned_from_the_refusal_and_the_day_before_is_used(room: Class) -> None:
    november = (day for day in sorted(room.world.district.holidays) if day.month == 11)
    thanksgiving = next(day for day in november if day.weekday() < 5)
    quiz = room.item("Quiz", due=f"{thanksgiving} 23:59:00")

    room.sync()
    said = [finding(each)[0] for each in room.state(quiz).shown["findings"]]
    again = room.sync()

    made = room.assignments()[str(quiz.id)]
    assert f"{formats.day(made.due_date)}" in said[0], "said at once, about the day that the SIS took"
    assert made.due_date < thanksgiving and made.due_date not in room.world.district.holidays
    assert sentence(again.message) == NOTHING_SENT
    assert "date_no_class" in room.findings(quiz)
    later = room.item("Later", due=f"{thanksgiving} 23:59:00")
    room.look()
    (named,) = [each for each in room.state(later).shown["findings"] if each["code"] == "date_no_class"]
    assert formats.day(made.due_date) in finding(named)[0], "named before it is sent: the course has learned"
    assert str(later.id) not in room.assignments()


def test_21_titles_may_be_long_twice_there_or_changed_without_a_second_copy(room: Class) -> None:
    long, one, two = room.item("x" * 300), room.item("Quiz"), room.item("quiz")
    room.sync()
    room.change(one, title="Quiz about cells")
    room.sync()

    made = room.assignments()
    assert len(made) == 3
    assert len(made[str(long.id)].description) == 255
    assert made[str(one.id)].description == "Quiz about cells"
    assert "title_long" in room.findings(long) and "title_twice" not in room.findings(two)


def test_22_what_counts_otherwise_is_said_and_factors_become_weights(room: Class) -> None:
    double = room.item("Double", factor="2")
    bonus = room.item("Bonus", max_points="0")
    outside = room.item("Not counted", count_in_grade=0)
    scaled = room.item("Scaled", grading_scale=2)
    room.sync()

    made = room.assignments()
    assert made[str(double.id)].weight == Decimal(2)
    assert made[str(outside.id)].weight == Decimal(0)
    found = {code for item in (double, bonus, outside, scaled) for code in room.findings(item)}
    assert found == {"factor", "points_zero", "not_counted", "scale"}


def test_23_exceptions_follow_the_district_and_an_unknown_one_is_never_zero(room: Class) -> None:
    quiz = room.item("Quiz")
    for number, exception in enumerate((1, 2, 3, 7)):
        room.grade(quiz, number, None, exception=exception)

    room.sync()

    scores = room.scores(quiz)
    marks = {mark.code: mark for mark in room.sis.settings(room.key).alpha_marks}
    assert marks[scores[room.student(0)].mark].exclude
    assert marks[scores[room.student(1)].mark].description == "Incomplete"
    assert scores[room.student(2)].score == Decimal(0)
    assert room.student(3) not in scores
    unknown = room.score_state(quiz, 3)
    assert unknown is not None and unknown.reason_code == Code.EXCEPTION_UNKNOWN


def test_23_the_table_of_the_district_decides(room: Class) -> None:
    rules = {
        **RULES,
        ScoreException.MISSING: ExceptionRule(Handling.MARK, "M"),
        ScoreException.EXCUSED: ExceptionRule(Handling.BLANK),
        ScoreException.INCOMPLETE: ExceptionRule(Handling.SKIP),
    }
    quiz = room.item("Quiz")
    room.grade_all(quiz, 5)
    room.sync()
    room.policy(GradePolicy(rules))
    for number, exception in enumerate((1, 2, 3)):
        room.grade(quiz, number, None, exception=exception)

    room.sync()

    assert room.student(0) not in room.scores(quiz)
    assert room.score(quiz, 1) == Decimal(5)
    assert room.scores(quiz)[room.student(2)].mark == "M"


def test_24_deleted_and_unpublished_items_stay_until_removal_is_asked_for(
    room: Class,
) -> None:
    gone, hidden, stays = room.item("Gone"), room.item("Hidden"), room.item("Stays")
    room.sync()
    room.delete(gone)
    room.change(hidden, published=0)

    room.sync()

    assert len(room.assignments()) == 3
    assert room.state(gone).gone and room.state(hidden).gone and not room.state(stays).gone
    room.change(hidden, published=1)
    room.sync()
    assert not room.state(hidden).gone


def test_25_the_other_sections_of_a_course_are_configured_in_one_go(room: Class) -> None:
    teacher = teacher_of(room, teacher_of_two(room))
    shown = teacher.press("/course/configuration")
    if "Use the same matches in your other sections" not in shown:
        teacher.press("/course/configuration")
        shown = teacher.press("/course/configuration")
    assert "Use the same matches in your other sections of this course" in shown
    other = sibling(room)

    teacher.press(
        SAVE,
        **{f"category-{room.category.id}": room.code, "also": other.schoology_id},
    )

    stale = {f"category-{room.category.id}": "", f"was-{room.category.id}": "ANOTHER"}
    assert "Nothing was saved because the matches have changed" in teacher.press(SAVE, **stale)
    new = far_book.add_category(room.world.store, int(room.section_id), "Brand new")
    room.look()
    teacher.press(SAVE, **{f"category-{room.category.id}": room.code})
    with room.world.app.app_context():
        kept = {each.category_id: each.sis_category for each in db.session.query(CategoryMap)}
    assert kept[str(room.category.id)] == room.code
    assert str(new.id) not in kept, "a category that the page didn’t show is no choice to send nothing"

    far_book.add_category(room.world.store, int(other.schoology_id), room.category.title.upper())
    neighbour = teacher_of(room, "88", section_id=other.schoology_id)
    neighbour.press("/course/configuration")
    assert "All matched" in neighbour.press("/course/configuration")


def sibling(room: Class) -> Link:
    with room.world.app.app_context():
        return db.session.query(Link).filter(Link.kind == "section", Link.label == "Twin").one()


def teacher_of_two(room: Class) -> str:
    """Gives the class a twin of the same course, and names the uid of whoever teaches both."""
    with room.world.app.app_context():
        mine = (
            db.session.query(Link).filter(Link.schoology_id == room.section_id, Link.kind == "section").one()
        )
        twin = (
            db.session.query(Link)
            .filter(Link.kind == "section", Link.sis_id != mine.sis_id)
            .order_by(Link.sis_id)
            .first()
        )
        assert twin is not None
        twin.parent, twin.label = mine.parent, "Twin"
        seat = db.session.query(Link).filter(Link.kind == "enrollment", Link.parent == mine.sis_id)
        staff = seat.filter(Link.person.like("staff:%")).first()
        assert staff is not None
        seat_id = f"{twin.sis_id}:{staff.person}:twin"
        names = {"parent": twin.sis_id, "person": staff.person}
        add_link(db.session(), "enrollment", seat_id, schoology_id="999999", **names)
        uid = (
            db.session.query(Link).filter(Link.kind == "user", Link.sis_id == staff.person).one().schoology_id
        )
        db.session.commit()
        return uid


def test_26_sync_before_mapping_sends_nothing_and_says_what_to_do(tmp_path: Path) -> None:
    with make_class(tmp_path, mapped=False, public_url="http://localhost") as room:
        room.grade_all(room.item("Quiz"))
        teacher = teacher_of(room)
        teacher.press("/course/sync")

        shown = teacher.press("/course/sync/start", which="all")

        assert "Match at least one category with an SIS category" in shown
        assert room.assignments() == {}


def test_27_items_that_arrive_in_a_heap_wait_until_they_are_released(room: Class) -> None:
    first = room.item("First")
    room.sync()
    copied = [room.item(f"Copied {n}") for n in range(11)]
    room.sync()
    assert set(room.assignments()) == {str(first.id)}
    assert room.state(copied[0]).held

    teacher = teacher_of(room)
    assert "11 new items are on hold" in teacher.see()
    teacher.press("/course/sync/release", item=str(copied[0].id))
    teacher.press("/course/sync/start", which="all")
    assert set(room.assignments()) == {str(first.id), str(copied[0].id)}
    assert "Select items first" in teacher.press("/course/sync/release")
    shown = teacher.pages.press("/course/sync").split('action="/course/sync/release"')[1].split("</form>")[0]
    teacher.press("/course/sync/release", item=re.findall(r'name="item" value="(\d+)"', shown))
    teacher.press("/course/sync/start", which="all")
    assert len(room.assignments()) == 12


def test_27_ten_new_items_are_an_ordinary_day(room: Class) -> None:
    room.item("First")
    room.sync()
    for n in range(10):
        room.item(f"New {n}")

    room.sync()

    assert len(room.assignments()) == 11


def test_28_a_large_class_goes_in_portions(room: Class) -> None:
    quiz = room.item("Quiz")
    room.add_students(230)
    room.grade_all(quiz, 6.5)
    portions = room.watch("PUT ^.*/scores$")

    job = room.sync()

    assert job.state == JobState.DONE, sentence(job.message)
    assert len(room.scores(quiz)) == len(room.seats()) > 230
    assert portions() == -(-len(room.seats()) // 100)


def test_29_a_closed_period_fails_its_items_alone_and_retry_sends_them_later(room: Class) -> None:
    quiz, test = room.item("Quiz"), room.item("Test", due="2026-09-15 23:59:00")
    section = room.sis.section(room.key)
    terms = room.world.district.terms_of(section, section.session(room.session))
    here = {each.marking_period for each in terms if str(each.start) <= "2026-11-19" <= str(each.end)}
    there = {each.marking_period for each in terms if str(each.start) <= "2026-09-15" <= str(each.end)}
    assert here != there
    for period in there - here or there:
        room.sis.lock(section.building, period)
    room.look()
    if "period_over" in room.findings(test):
        room.may_change(test)

    job = room.sync()

    assert job.state == JobState.DONE_WITH_PROBLEMS
    assert set(room.assignments()) == {str(quiz.id)}
    assert room.state(test).reason_code == Code.PERIOD_LOCKED
    room.sis.locked.clear()
    room.sync(failed_only=True)
    assert set(room.assignments()) == {str(quiz.id), str(test.id)}


def test_29_a_closed_period_refuses_scores_too_and_retry_sends_them_later(room: Class) -> None:
    quiz = room.item("Quiz")
    room.grade(quiz, 0, 7)
    room.sync()
    section = room.sis.section(room.key)
    for each in room.world.district.terms_of(section, section.session(room.session)):
        if str(each.start) <= "2026-11-19" <= str(each.end):
            room.sis.lock(section.building, each.marking_period)
    room.grade(quiz, 0, 9)

    job = room.sync()

    assert job.state == JobState.DONE_WITH_PROBLEMS
    assert room.score(quiz, 0) == 7
    kept = room.score_state(quiz, 0)
    assert kept is not None and kept.reason_code == Code.PERIOD_LOCKED
    room.sis.locked.clear()
    room.sync(failed_only=True)
    assert room.score(quiz, 0) == 9


def test_29_an_archived_course_says_so(room: Class) -> None:
    room.item("Quiz")
    far_book.archive(room.world.store, int(room.section_id))

    job = room.sync()

    assert job.state == JobState.FAILED
    assert "archived in Schoology" in sentence(job.message)
    assert "archived in Schoology" in teacher_of(room).see()


def test_30_a_student_who_left_the_sis_section_hides_no_one_else(room: Class) -> None:
    quiz = room.item("Quiz")
    room.grade_all(quiz)
    room.leave(0)

    room.sync()

    assert room.score(quiz, 0) is None
    assert len(room.scores(quiz)) == len(room.seats()) - 1
    left = room.score_state(quiz, 0)
    assert left is not None and left.reason_code == Code.STUDENT_NOT_IN_SECTION
    assert room.state(quiz).status == "synced"


def test_31_a_score_that_the_sis_took_and_did_not_keep_is_an_error(room: Class, monkeypatch: Any) -> None:
    quiz = room.item("Quiz")
    room.grade_all(quiz)
    kept, loser = room.sis.put_score, room.student(1)

    def forgetful(*place: Any) -> Any:
        return None if place[3]["STUDENT_ID"] == loser else kept(*place)

    monkeypatch.setattr(room.sis, "put_score", forgetful)
    job = room.sync()
    monkeypatch.undo()

    lost = room.score_state(quiz, 1)
    assert lost is not None and lost.reason_code == Code.SCORE_NOT_KEPT
    assert job.state == JobState.DONE_WITH_PROBLEMS
    room.sync(failed_only=True)
    assert room.score(quiz, 1) == Decimal(8)
    assert room.state(quiz).status == "synced"


def test_31_what_changed_since_shows_as_updates_available(room: Class) -> None:
    quiz = room.item("Quiz")
    room.grade_all(quiz)
    room.sync()
    room.grade(quiz, 0, 9)

    room.look()

    assert "Updates available" in teacher_of(room).see()
    assert room.score(quiz, 0) == Decimal(8)


def test_32_the_page_tells_the_place_in_the_queue(room: Class) -> None:
    with room.world.app.app_context():
        enqueue(
            District(db.session, 1),
            "provision",
            params={"what": "all"},
            trigger="manual",
            asked_by="Avery Admin",
        )
        db.session.commit()
    room.item("Quiz")

    shown = teacher_of(room).pages.words("/course/sync/start", which="all")

    assert "Number 2 in the queue" in shown


def test_33_lost_memory_finds_what_is_in_the_sis_and_makes_nothing_twice(room: Class) -> None:
    quiz = room.item("Quiz")
    room.grade_all(quiz)
    room.sync()
    with room.world.app.app_context():
        db.session.query(ScoreState).delete()
        db.session.query(ItemState).delete()
        db.session.commit()

    room.sync()
    again = room.sync()

    assert len(room.assignments()) == 1
    assert sentence(again.message) == NOTHING_SENT


def test_33_an_assignment_deleted_in_the_sis_comes_back_with_its_scores(room: Class) -> None:
    quiz = room.item("Quiz")
    room.grade_all(quiz)
    room.sync()
    room.sis.delete_assignment(room.key, room.session, str(quiz.id))

    room.sync()

    assert len(room.scores(quiz)) == len(room.seats())


def test_34_an_edit_in_the_sis_is_overwritten_and_its_value_is_kept(room: Class) -> None:
    quiz = room.item("Quiz")
    room.grade_all(quiz)
    room.sync()
    room.edit_in_sis(quiz, 0, "3")

    room.sync()

    assert room.score(quiz, 0) == Decimal(8)
    teacher = teacher_of(room)
    assert "the SIS had 3 before 8 was sent" in teacher.see()
    assert "Restoring 1 score in the SIS" in put_back(teacher.pages)
    teacher.run()
    back = room.newest()
    assert room.score(quiz, 0) == Decimal(3)
    assert [(each.kind, each.state) for each in room.world.changes(back)] == [("score", "done")]
    assert sentence(room.sync().message) == NOTHING_SENT
    room.grade(quiz, 0, 9)
    room.sync()
    assert room.score(quiz, 0) == Decimal(9)


def test_34_what_was_overwritten_can_be_put_back_for_thirty_days(room: Class) -> None:
    quiz = room.item("Quiz")
    room.grade_all(quiz)
    room.sync()
    room.edit_in_sis(quiz, 0, "3")
    room.sync()
    teacher = teacher_of(room)
    with room.world.app.app_context():
        row = db.session.query(KeptScore).one()
        row.kept_at = clock.now() - timedelta(days=29)
        db.session.commit()
        assert "the SIS had 3" in teacher.see()
        row.kept_at = clock.now() - timedelta(days=31)
        db.session.commit()
        kept = row.id

    assert "the SIS had 3" not in teacher.see()
    refused = teacher.press("/course/sync/restore", kept=kept)
    assert "nothing was changed" in refused and room.score(quiz, 0) == Decimal(8)


def test_34_where_the_district_asks_the_teacher_decides(room: Class) -> None:
    room.policy(GradePolicy(ask=True))
    quiz = room.item("Quiz")
    room.grade_all(quiz)
    room.sync()
    room.edit_in_sis(quiz, 0, "3")
    room.edit_in_sis(quiz, 1, "4")

    room.sync()

    assert (room.score(quiz, 0), room.score(quiz, 1)) == (Decimal(3), Decimal(4))
    teacher = teacher_of(room)
    assert "Schoology has 8, the SIS has 3" in teacher.see()
    answer_conflict(teacher.pages, room, quiz, 0, "keep")
    answer_conflict(teacher.pages, room, quiz, 1, "overwrite")
    teacher.run()
    room.sync()
    assert (room.score(quiz, 0), room.score(quiz, 1)) == (Decimal(3), Decimal(8))
    assert "Changed in the SIS" not in teacher.see()
    assert "the SIS has 3, Schoology has 8 Use Schoology’s score" in teacher.see()


def test_35_unlinking_and_linking_again_loses_no_work(room: Class) -> None:
    quiz = room.item("Quiz")
    room.grade_all(quiz)
    room.sync()
    _set_link(room, LinkState.RELEASED)
    refused = room.sync()
    assert refused.state == JobState.FAILED and "isn’t in the SIS anymore" in sentence(refused.message)
    assert len(room.scores(quiz)) == len(room.seats())

    _set_link(room, LinkState.OWNED)

    assert sentence(room.sync().message) == NOTHING_SENT
    assert len(room.assignments()) == 1


def _set_link(room: Class, state: LinkState) -> None:
    with room.world.app.app_context():
        row = (
            db.session.query(Link).filter(Link.kind == "section", Link.schoology_id == room.section_id).one()
        )
        row.state = state
        db.session.commit()


def test_every_failure_leaves_a_job_that_says_how_it_ended(room: Class) -> None:
    room.item("Quiz")
    room.sync()

    with room.world.app.app_context():
        assert all(sentence(job.message) for job in db.session.query(Job).filter(Job.lane == "grades"))
