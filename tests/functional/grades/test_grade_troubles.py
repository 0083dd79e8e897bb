"""What a gradebook of the real world does to a push: unreadable rows, rounding, changes that no one made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import time_machine
from sqlalchemy import event, select

from lti_app.extensions import db
from lti_app.grades import agreement
from lti_app.grades.course import coverage
from lti_app.grades.course.setup import setup_view
from lti_app.grades.parity.values import Cause
from lti_app.grades.rows.section import settings_row
from lti_app.models import ActingUser, Installation, Job, SectionSettings, TermRow
from lti_app.outbound.errors import Unexpected
from lti_app.runs.words import sentence
from lti_app.sandbox.sis import api_gradebook as sis_wire
from lti_app.school.finding_codes import FindingCode
from lti_app.school.grade_policy import GradePolicy
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import other
from lti_app.schoology.api import grade_rows
from lti_app.sis.errors import SisRejected, SisUnavailable
from lti_app.sis.eschoolplus.adapter import Eschoolplus
from lti_app.store.district import District
from tests.functional.grades.test_grade_memory import of_several_periods
from tests.functional.web.course.test_course_tabs import teacher_of
from tests.support.decisions import put_back
from tests.support.gradebook import Class, make_class

NOTHING_SENT = "Everything was up to date: nothing was sent."


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Class]:
    with make_class(tmp_path, public_url="http://localhost") as made:
        yield made


def spoil(monkeypatch: pytest.MonkeyPatch, kind: str, change: Any) -> None:
    """The SIS sends rows of a kind otherwise than it should."""
    plain = getattr(sis_wire, kind)
    monkeypatch.setattr(sis_wire, kind, lambda *args: {**plain(*args), **change(*args)})


def cut_off(room: Class, monkeypatch: pytest.MonkeyPatch) -> Job:
    """A push that the SIS took, and that broke off before the SIS was read back; the paused job."""

    def broken(*_: Any) -> Any:
        raise SisUnavailable("down")

    with monkeypatch.context() as patch:
        patch.setattr("lti_app.grades.road.carry_out.check_kept", broken)
        return room.sync()


def test_a_score_that_cannot_be_read_concerns_its_student_alone(
    room: Class, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiz = room.item("Quiz")
    room.grade_all(quiz)
    room.sync()
    victim = room.student(0)
    spoil(monkeypatch, "_score", lambda _, row: {"ASMT_SCORE": "8 of 10"} if row.student_id == victim else {})
    for number in (0, 1):
        room.grade(quiz, number, 9)

    room.sync()

    assert (room.score(quiz, 0), room.score(quiz, 1)) == (Decimal(8), Decimal(9))
    assert "“8 of 10”" in teacher_of(room).see()


def test_an_assignment_that_cannot_be_read_concerns_its_item_alone(
    room: Class, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiz, other = room.item("Quiz"), room.item("Other")
    room.grade_all(quiz)
    room.sync()
    spoil(
        monkeypatch,
        "_assignment",
        lambda row: {"DUE_DATE": "soon"} if row.schoology_id == str(quiz.id) else {},
    )
    room.grade(quiz, 0, 3)
    room.grade(other, 0, 4)

    room.sync()

    assert (room.score(quiz, 0), room.score(other, 0)) == (Decimal(8), Decimal(4))
    assert "The SIS data for this item couldn’t be read" in teacher_of(room).see()


def test_an_assignment_of_the_office_that_cannot_be_read_stops_nothing(
    room: Class, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = {"CATEGORY": room.code, "DESCRIPTION": "By hand", "POINTS": "5", "WEIGHT": "1", "PUBLISH": "Y"}
    room.sis.put_assignment(room.key, room.session, "", {**body, "DUE_DATE": "2026-11-19"})
    spoil(monkeypatch, "_assignment", lambda row: {} if row.schoology_id else {"POINTS": "five"})
    quiz = room.item("Quiz")
    room.grade(quiz, 0, 4)

    room.sync()

    assert room.score(quiz, 0) == Decimal(4)


def test_settings_that_cannot_be_read_are_said_and_not_called_an_outage(
    room: Class, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil(monkeypatch, "_category", lambda _: {"CATEGORY_WEIGHT": "half"})
    job = room.sync()
    assert job.state == "failed"
    assert "can’t read the gradebook settings" in sentence(job.message) and "half" in sentence(job.message)


def test_a_row_of_schoology_that_names_no_item_is_no_grade() -> None:
    rows = [{"enrollment_id": 1, "grade": 7}, {"assignment_id": 5, "enrollment_id": 2, "grade": 8}]

    found = grade_rows.grades([{"grades": {"grade": rows}}])

    assert [(each.item_id, each.enrollment_id) for each in found.grades] == [("5", "2")]
    with pytest.raises(Unexpected, match="without an ID"):
        grade_rows.items([{"title": "Quiz"}])


def test_a_category_with_other_weights_in_each_period_is_taken_in_all(
    room: Class, monkeypatch: pytest.MonkeyPatch
) -> None:
    course = of_several_periods(room.world)
    plain = room.sis.settings

    def settings(key: int) -> Any:
        found = plain(key)
        rows = []
        for each in found.categories:
            for number, period in enumerate(each.marking_periods):
                rows.append(replace(each, marking_periods=(period,), weight=each.weight + number))
        return replace(found, categories=tuple(rows))

    monkeypatch.setattr(room.sis, "settings", settings)
    quiz = course.item("Quiz")
    course.grade_all(quiz)

    job = course.sync()

    assert course.state(quiz).status == "synced", sentence(job.message)
    shown = teacher_of(course).press("/course/configuration")
    assert "differently in other terms" in shown
    with room.world.app.app_context():
        row = db.session.get_one(SectionSettings, (1, course.section_id))
        view = setup_view(db.session, row, "")
    assert len(view.choices) == len({each.code for each in view.offered}) < len(view.offered)


def test_scores_of_an_assignment_that_is_made_again_are_no_conflicts(
    room: Class, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It vanished from the SIS; the push that makes it again breaks off between assignment and scores."""
    room.policy(GradePolicy(ask=True))
    quiz = room.item("Quiz")
    room.grade_all(quiz)
    room.sync()
    room.sis.delete_assignment(room.key, room.session, str(quiz.id))
    room.world.sis_faults.add([{"route": "PUT ^.*/scores", "fault": "500", "times": 40}])
    paused = room.sync()
    room.world.sis_faults.clear()
    assert paused.state == "queued"

    room.resume(paused)

    assert len(room.scores(quiz)) == len(room.seats())
    assert "Schoology has" not in teacher_of(room).see()


