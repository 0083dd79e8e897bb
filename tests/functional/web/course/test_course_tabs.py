"""The two tabs of a course, pressed by its teacher over both sandbox servers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from lti_app import clock
from lti_app.extensions import db
from lti_app.models import Audit, Job
from lti_app.sandbox.schoology import gradebook as far_book
from tests.factories import add_launch
from tests.support.admin_pages import Pages
from tests.support.decisions import remove
from tests.support.gradebook import Class, make_class


@dataclass
class Teacher:
    """A teacher of the class in front of the page."""

    room: Class
    pages: Pages

    def press(self, path: str, **fields: object) -> str:
        """Press a button, let what it queued run, and read the page without tags."""
        shown = self.pages.words(path, **fields)
        self.run()
        return shown

    def match(self) -> str:
        """Have Schoology made to match, and say yes to what is shown."""
        shown = self.pages.press("/course/configuration/match")
        digest = re.search(r'name="confirm" value="([^"]+)"', shown)
        assert digest is not None
        said = self.press("/course/configuration/match", confirm=digest[1])
        self.run()  # both gradebooks are read again after it
        return said

    def trial(self) -> str:
        """What the first score is shown as."""
        form = self.pages.press("/course/sync").split('action="/course/sync/trial"')[1]
        found = re.search(r'name="shown" value="([0-9a-f]+)"', form)
        assert found is not None
        return found[1]

    def run(self) -> None:
        """Carry out what is queued."""
        with self.room.world.app.app_context():
            queued = db.session.query(Job).filter(Job.state == "queued").order_by(Job.id)
            waiting = [each.id for each in queued if not each.resume_at or each.resume_at <= clock.now()]
        for job_id in waiting:
            self.pages.run_job(job_id)

    def see(self) -> str:
        """The Sync tab once more."""
        return self.pages.words("/course/sync")

    def audit(self) -> list[str]:
        """What the audit has."""
        with self.room.world.app.app_context():
            return [each.what for each in db.session.query(Audit).order_by(Audit.id)]


def teacher_of(room: Class, uid: str = "55", **values: str) -> Teacher:
    pages = Pages(room.world.app, f"token-{uid}", room.world.app.extensions["wiring"])
    with pages.database() as session:
        add_launch(
            session,
            pages.token,
            uid,
            1,
            **{"role": "instructor", "section_id": room.section_id, "section_title": "Biology", **values},
        )
    return Teacher(room, pages)


@pytest.fixture
def teacher(tmp_path: Path) -> Iterator[Teacher]:
    with make_class(tmp_path, mapped=False, public_url="http://localhost") as room:
        yield teacher_of(room)


def test_a_teacher_configures_syncs_and_reads_every_status(teacher: Teacher) -> None:
    room = teacher.room
    quiz, loose = room.item("Quiz"), room.item("Loose", grading_category=0)
    room.grade(quiz, 0, 9.5)

    assert "Refreshing both gradebooks" in teacher.press("/course")
    setup = teacher.press("/course/configuration")
    assert "Suggested by name" in setup and "1 item without a category" in setup
    early = teacher.press("/course/sync/start", which="all")
    assert "Match at least one category with an SIS category" in early
    assert room.assignments() == {}

    saved = teacher.press("/course/configuration/save", **{f"category-{room.category.id}": room.code})
    assert "Saved" in saved
    before = teacher.see()
    assert "Not yet synced" in before and "This item has no category in Schoology" in before
    queued = teacher.press("/course/sync/start", which="all")
    assert "You can leave this page" in queued and "Queued. You can" not in queued
    after = teacher.see()
    assert "Successful" in after and "Sent: 1 item and 1 score." in after
    assert room.score(quiz) == Decimal("9.5")
    assert str(loose.id) not in room.assignments()


def test_the_page_shows_progress_at_once_and_stops_asking_at_the_end(teacher: Teacher) -> None:
    room = teacher.room
    room.map(**{f"c{room.category.id}": room.code})
    room.grade(room.item("Quiz"), 0, 9)
    teacher.press("/course")

    shown = teacher.pages.press("/course/sync/start", which="all")
    assert 'data-live="/course/progress"' in shown and "Next in the queue" in shown
    with room.world.app.app_context():
        job = db.session.query(Job).filter(Job.lane == "grades").one().id
    waiting = teacher.pages.ask("/course/progress", job=job)
    teacher.run()
    done = teacher.pages.ask("/course/progress", job=job)

    assert not waiting["stop"] and "Queued" in waiting["fragments"]["items"]
    assert done["stop"] and "Successful" in done["fragments"]["items"]
    assert "Sent: " in done["fragments"]["job"]


def test_moments_are_on_the_clock_that_the_teachers_schoology_shows(teacher: Teacher) -> None:
    west = teacher_of(teacher.room, "56", time_zone="America/Los_Angeles")
    teacher.press("/course")

    assert re.search(r"Last refreshed .* PST", west.see())
    assert re.search(r"Last refreshed .* EST", teacher.see())


def test_a_poll_brings_only_what_changed(teacher: Teacher) -> None:
    room = teacher.room
    room.map(**{f"c{room.category.id}": room.code})
    quiz, _test = room.item("Quiz"), room.item("Test")
    teacher.press("/course")
    first = teacher.pages.ask("/course/progress")
    page = teacher.pages.press("/course/sync")
    lines = re.findall(r'data-fragment="(item-\d+)" data-digest="(\w+)"', page)
    assert len(lines) == 2 and {"items", "job", "summary"} <= set(first["fragments"])

    have = [f"{name}:{digest}" for name, digest in {**first["digests"], **dict(lines)}.items()]
    assert teacher.pages.ask("/course/progress", have=have)["fragments"] == {}
    room.grade(quiz, 0, 9)
    room.look()

    changed = teacher.pages.ask("/course/progress", have=have)["fragments"]
    assert f"item-{quiz.id}" in changed and "2 to send" in changed[f"item-{quiz.id}"]
    assert not {"live", "losses", "trial", *(name for name, _ in lines)} & set(changed) - {f"item-{quiz.id}"}


def test_items_are_filtered_by_tile_and_by_words_and_come_in_pages(teacher: Teacher) -> None:
    room = teacher.room
    room.map(**{f"c{room.category.id}": room.code})
    loose = room.item("Loose leaf", grading_category=0)
    for number in range(51):
        room.item(f"Quiz {number}")
    teacher.press("/course")

    every = teacher.see()
    assert "1–50 of 52 items" in every and "51 Not yet synced" in every
    tile = teacher.pages.words("/course/sync", show_status="needs_category")
    assert "Loose leaf" in tile and "Quiz 7" not in tile
    found = teacher.pages.words("/course/sync", search="quiz 50")
    assert "Quiz 50" in found and "Loose leaf" not in found
    assert "No items match" in teacher.pages.words("/course/sync", search="nothing like it")
    only = teacher.pages.words("/course/sync", only=str(loose.id))
    assert "Loose leaf" in only and "Quiz 7" not in only and "Show all items" in only
    kept = teacher.pages.press("/course/sync/opt", item=[str(loose.id)], way="out", search="loose", page="1")
    assert "Opted out" in kept and "Quiz 7" not in kept


def test_items_are_opted_out_and_in_and_synced_one_by_one(teacher: Teacher) -> None:
    room = teacher.room
    room.map(**{f"c{room.category.id}": room.code})
    one, two, three = (room.item(name) for name in ("One", "Two", "Three"))
    teacher.press("/course")

    teacher.press("/course/sync/opt", item=[str(one.id)], way="out")
    assert "Opted out" in teacher.see()
    teacher.press("/course/sync/start", which=str(two.id))
    assert set(room.assignments()) == {str(two.id)}
    teacher.press("/course/sync/start", which="all")
    assert set(room.assignments()) == {str(two.id), str(three.id)}
    teacher.press("/course/sync/opt", item=[str(one.id)], way="in")
    teacher.press("/course/sync/start", item=[str(one.id)], which="ticked")
    assert str(one.id) in room.assignments()
    assert "Select items first" in teacher.press("/course/sync/start", which="ticked")


def test_removing_from_the_sis_is_asked_twice(teacher: Teacher) -> None:
    room = teacher.room
    room.map(**{f"c{room.category.id}": room.code})
    quiz, test = room.item("Quiz"), room.item("Test")
    room.grade_all(quiz)
    teacher.press("/course/sync/start", which="all")
    room.delete(quiz)
    room.change(test, published=0)
    teacher.press("/course/sync/refresh")

    shown = teacher.see()
    assert "No longer in Schoology, still in the SIS" in shown
    asked = teacher.press("/course/sync/remove", gone=str(quiz.id))
    assert "Remove 1 assignment from the SIS?" in asked
    assert str(quiz.id) in room.assignments()
    unbound = teacher.press("/course/sync/remove", gone=str(quiz.id), confirm="yes", shown="0" * 16)
    assert "Remove 1 assignment from the SIS?" in unbound, "it is asked again about what is there now"
    remove(teacher.pages, [str(quiz.id)])
    teacher.run()

    assert set(room.assignments()) == {str(test.id)}
    assert "1 assignment removed from the SIS" in teacher.see()
    assert any("assignments removed from the SIS" in each for each in teacher.audit())


def test_the_first_score_over_an_unverified_wire_is_shown_and_asked_for(tmp_path: Path) -> None:
    with make_class(tmp_path, confirmed=False, public_url="http://localhost") as room:
        teacher = teacher_of(room)
        for title in ("Quiz", "Test"):
            room.grade_all(room.item(title), 7.5)

        teacher.press("/course/sync/start", which="all")
        shown = teacher.see()
        sent = [score for _, score in room.sis.scores(room.key)]
        assert len(room.assignments()) == 1 and len(sent) == 1
        assert "Is the first score right in the SIS?" in shown and "7.5" in shown
        teacher.press("/course/sync/start", which="all")
        assert len(room.assignments()) == 1

        teacher.press("/course/sync/trial", answer="yes", shown=teacher.trial())
        assert len(room.assignments()) == 2
        assert len([score for _, score in room.sis.scores(room.key)]) == 2 * len(room.seats())
        assert "Is the first score" not in teacher.see()


def test_a_first_score_that_is_wrong_stops_everything(tmp_path: Path) -> None:
    with make_class(tmp_path, confirmed=False, public_url="http://localhost") as room:
        teacher = teacher_of(room)
        room.grade_all(room.item("Quiz"))
        room.item("Test")
        teacher.press("/course/sync/start", which="all")

        teacher.press("/course/sync/trial", answer="no", shown=teacher.trial())
        teacher.press("/course/sync/start", which="all")

        assert len(room.assignments()) == 1
        assert "no more scores are sent" in teacher.see()


def test_make_schoology_match_is_shown_first_and_then_written(teacher: Teacher) -> None:
    room = teacher.room
    store, section = room.world.store, int(room.section_id)
    others = room.sis.settings(room.key).categories
    more = {each.code: far_book.add_category(store, section, each.description) for each in others[1:]}
    room.map(**{f"c{room.category.id}": room.code, **{f"c{made.id}": code for code, made in more.items()}})
    teacher.press("/course/configuration")

    asked = teacher.press("/course/configuration/match")
    assert "There is no graded work yet" in asked
    assert not store.sections[section].weighted_grading_categories
    assert "changed in the meantime" in teacher.press("/course/configuration/match", confirm="yes")
    assert not store.sections[section].weighted_grading_categories
    teacher.match()

    assert store.sections[section].weighted_grading_categories == 1
    weights = {each.title: each.weight for each in far_book.categories_of(store, section)}
    assert weights == {each.description: float(each.weight) for each in others}
    assert "Matches" in teacher.press("/course/configuration")


def test_the_acting_user_acts_for_a_teacher_and_the_audit_says_so(teacher: Teacher) -> None:
    room = teacher.room
    with room.world.app.app_context():
        from lti_app.models import ActingUser

        uid = db.session.get_one(ActingUser, 1).uid
    admin = teacher_of(room, uid, role="administrator")
    room.item("Quiz")
    admin.press("/course")

    shown = admin.press("/course/configuration/save", **{f"category-{room.category.id}": room.code})

    assert "You’re making changes for this course’s teachers" in shown
    assert "Course Biology: category matches, for the teacher" in admin.audit()


def test_co_teachers_see_the_same_and_other_courses_stay_out_of_reach(teacher: Teacher) -> None:
    room = teacher.room
    room.map(**{f"c{room.category.id}": room.code})
    quiz = room.item("Quiz")
    teacher.press("/course/sync/start", which="all")
    second = teacher_of(room, "56")
    stranger = teacher_of(room, "57", section_id="1")

    assert "Quiz" in second.see()
    assert "Quiz" not in stranger.pages.words("/course/sync")
    stranger.press("/course/sync/opt", item=str(quiz.id), way="out")
    assert not room.state(quiz).opted_out


def test_pages_escape_names_of_any_script(teacher: Teacher) -> None:
    room = teacher.room
    room.map(**{f"c{room.category.id}": room.code})
    room.item("<b>Ünïts</b> 測試 🧪")
    teacher.press("/course")

    assert "&lt;b&gt;Ünïts" in teacher.pages.app.test_client().post(
        "/course/sync", data={"launch": teacher.pages.token}, headers={"Origin": "http://localhost"}
    ).text.replace("&#34;", '"')
