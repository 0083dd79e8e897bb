"""Live sync: what a teacher changes in Schoology is in the SIS without anybody pressing anything."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import event

from lti_app.extensions import db
from lti_app.grades.course.waits import CourseWaits, waiting_courses
from lti_app.grades.live.inbox import LARGEST
from lti_app.grades.live.task import queue_confirmations, queue_sweeps
from lti_app.grades.rows import live as rows_live
from lti_app.models import Installation, Job, SyncOptions
from lti_app.runs.words import sentence
from lti_app.school.course_codes import CourseCode
from lti_app.school.grade_policy import GradePolicy
from lti_app.school.reasons import because
from lti_app.store.district import District
from lti_app.sync.apply.after_restore import RESTORED
from tests.functional.cli.test_cli import run
from tests.support.decisions import decide, press_sync, release
from tests.support.live import Live, make_live
from tests.support.world import running_app, settings


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with make_live(tmp_path_factory.mktemp("live")) as made:
        yield made


@pytest.fixture
def live(shared: Live) -> Live:
    """The class as each test finds it: nothing in either gradebook, nothing remembered."""
    shared.clean()
    return shared


def test_a_typed_score_arrives_without_a_press(live: Live) -> None:
    room = live.room
    quiz = room.item("Quiz")
    live.type(quiz, 0, 7.5)

    jobs = live.settle()

    assert [(each.trigger, each.state) for each in jobs] == [("live", "done")], sentence(jobs[0].message)
    assert room.score(quiz, 0) == Decimal("7.5")


def test_events_of_a_section_merge_into_one_job_and_one_reading(live: Live) -> None:
    room = live.room
    quiz = room.item("Quiz")
    for number in range(len(room.seats())):
        live.type(quiz, number, number + 1)
    live.carry()
    reads = room.world.store.traffic.requests.get("POST /v1/multiget", 0)

    jobs = live.work()

    assert len(jobs) == 1
    assert room.world.store.traffic.requests["POST /v1/multiget"] - reads == 1
    assert len(room.scores(quiz)) == len(room.seats())


def test_work_past_due_without_a_score_waits_for_the_first_under_live_sync(live: Live) -> None:
    room = live.room
    room.policy(GradePolicy())
    past, later = room.item("Past"), room.item("Later", due="2026-12-01 23:59:00")

    live.settle()

    assert str(later.id) in room.assignments() and str(past.id) not in room.assignments()
    assert "waits_for_score" in room.findings(past)
    live.type(past, 0, 7)
    live.settle()
    assert room.score(past, 0) == Decimal(7)
    assert "due_soon" not in room.findings(past)


def test_an_edited_item_and_a_cleared_score_follow(live: Live) -> None:
    room = live.room
    quiz = room.item("Quiz")
    live.type(quiz, 0, 7)
    live.type(quiz, 1, 8)
    live.settle()

    room.change(quiz, title="Quiz on cells")
    live.type(quiz, 0, None)
    live.settle()

    assert room.assignments()[str(quiz.id)].description == "Quiz on cells"
    assert (room.score(quiz, 0), room.score(quiz, 1)) == (None, Decimal(8))


def test_events_that_come_twice_or_late_do_no_harm(live: Live) -> None:
    room = live.room
    quiz = room.item("Quiz")
    live.type(quiz, 0, 3)
    live.type(quiz, 0, 9)
    first, second = live.posted[-2:]
    live.posted = [second, first, first, second]
    live.settle()
    writes = room.watch("PUT ^.*")

    live.posted = [first]
    jobs = live.settle()

    assert room.score(quiz, 0) == Decimal(9)
    assert (writes(), sentence(jobs[-1].message)) == (0, "There was nothing to send.")


def test_an_event_that_comes_while_the_job_runs_is_not_lost(live: Live) -> None:
    room = live.room
    quiz = room.item("Quiz")
    live.type(quiz, 0, 3)
    live.carry()
    with live.app.app_context():
        section = live.here()
        rows_live.take_events(db.session, section)
    live.type(quiz, 1, 4)
    live.carry()

    assert live.events("new") == 1
    live.work()
    assert room.score(quiz, 1) == Decimal(4)


def test_after_a_restore_live_sync_waits_for_the_links_and_then_catches_up(live: Live) -> None:
    room = live.room
    quiz = room.item("Quiz")
    with live.app.app_context():
        db.session.get_one(Installation, 1).paused_reason = RESTORED
        db.session.commit()
    live.type(quiz, 0, 7.5)
    assert live.settle() == []
    with live.app.app_context():
        for periodic in (queue_sweeps, queue_confirmations):
            periodic(db.session, None)
        assert db.session.query(Job).filter(Job.state == "queued").count() == 0
    assert room.score(quiz, 0) is None

    run(live.app, "doctor --after-restore")
    look = live.work()
    live.sweep()

    assert [each.state for each in look][:1] == ["done"], sentence(look[0].message)
    assert room.score(quiz, 0) == Decimal("7.5")


def test_every_event_is_answered_and_only_those_that_name_a_section_count(live: Live) -> None:
    quiet = [
        b"",
        b"{",
        b"[]",
        b'"x"',
        b'{"data": null}',
        b'{"data": [1, {"section_id": "../1"}]}',
        b"\xff\x00",
    ]
    quiet += [b"[" * 100_000, json.dumps({"data": {"section_id": "9" * 40}}).encode()]

    assert {live.post(each) for each in quiet} == {200}
    assert live.events("malformed") == len(quiet)
    assert live.work() == []


def test_an_unknown_secret_and_a_huge_body_are_refused(live: Live) -> None:
    assert live.post(b"{}", secret="made-up") == 404
    assert live.post(b"x" * (LARGEST + 1)) == 413
    assert live.post(b"x" * LARGEST) == 200


def test_one_event_may_name_several_sections_and_strangers_are_ignored(live: Live) -> None:
    body = {"data": [{"section_id": 1}, {"section_id": live.room.section_id}, {"section_id": "1"}]}

    assert live.post(json.dumps(body).encode()) == 200

    assert (live.events("new"), len(live.work())) == (1, 1)
    assert live.events("ignored") == 0


def test_an_item_deleted_in_schoology_leaves_the_sis_and_can_be_put_back(live: Live) -> None:
    room = live.room
    quiz, other = room.item("Quiz"), room.item("Other")
    room.grade_all(quiz, 6)
    live.settle()

    room.delete(quiz)
    jobs = live.settle()

    assert set(room.assignments()) == {str(other.id)}
    assert "also deleted in the SIS" in sentence(jobs[-1].message)
    kept = live.removed()
    assert (kept.title, len(kept.scores)) == ("Quiz", len(room.seats()))
    labels = [each.label for each in room.world.changes(jobs[-1])]
    assert len([each for each in labels if each.endswith("Quiz")]) == len(room.seats()) + 1

    assert "Restoring" in live.teacher().words("/course/live/restore", removed=kept.id)
    back = live.work()[-1]
    assert sentence(back.message) == "It’s in the SIS again."
    assert len(room.world.changes(back)) == len(room.seats()) + 1
    live.type(other, 0, 1)
    live.settle()
    assert room.score(quiz, 0) == Decimal(6)
    assert "already restored" in live.teacher().words("/course/live/restore", removed=kept.id)


def test_an_unpublished_item_is_listed_and_never_removed(live: Live) -> None:
    room = live.room
    quiz = room.item("Quiz")
    room.grade_all(quiz)
    live.settle()

    room.change(quiz, published=0)
    live.settle()

    assert str(quiz.id) in room.assignments()
    assert "No longer in Schoology, still in the SIS" in live.teacher().words("/course/sync")


def test_only_what_the_app_made_is_deleted(live: Live) -> None:
    room = live.room
    quiz = room.item("Quiz")
    live.settle()
    with live.app.app_context():
        db.session.execute(db.text("UPDATE item_state SET fingerprint = ''"))
        db.session.commit()

    room.delete(quiz)
    live.settle()

    assert str(quiz.id) in room.assignments()


def test_a_mass_delete_is_held_and_told_on_both_pages(live: Live) -> None:
    room, teacher, admin = live.room, live.teacher(), live.admin()
    items = [room.item(f"Item {number}") for number in range(5)]
    live.settle()
    for each in items[:3]:
        room.delete(each)

    live.settle()

    assert len(room.assignments()) == 5
    assert "3 of this course’s 5 items" in teacher.words("/course/sync")
    assert "Live sync put deletes in 1 course on hold" in admin.words("/admin/configuration")
    assert "3 of this course’s 5 items" in admin.words("/admin/live")
    assert "some deletions or cleared scores are on hold" in admin.words("/admin/logs")
    room.delete(items[3])
    live.settle()
    assert len(room.assignments()) == 5
    decide(teacher, "go")
    live.work()
    assert set(room.assignments()) == {str(items[4].id)}


def test_what_is_kept_from_a_mass_delete_stays(live: Live) -> None:
    room, admin = live.room, live.admin()
    items = [room.item(f"Item {number}") for number in range(4)]
    live.settle()
    for each in items[:3]:
        room.delete(each)
    live.settle()

    said = decide(admin, "keep", page="/admin/live", section=room.section_id)
    live.type(items[3], 0, 5)
    live.settle()

    assert "Kept in the SIS" in said
    assert len(room.assignments()) == 4
    assert live.section().held == {}


def test_a_mass_clear_is_held_while_other_scores_go(live: Live) -> None:
    room = live.room
    quiz, other = room.item("Quiz"), room.item("Other")
    room.grade_all(quiz)
    live.settle()
    for number in range(len(room.seats())):
        live.type(quiz, number, None)
    live.type(other, 0, 4)

    live.settle()

    assert len(room.scores(quiz)) == len(room.seats())
    assert room.score(other, 0) == Decimal(4)
    assert "would be cleared" in live.teacher().words("/course/sync")
    decide(live.teacher(), "go")
    live.work()
    assert room.scores(quiz) == {}


def test_clears_that_trickle_in_are_counted_together(live: Live) -> None:
    room = live.room
    quiz = room.item("Quiz")
    room.grade_all(quiz)
    live.settle()
    for number in range(len(room.seats())):
        live.type(quiz, number, None)
        live.settle()

    left = len(room.scores(quiz))
    assert 0 < left <= len(room.seats()) - len(room.seats()) // 2
    assert live.section().held["clear"] != {}


def test_the_backlog_waits_until_it_is_released(live: Live) -> None:
    room, teacher = live.room, live.teacher()
    live.off()
    old = room.item("Old")
    room.grade(old, 0, 3)
    room.grade(old, 1, 4)
    live.drop()
    with live.app.app_context():
        options = db.session.get_one(SyncOptions, 1)
        assert options.live_grades is False
    live.on_after_a_look()

    new = room.item("New")
    live.type(new, 0, 9)
    live.type(old, 1, 5)
    live.settle()

    assert (room.score(new, 0), room.score(old, 1), room.score(old, 0)) == (Decimal(9), Decimal(5), None)
    assert "1 item with 1 score was waiting" in teacher.words("/course/sync")
    live.type(old, 1, 4)
    live.settle()
    assert room.score(old, 1) == Decimal(4)
    release(teacher)
    live.work()
    assert room.score(old, 0) == Decimal(3)
    assert live.section().backlog == {}


def test_a_course_without_configuration_says_why_and_keeps_its_updates(live: Live) -> None:
    room = live.room
    room.map(**{f"c{room.category.id}": ""})
    quiz = room.item("Quiz")
    live.type(quiz, 0, 5)

    live.settle()

    shown = live.teacher().words("/course/sync")
    room.map(**{f"c{room.category.id}": room.code})
    assert room.assignments() == {}
    assert sentence(because(CourseCode.LIVE_NOT_MATCHED)) in shown and "Not active in this course" in shown


def test_a_refused_score_is_not_sent_again_and_again(live: Live) -> None:
    room = live.room
    quiz = room.item("Quiz")
    live.type(quiz, 0, -1)
    live.settle()
    writes = room.watch("PUT ^.*")
    live.type(quiz, 1, 5)
    live.settle()

    assert writes() == 1
    assert room.score(quiz, 1) == Decimal(5)
    live.type(quiz, 0, 6)
    live.settle()
    assert room.score(quiz, 0) == Decimal(6)


@pytest.mark.parametrize("ask", [False, True])
def test_the_policy_for_conflicts_holds_under_live_sync(live: Live, ask: bool) -> None:
    room = live.room
    quiz = room.item("Quiz")
    live.type(quiz, 0, 5)
    live.settle()
    room.policy(GradePolicy(ask=ask))
    room.edit_in_sis(quiz, 0, "2")
    live.type(quiz, 0, 6)

    live.settle()

    assert room.score(quiz, 0) == Decimal(2)
    teacher = live.teacher()
    page = teacher.words("/course/sync")
    assert ("1 SIS score would be replaced" in page) != ask and ("the SIS has 2" in page)
    assert len(waiting(live)) == 1
    press_sync(teacher)
    live.work()
    assert room.score(quiz, 0) == (Decimal(2) if ask else Decimal(6))
    assert [each.before for each in room.kept_scores()] == ([] if ask else ["2"])


def waiting(live: Live) -> list[CourseWaits]:
    """The courses whose teachers are told that something waits."""
    with live.app.app_context():
        return waiting_courses(District(db.session, 1))


def test_a_sweep_repairs_what_no_event_told_and_counts_it(live: Live) -> None:
    room = live.room
    quiz, other = room.item("Quiz"), room.item("Other")
    live.type(quiz, 0, 5)
    live.settle()
    live.type(quiz, 0, 6)
    live.type(quiz, 1, 7)
    room.change(other, title="Another")
    room.delete(room.item("Short-lived"))
    live.drop()

    live.sweep()

    assert (room.score(quiz, 0), room.score(quiz, 1)) == (Decimal(6), Decimal(7))
    newest = live.sweeps()[0]
    assert (newest.compared, newest.differed, newest.repaired) == (1, 1, 3)
    live.sweep()
    assert (live.sweeps()[0].differed, live.sweeps()[0].repaired) == (0, 0)
    assert "3" in live.admin().words("/admin/live")


@pytest.mark.parametrize("whole", [False, True])
def test_a_sweep_finds_a_deleted_item(live: Live, whole: bool) -> None:
    room = live.room
    quiz, other = room.item("Quiz"), room.item("Other")
    live.settle()
    room.delete(quiz)
    live.drop()

    live.sweep(whole=whole)

    assert set(room.assignments()) == {str(other.id)}
    assert live.sweeps()[0].repaired == 1


def test_live_runs_are_in_the_log_and_empty_ones_are_not(live: Live) -> None:
    room = live.room
    quiz = room.item("Quiz")
    live.type(quiz, 0, 5)
    sent = live.settle()[-1]
    live.posted = [("grades.update", [{"section_id": room.section_id}], 0)]
    quiet = live.settle()[-1]

    assert live.log_has(sent) and not live.log_has(quiet)


def test_the_course_page_tells_the_state(live: Live) -> None:
    room = live.room
    quiz = room.item("Quiz")
    live.type(quiz, 0, 5)
    live.type(quiz, 1, -1)
    live.settle()

    shown = live.teacher().words("/course/sync")

    assert "Last event from Schoology" in shown and "Last sent automatically" in shown
    assert "Refused by the SIS 1" in shown
    assert live.teacher().ask("/course/progress")["stop"] is False


def test_an_outage_of_the_sis_pauses_the_job_and_nothing_is_lost(live: Live) -> None:
    room = live.room
    quiz = room.item("Quiz")
    live.type(quiz, 0, 5)
    room.world.sis_faults.add([{"route": "* ^.*", "fault": "500", "times": 40}])
    paused = live.settle()[-1]
    room.world.sis_faults.clear()

    assert paused.state == "queued" and "continues automatically" in sentence(paused.message)
    assert live.section().owed
    with live.app.app_context():
        db.session.get_one(Job, paused.id).resume_at = None
        db.session.commit()
    live.work()
    assert room.score(quiz, 0) == Decimal(5)
    assert not live.section().owed


def test_nothing_goes_once_live_sync_is_off(live: Live) -> None:
    room = live.room
    quiz = room.item("Quiz")
    secret = live.secret()
    live.type(quiz, 0, 5)
    live.carry()
    live.off()

    jobs = live.work()

    assert room.assignments() == {}
    assert jobs == []
    assert live.post(b"{}", secret=secret) == 404
    assert room.world.store.targets == {}
    live.on()


def test_other_tenants_cannot_decide_or_restore(live: Live) -> None:
    room = live.room
    quiz = room.item("Quiz")
    live.settle()
    room.delete(quiz)
    live.settle()
    kept = live.removed()
    stranger = live.teacher(section_id="999999")

    stranger.press("/course/live/restore", removed=kept.id)

    assert str(quiz.id) not in room.assignments()


def test_threads_keep_the_connections_that_they_opened(tmp_path: Path) -> None:
    """Opening one costs more than what an event does with it."""
    with running_app(settings(tmp_path)) as app, app.app_context():
        opened: list[object] = []
        event.listen(db.engine, "connect", lambda connection, _record: opened.append(connection))
        for _ in range(2):
            at_once = [db.engine.connect() for _ in range(20)]
            for each in at_once:
                each.close()

    assert len(opened) == 20