def test_scores_that_went_with_an_assignment_in_mid_push_are_sent_by_a_retry(
    room: Class, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiz = room.item("Quiz")
    room.grade_all(quiz)
    room.sync()
    room.grade(quiz, 0, 3)
    plain = Eschoolplus.put_scores
    first = [True]

    def vanish(self: Any, *args: Any) -> Any:
        if first.pop() if first else False:
            room.sis.delete_assignment(room.key, room.session, str(quiz.id))
        return plain(self, *args)

    monkeypatch.setattr(Eschoolplus, "put_scores", vanish)
    room.sync()
    assert "was created again" in teacher_of(room).see()
    assert len(room.scores(quiz)) == 1

    room.sync(failed_only=True)

    assert len(room.scores(quiz)) == len(room.seats())
    assert room.state(quiz).status == "synced"


def let_the_sis_round(room: Class, monkeypatch: pytest.MonkeyPatch) -> None:
    """To one decimal."""
    plain = room.sis.put_score

    def rounding(key: int, session: int, item: str, entry: Any) -> Any:
        given = entry.get("ASMT_SCORE")
        rounded = None if given is None else str(round(Decimal(given), 1))
        return plain(key, session, item, {**entry, "ASMT_SCORE": rounded})

    monkeypatch.setattr(room.sis, "put_score", rounding)


def test_a_score_that_the_sis_rounds_is_named_with_both_values(
    room: Class, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the result of the sync, and on the page as long as it is so."""
    quiz = room.item("Quiz")
    room.grade(quiz, 0, 8.125)
    room.grade(quiz, 1, 7.5)
    let_the_sis_round(room, monkeypatch)

    assert "The SIS rounded 1 score" in sentence(room.sync().message)
    assert sentence(room.sync().message) == NOTHING_SENT
    teacher = teacher_of(room)
    shown = teacher.see()
    assert "The SIS rounded 1 score" in shown and "8.125 in Schoology, 8.1 in the SIS" in shown
    assert "needs attention" not in shown

    room.grade(quiz, 0, 8.1)
    room.sync()
    assert "The SIS rounded" not in teacher.see()


def test_a_score_that_the_sis_rounds_is_no_conflict_after_a_cut_read_back(
    room: Class, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.policy(GradePolicy(ask=True))
    quiz = room.item("Quiz")
    room.grade(quiz, 0, 8.125)
    let_the_sis_round(room, monkeypatch)
    paused = cut_off(room, monkeypatch)
    assert paused.state == "queued"

    room.resume(paused)

    assert room.score(quiz, 0) == Decimal("8.1")
    state = room.score_state(quiz, 0)
    assert state is not None and (state.status, state.seen) == ("synced", "8.1")
    assert sentence(room.sync().message) == NOTHING_SENT


def test_a_change_that_the_sis_takes_and_drops_is_told_and_sent_again(
    room: Class, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiz = room.item("Quiz")
    room.grade_all(quiz)
    room.sync()
    room.grade(quiz, 0, 3)
    room.grade(quiz, 1, None)
    with monkeypatch.context() as patch:
        patch.setattr(room.sis, "put_score", lambda *_: None)
        room.sync()

    shown = teacher_of(room).see()
    assert "doesn’t show it" in shown
    assert {room.score_state(quiz, each).status for each in (0, 1)} == {"error"}
    room.sync(failed_only=True)
    assert (room.score(quiz, 0), room.score(quiz, 1)) == (Decimal(3), None)
    assert room.state(quiz).status == "synced"


def test_an_item_that_the_sis_shows_in_another_category_is_an_error(
    room: Class, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = room.sis.settings(room.key).categories[1].code
    plain = room.sis.put_assignment

    def elsewhere(key: int, session: int, item: str, body: Any) -> Any:
        return plain(key, session, item, {**body, "CATEGORY": other})

    monkeypatch.setattr(room.sis, "put_assignment", elsewhere)
    quiz = room.item("Quiz")
    room.sync()

    assert room.state(quiz).reason_code == Code.ITEM_NOT_KEPT


def test_points_that_the_sis_rounds_are_sent_once(room: Class, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = room.sis.put_assignment

    def rounding(key: int, session: int, item: str, body: Any) -> Any:
        return plain(key, session, item, {**body, "POINTS": str(round(Decimal(body["POINTS"]), 0))})

    monkeypatch.setattr(room.sis, "put_assignment", rounding)
    quiz = room.item("Quiz", max_points="7.4")
    room.sync()

    assert room.state(quiz).status == "synced"
    assert sentence(room.sync().message) == NOTHING_SENT


def test_a_refusal_ends_with_its_cause(room: Class) -> None:
    """The teacher clears what the SIS refused: there is nothing left to send, and nothing to complain of."""
    quiz = room.item("Quiz")
    room.grade(quiz, 0, -1)
    room.sync()
    assert room.state(quiz).status == "error"
    room.grade(quiz, 0, None)

    room.sync()

    assert room.state(quiz).status == "synced"
    assert "Refused" not in teacher_of(room).see()


def test_a_retry_sends_what_had_no_turn_because_its_item_was_refused(
    room: Class, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiz = room.item("Quiz")
    room.grade(quiz, 0, -1)
    room.grade(quiz, 2, 6)
    room.sync()
    room.change(quiz, title="Another title")
    room.grade(quiz, 1, 5)
    room.grade(quiz, 2, 7)

    def refused(*_: Any) -> Any:
        raise SisRejected("PERIOD_LOCKED", "closed")

    with monkeypatch.context() as patch:
        patch.setattr(Eschoolplus, "put_assignment", refused)
        room.sync()
    assert room.score(quiz, 1) is None
    room.grade(quiz, 0, 4)

    room.sync(failed_only=True)

    assert [room.score(quiz, number) for number in (0, 1, 2)] == [Decimal(4), Decimal(5), Decimal(7)]


def test_a_second_batch_that_is_refused_leaves_the_first_counted_as_sent(
    room: Class, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.add_students(120)
    quiz = room.item("Quiz")
    room.grade_all(quiz)
    plain, calls = Eschoolplus.put_scores, []

    def second_refused(self: Any, *args: Any) -> Any:
        calls.append(args)
        if len(calls) == 2:
            raise SisRejected("PERIOD_LOCKED", "closed")
        return plain(self, *args)

    monkeypatch.setattr(Eschoolplus, "put_scores", second_refused)
    job = room.sync()

    run = room.world.changes(job)
    states = [each.state for each in run if each.kind == "score"]
    assert states.count("done") == 100
    assert states.count("failed") == len(room.seats()) - 100
    assert "100 scores" in sentence(job.message)


def test_putting_back_asks_the_sis_first(room: Class) -> None:
    quiz = room.item("Quiz")
    room.grade_all(quiz)
    room.sync()
    room.edit_in_sis(quiz, 0, "3")
    room.sync()
    room.edit_in_sis(quiz, 0, "5")
    teacher = teacher_of(room)

    put_back(teacher.pages)
    teacher.run()
    job = room.newest()

    assert room.score(quiz, 0) == Decimal(5)
    assert job.state == "done_with_problems"
    assert room.world.changes(job)[0].reason_code == Code.CHANGED_IN_SIS_SINCE


def test_what_was_put_back_and_cut_off_is_put_back_once(room: Class) -> None:
    quiz = room.item("Quiz")
    room.grade_all(quiz)
    room.sync()
    room.edit_in_sis(quiz, 0, "3")
    room.sync()
    room.world.sis_faults.add([{"route": "PUT ^.*", "fault": "close-after", "times": 40}])
    teacher = teacher_of(room)
    put_back(teacher.pages)
    teacher.run()
    paused = room.newest()
    room.world.sis_faults.clear()
    assert paused.state == "queued"

    done = room.resume(paused)

    assert (done.state, room.score(quiz, 0)) == ("done", Decimal(3))
    assert sentence(room.sync().message) == NOTHING_SENT


def test_nothing_is_written_to_schoology_while_the_district_is_paused(room: Class) -> None:
    teacher = teacher_of(room)
    room.look()
    with room.world.app.app_context():
        db.session.get_one(Installation, 1).paused_reason = other("by the host")
        db.session.commit()
    before = dict(room.world.store.traffic.requests)

    said = teacher.press("/course/configuration/match")

    assert "paused" in said
    writes = {
        route
        for route, count in room.world.store.traffic.requests.items()
        if route.startswith("PUT") and count != before.get(route, 0)
    }
    assert writes == set()


def test_settings_that_schoology_takes_in_part_are_in_the_audit(room: Class) -> None:
    room.look()
    teacher = teacher_of(room)
    section = room.world.store.sections[int(room.section_id)]
    room.world.schoology_faults.add([{"route": "PUT ^/v1/sections/[0-9]+$", "fault": "500", "times": 40}])

    teacher.match()

    room.world.schoology_faults.clear()
    assert not section.weighted_grading_categories
    shown = teacher.pages.words("/course/configuration")
    assert "Updating Schoology" in shown
    assert any("updated to match the SIS" in each for each in teacher.audit())
    with room.world.app.app_context():
        waiting = db.session.query(Job).filter(Job.kind == "categories", Job.state == "queued").one()
        db.session.expunge(waiting)
    room.resume(waiting)
    assert section.weighted_grading_categories


def test_a_day_without_class_is_believed_for_a_month(room: Class) -> None:
    room.look()
    with room.world.app.app_context():
        row = db.session.get_one(SectionSettings, (1, room.section_id))
        row.learned = {"closed_days": {"2026-11-19": "2026-10-01", "2026-11-18": "2026-11-20"}}
        db.session.commit()
    old, new = room.item("Old"), room.item("New", due="2026-11-18 23:59:00")

    room.sync()

    assert room.assignments()[str(old.id)].due_date == date(2026, 11, 19)
    assert room.assignments()[str(new.id)].due_date == date(2026, 11, 17)


def test_the_grades_page_asks_the_database_no_more_for_more_courses(room: Class) -> None:
    asked: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    with room.world.app.app_context():
        event.listen(db.engine, "before_cursor_execute", count)
        links = coverage.not_configured(District(db.session, 1), {})
        few = len(asked)
        for each in links:
            settings_row(District(db.session, 1), each.section_id)
        db.session.commit()
        asked.clear()
        coverage.not_configured(District(db.session, 1), {})
        assert len(links) > 10 and len(asked) <= few
        event.remove(db.engine, "before_cursor_execute", count)
        assert db.session.scalar(select(SectionSettings.section_id).limit(1))


def test_the_averages_take_a_due_moment_for_the_same_day_as_a_sync(room: Class) -> None:
    """Half past eleven in Los Angeles on a period's last day is the next period's first day in New York."""
    course = of_several_periods(room.world)
    section = room.world.district.sections[course.key]
    terms = sorted(room.world.district.terms_of(section, section.sessions[0]), key=lambda each: each.start)
    with room.world.app.app_context():
        acting_user = db.session.query(ActingUser).one()
        acting_user.time_zone = "America/Los_Angeles"
        room.world.store.users[int(acting_user.uid)].tz_name = "America/Los_Angeles"
        for row in db.session.query(TermRow).filter(TermRow.end == terms[0].end):
            row.end = terms[1].start - timedelta(days=1)
        db.session.commit()
    after = datetime.combine(terms[1].end, time(17), UTC)
    with time_machine.travel(after, tick=True):
        quiz = course.item("Quiz", due=f"{terms[1].start - timedelta(days=1)} 23:30:00")
        course.grade_all(quiz)
        course.sync()

    assert course.assignments()[str(quiz.id)].due_date == terms[1].start
    with room.world.app.app_context():
        kept = agreement.from_json(db.session.get_one(SectionSettings, (1, course.section_id)).agreement)
    assert kept is not None and kept.compared
    assert Cause.OTHER_PERIOD not in dict(kept.reasons)


@pytest.mark.parametrize("typed", ["5", "8"])
def test_after_a_push_was_cut_off_an_old_score_is_not_taken_for_the_new_one(
    room: Class, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    """The SIS dropped what it took, or the office typed over it, before anybody read it back."""
    quiz = room.item("Quiz")
    room.grade_all(quiz)
    room.sync()
    room.grade(quiz, 0, 3)

    paused = cut_off(room, monkeypatch)
    room.edit_in_sis(quiz, 0, typed)

    room.resume(paused)

    assert room.score(quiz, 0) == Decimal(3)
    (kept,) = room.kept_scores()
    assert (kept.before, kept.after) == (typed, "3")


def test_a_score_that_the_sis_caps_is_an_error_and_not_taken_for_rounding(
    room: Class, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = room.sis.put_score

    def capping(key: int, session: int, item: str, entry: Any) -> Any:
        score = min(Decimal(entry["ASMT_SCORE"]), Decimal(10)) if entry.get("ASMT_SCORE") else None
        return plain(key, session, item, {**entry, "ASMT_SCORE": None if score is None else str(score)})

    monkeypatch.setattr(room.sis, "put_score", capping)
    quiz = room.item("Quiz")
    room.grade(quiz, 0, 12.5)
    room.sync()

    assert room.score_state(quiz, 0).status == "error"
    assert room.state(quiz).status == "error"


def test_a_weight_that_the_sis_sets_by_itself_is_an_error(
    room: Class, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = room.sis.put_assignment
    monkeypatch.setattr(
        room.sis, "put_assignment", lambda k, s, i, body: plain(k, s, i, {**body, "WEIGHT": "1"})
    )
    quiz = room.item("Quiz", factor=2)
    room.sync()

    assert room.state(quiz).reason_code == Code.ITEM_NOT_KEPT


def test_half_a_point_that_the_sis_never_takes_is_believed_the_second_time(
    room: Class, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiz = room.item("Quiz")
    room.grade_all(quiz)
    room.sync()
    plain = room.sis.put_score

    def whole(key: int, session: int, item: str, entry: Any) -> Any:
        given = entry.get("ASMT_SCORE")
        cut = None if given is None else str(int(Decimal(given)))
        return plain(key, session, item, {**entry, "ASMT_SCORE": cut})

    monkeypatch.setattr(room.sis, "put_score", whole)
    room.grade(quiz, 0, 8.5)
    room.sync()
    assert room.score_state(quiz, 0).status == "error"

    room.sync(failed_only=True)

    assert room.score_state(quiz, 0).status == "synced"
    assert sentence(room.sync().message) == NOTHING_SENT


def test_a_note_of_the_office_is_no_change_where_comments_are_not_sent(room: Class) -> None:
    room.policy(GradePolicy(ask=True))
    quiz = room.item("Quiz")
    room.grade_all(quiz)
    room.sync()
    room.edit_in_sis(quiz, 0, "8", COMMENT="came to see me")

    assert sentence(room.sync().message) == NOTHING_SENT
    room.grade(quiz, 0, 9)
    room.sync()

    assert room.score(quiz, 0) == Decimal(9)
    assert room.scores(quiz)[room.student(0)].comment == "came to see me"


def test_a_period_that_was_opened_again_is_not_called_closed_any_more(room: Class) -> None:
    building = room.world.district.sections[room.key].building
    quiz = room.item("Quiz")
    period = next(
        term.marking_period
        for section in (room.world.district.sections[room.key],)
        for term in room.world.district.terms_of(section, section.sessions[0])
        if term.start <= date(2026, 11, 19) <= term.end
    )
    room.sis.lock(building, period)
    room.sync()
    room.look()
    assert FindingCode.TERM_CLOSED in str(room.state(quiz).shown)
    room.sis.locked.clear()

    room.sync()
    room.look()

    assert FindingCode.TERM_CLOSED not in str(room.state(quiz).shown)
    assert room.state(quiz).status == "synced"


def test_an_item_moved_off_a_holiday_stays_when_the_holiday_is_forgotten(room: Class) -> None:
    quiz = room.item("Quiz")
    room.world.district.holidays |= {date(2026, 11, 19)}
    room.sync()
    assert room.assignments()[str(quiz.id)].due_date == date(2026, 11, 18)

    with time_machine.travel(datetime(2027, 1, 5, 17, tzinfo=UTC), tick=True):
        assert sentence(room.sync().message) == NOTHING_SENT


def test_a_course_whose_map_leads_nowhere_is_listed_as_not_configured(room: Class) -> None:
    room.look()
    with room.world.app.app_context():
        before = {each.section_id for each in coverage.not_configured(District(db.session, 1), {})}
    room.map(**{f"c{room.category.id}": ""})
    with room.world.app.app_context():
        after = {each.section_id for each in coverage.not_configured(District(db.session, 1), {})}
    assert after - before == {room.section_id}
    room.map(**{f"c{room.category.id}": "LOST"})
    with room.world.app.app_context():
        assert room.section_id in {
            each.section_id for each in coverage.not_configured(District(db.session, 1), {})
        }


def test_a_comment_that_the_sis_does_not_keep_is_no_lost_score(
    room: Class, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.policy(GradePolicy(comments=True))
    plain = room.sis.put_score
    monkeypatch.setattr(
        room.sis, "put_score", lambda k, s, i, entry: plain(k, s, i, {**entry, "COMMENT": ""})
    )
    quiz = room.item("Quiz")
    room.grade(quiz, 0, 8)
    room.sync()
    room.grade(quiz, 0, 8, comment="Well done")
    room.sync()

    assert room.score_state(quiz, 0).status == "synced"
    assert sentence(room.sync().message) == NOTHING_SENT


def test_scores_that_were_lost_in_an_outage_are_sent_again_and_ask_no_one(
    room: Class, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.policy(GradePolicy(ask=True))
    quiz = room.item("Quiz")
    room.grade_all(quiz)

    paused = cut_off(room, monkeypatch)
    for number in range(len(room.seats())):
        room.edit_in_sis(quiz, number, None)

    room.resume(paused)

    assert len(room.scores(quiz)) == len(room.seats())
