"""The SIS's categories in Schoology: made by a teacher or for many courses, never twice, and removable."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lti_app.extensions import db
from lti_app.models import Change, Job, JobState, Run
from lti_app.sandbox.schoology import gradebook as far_book
from lti_app.sandbox.schoology.averages import average
from lti_app.sandbox.schoology.toggles import Toggles
from tests.functional.grades.test_grade_failures import sibling, teacher_of_two
from tests.functional.web.admin.test_prepared_maps import place_of
from tests.functional.web.course.test_course_tabs import teacher_of
from tests.support.admin_pages import launch_acting_user
from tests.support.gradebook import Class, class_in, make_class

MATCH = "/course/configuration/match"
MAKE = "POST ^/v1/sections/[0-9]+/grading_categories"


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Class]:
    with make_class(tmp_path, students=40, public_url="http://localhost") as made:
        yield made


def there(room: Class) -> dict[str, Any]:
    """Title → category in Schoology, each title once."""
    found = far_book.categories_of(room.world.store, int(room.section_id))
    assert len({each.title for each in found}) == len(found)
    return {each.title: each for each in found}


def wanted(room: Class) -> dict[str, float]:
    """Title → weight as the SIS has them."""
    return {each.description: float(each.weight) for each in room.sis.settings(room.key).categories}


def ours(room: Class) -> list[float | None]:
    """Each student's average in Schoology."""
    store = room.world.store
    found = [average(store, int(room.section_id), each.id) for each in room.seats()]
    return [None if each is None else float(each) for each in found]


def changes(room: Class) -> list[Change]:
    """The lines of the newest run."""
    with room.world.app.app_context():
        run = db.session.query(Run).order_by(Run.id.desc()).first()
        assert run is not None
        found = db.session.query(Change).filter(Change.run_id == run.id).order_by(Change.seq).all()
        db.session.expunge_all()
        return found


def newest(room: Class) -> Job:
    with room.world.app.app_context():
        found = db.session.query(Job).filter(Job.kind == "categories").order_by(Job.id.desc()).first()
        assert found is not None
        db.session.expunge(found)
        return found


def confirm_of(shown: str) -> str:
    found = re.search(r'name="confirm" value="([^"]+)"', shown)
    assert found is not None
    return found[1]


def graded(room: Class) -> None:
    """Work that counts otherwise once categories weigh."""
    store, section = room.world.store, int(room.section_id)
    second = room.sis.settings(room.key).categories[1]
    other = far_book.add_category(store, section, second.description)
    quiz, test = room.item("Quiz"), room.item("Test", grading_category=other.id)
    for number in range(len(room.seats())):
        room.grade(quiz, number, 4)
        room.grade(test, number, 10 - number % 5)
    room.look()


def test_each_average_is_shown_before_and_after_and_what_is_missing_is_made(room: Class) -> None:
    graded(room)
    teacher, before, section = teacher_of(room), ours(room), room.world.store.sections[int(room.section_id)]

    shown = teacher.pages.words(MATCH)

    missing = room.sis.settings(room.key).categories[2:]
    assert "To create: " in shown and all(each.description in shown for each in missing)
    assert all(f"{each}" in shown for each in before)
    assert len(there(room)) == 2 and not section.weighted_grading_categories
    teacher.match()
    assert {title: each.weight for title, each in there(room).items()} == wanted(room)
    assert section.weighted_grading_categories
    after = ours(room)
    assert before != after and all(f"{each}" in shown for each in after)
    done = teacher.pages.words("/course/configuration")
    number = "1 category" if len(missing) == 1 else f"{len(missing)} categories"
    assert f"{number} created in Schoology" in done and "Matches" in done and "All matched" in done
    assert "Schoology already matches" in teacher.press(MATCH)


def test_an_answer_that_was_lost_makes_no_second_category(room: Class) -> None:
    room.look()
    teacher = teacher_of(room)
    room.world.schoology_faults.add([{"route": MAKE, "fault": "close-after"}])

    teacher.match()

    paused = newest(room)
    assert paused.state == JobState.QUEUED
    assert {each.state for each in changes(room) if each.action == "create"} == {"sent"}
    assert room.resume(paused).state == JobState.DONE
    assert set(there(room)) == set(wanted(room))
    made = [each for each in changes(room) if each.action == "create"]
    assert {each.state for each in made} == {"done"} and all(each.schoology_id for each in made)


def test_what_changed_since_it_was_shown_is_not_written(room: Class) -> None:
    room.look()
    teacher = teacher_of(room)
    shown = confirm_of(teacher.pages.press(MATCH))
    far_book.add_category(room.world.store, int(room.section_id), "Quizzes")
    before = set(there(room))

    teacher.press(MATCH, confirm=shown)

    assert set(there(room)) == before
    assert newest(room).state == JobState.DONE_WITH_PROBLEMS
    assert "changed in the meantime" in teacher.press(MATCH, confirm="nonsense")
    assert "changed in the meantime" in teacher.press(MATCH, confirm="999:abc")


