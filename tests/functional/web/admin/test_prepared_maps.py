"""Default category matches on the Grades page: chosen from lists, and only with codes that the SIS has."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from lti_app.extensions import db
from lti_app.grades.course.prepared import sections_of
from lti_app.grades.rows.section import policy_of
from lti_app.store import links
from lti_app.store.district import District
from tests.functional.web.course.test_course_tabs import teacher_of
from tests.support.admin_pages import Pages, launch_acting_user
from tests.support.gradebook import Class, class_in, make_class

FIND, CHOOSE = "/admin/grades/template/find", "/admin/grades/template/choose"
SAVE, REMOVE = "/admin/grades/template/save", "/admin/grades/template/remove"


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Class]:
    with make_class(tmp_path, mapped=False, public_url="http://localhost") as made:
        yield made


@pytest.fixture
def admin(room: Class) -> Pages:
    return launch_acting_user(room.world.app)


def place_of(room: Class, course: bool = True) -> str:
    """The course of a section, or its school, as the page names it."""
    there = room.sis.section(room.key)
    return json.dumps([str(there.building), str(there.course) if course else ""])


def places_on(page: str) -> list[str]:
    """The values of the places that a page offers."""
    return re.findall(r'name="place" value="(\["[^\]]*"\])"', page)


def codes(room: Class) -> set[str]:
    return {each.code for each in room.sis.settings(room.key).categories}


def other_course(room: Class) -> Class:
    """Another course whose gradebook has the same category."""
    others = (class_in(room.world, place=number, mapped=False) for number in range(1, 12))
    return next(each for each in others if place_of(each) != place_of(room) and room.code in codes(each))


def templates(room: Class) -> dict[tuple[str, str], dict[str, str]]:
    with room.world.app.app_context():
        found = policy_of(District(db.session, 1)).templates
        return {(each.building, each.course): dict(each.categories) for each in found}


def test_schools_are_named_once_and_courses_are_found_by_words(room: Class, admin: Pages) -> None:
    page = admin.press(FIND, words="")
    offered = places_on(page)
    schools = re.findall(r"<legend[^>]*>([^<]*)</legend>", page)
    assert len(schools) == len(set(schools)) > 0
    assert len(offered) == len(set(offered)) and place_of(room) in offered

    code = json.loads(place_of(room))[1]
    fewer = places_on(admin.press(FIND, words=code))

    assert place_of(room) in fewer and len(fewer) < len(offered)
    assert "No school or course matches these words" in admin.words(FIND, words="no such thing")
    building, code = json.loads(place_of(room))
    with room.world.app.app_context():
        district = District(db.session, 1)
        linked = {each.schoology_id: each.building for each in links.lists.sections(district)}
        of = {
            place: set(sections_of(district, [place]))
            for place in (("", ""), (building, ""), (building, code))
        }
    assert of["", ""] == set(linked), "the whole district"
    assert of[building, ""] == {each for each, there in linked.items() if there == building}, "a school"
    assert room.section_id in of[building, code] < of[building, ""], "a course code of it"


def test_a_map_is_chosen_from_the_codes_that_the_sis_has(room: Class, admin: Pages) -> None:
    """No one has opened the app in the course yet: the SIS is asked."""
    page = admin.press(CHOOSE, place=place_of(room))

    offered = set(re.findall(r'<option value="([^"]+)"', page.split('id="lines-title"')[1].split("<form")[0]))
    assert codes(room) <= offered


def test_a_code_that_the_sis_does_not_have_is_refused_with_those_that_exist(
    room: Class, admin: Pages
) -> None:
    said = admin.words(SAVE, place=place_of(room), title=["Homework"], code=["NOPE"])

    assert "the SIS doesn’t have NOPE in" in said
    assert all(f"{each} (" in said for each in codes(room)), "those that exist"
    assert templates(room) == {}
    assert 'value="Homework"' in admin.press(SAVE, place=place_of(room), title=["Homework"], code=["NOPE"])


def test_one_press_prepares_many_courses_and_none_when_one_lacks_a_code(room: Class, admin: Pages) -> None:
    other = other_course(room)
    both = sorted({place_of(room), place_of(other)})
    lines = {"title": [room.category.title.upper(), ""], "code": [room.code, ""]}

    assert "Nothing was saved" in admin.words(SAVE, place=both, title=["A", "B"], code=[room.code, "X"])
    assert templates(room) == {}
    assert "in all 2 places" in admin.words(SAVE, place=both, **lines)

    assert set(templates(room)) == {tuple(json.loads(each)) for each in both}


def test_a_prepared_map_holds_until_it_is_removed(room: Class, admin: Pages) -> None:
    school = place_of(room, course=False)
    assert "The app hasn’t been opened in this course" in admin.words("/admin/grades")
    assert "select at least one school or course" in admin.words(SAVE, title=["A"], code=[room.code])
    half = admin.words(SAVE, place=school, title=["Homework"], code=[""])
    assert "needs both" in half
    assert "at least one" in admin.words(SAVE, place=school, title=[""], code=[""])
    too_long = admin.words(SAVE, place=school, title=["x" * 201], code=[room.code])
    assert "at most 200 characters" in too_long

    admin.words(SAVE, place=school, title=[room.category.title.upper()], code=[room.code])
    quiz = room.item("Quiz")
    room.sync()

    assert str(quiz.id) in room.assignments()
    assert "Default from your district" in teacher_of(room).press("/course/configuration")
    assert "default matches apply" in admin.words("/admin/grades")
    changed = admin.press(CHOOSE, place=school)
    assert f'<option value="{room.code}" selected>' in changed
    admin.words(REMOVE, place=school)
    assert "default matches apply" not in admin.words("/admin/grades")
    assert templates(room) == {}


def test_an_sis_that_does_not_answer_saves_nothing(room: Class, admin: Pages) -> None:
    room.world.sis.app.extensions["sis"].unlicensed = frozenset({"GRADEBOOK_SETTINGS"})

    said = admin.words(SAVE, place=place_of(room), title=["Homework"], code=[room.code])

    assert "couldn’t be asked for its categories" in said
    assert templates(room) == {}