def test_the_other_sections_of_a_teacher_get_their_categories_in_one_go(room: Class) -> None:
    teacher, other = teacher_of(room, teacher_of_two(room)), sibling(room)
    room.look()

    shown = teacher.pages.press(MATCH, also=other.schoology_id)
    assert "Twin" in shown
    teacher.press(MATCH, confirm=confirm_of(shown))

    titles = {each.title for each in far_book.categories_of(room.world.store, int(other.schoology_id))}
    assert titles == {each.description for each in room.sis.settings(int(other.sis_id)).categories}
    assert set(there(room)) == set(wanted(room))
    assert newest(room).state == JobState.DONE


def run_all(room: Class) -> None:
    with room.world.app.app_context():
        queued = [each.id for each in db.session.query(Job).filter(Job.state == "queued")]
    for job_id in queued:
        room.world.app.extensions["runner"].run_now(job_id)


def test_an_administrator_previews_makes_and_removes_in_many_courses(room: Class) -> None:
    graded(room)
    other, admin = class_in(room.world, place=1, mapped=False), launch_acting_user(room.world.app)
    places = [place_of(room), place_of(other)]
    before = {title: each.weight for title, each in there(room).items()}

    assert 'name="words" value=""' in admin.press("/admin/grades"), "nothing was searched for yet"
    assert 'name="words" value="math"' in admin.press("/admin/grades/template/find", words="math")
    assert "Preview SIS categories in Schoology" in admin.press("/admin/grades/template/find", words="")
    nothing = admin.press("/admin/grades/categories/preview", place='["", "NONE"]', words="")
    assert "no course there is linked" in nothing and "Every course of" in nothing, "the search stays"
    assert "Queued" in admin.words("/admin/grades/categories/preview", place=places)
    assert "another update of these" in admin.words("/admin/grades/categories/preview", place=places[0])
    run_all(room)
    preview = newest(room)
    shown = admin.words("/admin/logs/run", job=preview.id)
    assert "Create them in" in shown and "only its teacher can change weights" in shown
    assert {title: each.weight for title, each in there(room).items()} == before

    admin.press("/admin/grades/categories/make", job=preview.id)
    run_all(room)

    made = newest(room)
    assert set(there(room)) == set(wanted(room)) and set(there(other)) == set(wanted(other))
    kept = {title: there(room)[title].weight for title in before}
    assert kept == before and not room.world.store.sections[int(room.section_id)].weighted_grading_categories
    assert {title: each.weight for title, each in there(other).items()} == wanted(other)
    new = sorted(set(there(room)) - set(before))
    room.item("Used", grading_category=there(room)[new[0]].id)
    room.item("Draft", grading_category=there(room)[new[1]].id, published=0, folder=77)
    room.item("Talk", grading_category=0, type="discussion")
    debate = room.item("Debate", grading_category=there(room)[new[2]].id, type="discussion", published=0)

    asked = admin.words("/admin/grades/categories/remove", job=made.id)
    assert "Only categories that this sync created and that have no items are removed" in asked
    assert set(there(room)) == set(wanted(room))
    far = room.world.schoology.app
    for unknown in ({"folders": "refused"}, {"drafts_by_id": False}):
        far.extensions["schoology_toggles"] = replace(Toggles(), **unknown)
        admin.press("/admin/grades/categories/remove", job=made.id, confirm="yes")
        run_all(room)
        assert set(there(room)) == set(wanted(room)), "nobody can tell whether they hold drafts"
    far.extensions["schoology_toggles"] = Toggles()
    assert "see whether drafts are in it" in admin.words("/admin/logs/run", job=newest(room).id)
    admin.press("/admin/grades/categories/remove", job=made.id, confirm="yes")
    run_all(room)
    assert set(there(room)) == {*before, *new[:3]}, "a draft is an item too, and so is a discussion"
    room.delete(debate)
    assert set(there(other)) == {other.category.title}
    ended = admin.words("/admin/logs/run", job=newest(room).id)
    assert "It stays, because it has 1 item" in ended


def test_only_the_acting_user_makes_categories_for_many(room: Class) -> None:
    admin = launch_acting_user(room.world.app)
    reader = admin.as_person("77")
    for path in ("preview", "make", "remove"):
        reader.press(f"/admin/grades/categories/{path}", expect=403, place=place_of(room))
    admin.press("/admin/grades/categories/make", expect=404, job=1)
    assert "select at least one" in admin.words("/admin/grades/categories/preview")
