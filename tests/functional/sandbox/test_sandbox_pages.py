"""The sandbox Schoology's pages over real sockets: be someone, open the app, type scores, make a mess."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import requests
from requests_oauthlib import OAuth1

from lti_app.sandbox.schoology import gradebook as gradebooks
from lti_app.sandbox.schoology.lti import install
from lti_app.sandbox.schoology.lti.claims import LTI
from lti_app.sandbox.schoology.lti.platform import LtiPlatform, Tool
from lti_app.sandbox.schoology.objects import Item, Section, Token, User
from lti_app.sandbox.schoology.pages import site
from lti_app.sandbox.schoology.server import create_schoology
from lti_app.sandbox.schoology.store import ADMIN, PARENT, STUDENT, TEACHER, SchoologyStore
from lti_app.sandbox.serving import serve
from tests.support.apps import key_ring


@dataclass
class School:
    """A small organization with its pages on a socket."""

    store: SchoologyStore
    platform: LtiPlatform
    url: str
    events: list[tuple[str, list[dict[str, Any]], int]] = field(default_factory=list)
    browser: requests.Session = field(default_factory=requests.Session)

    def get(self, path: str, status: int = 200, **query: object) -> str:
        """A page as the signed-in person sees it."""
        answer = self.browser.get(self.url + path, params={name: str(value) for name, value in query.items()})
        assert answer.status_code == status
        return unescape(answer.text)

    def post(self, path: str, status: int = 200, **fields: object) -> str:
        """Press a button; the page that follows."""
        data = {name: str(value) for name, value in fields.items()}
        answer = self.browser.post(self.url + path, data=data)
        assert answer.status_code == status
        return unescape(answer.text)

    def be(self, user: User) -> str:
        """Choose a person."""
        return self.post("/sign-in", uid=user.uid)

    def person(self, first: str) -> User:
        """A person by first name."""
        return next(user for user in self.store.users.values() if user.name_first == first)

    def section(self, title: str) -> Section:
        """A section by title."""
        return next(each for each in self.store.sections.values() if each.section_title == title)


@pytest.fixture
def school() -> Iterator[School]:
    store = SchoologyStore()
    store.seed_organisation("Cedar Schools", [("1", "Cedar High"), ("2", "Birch Middle")])
    _fill(store)
    platform = LtiPlatform("", Tool.at("http://localhost:8000"), keys=key_ring())
    app = create_schoology(store, consumers={"key": "secret"})
    install.install(app, store, platform)
    site.install(app, store, platform)
    served = serve(app)
    platform.base_url = served.url
    made = School(store, platform, served.url)
    store.listeners.append(lambda *event: made.events.append(event))
    yield made
    made.browser.close()
    app.extensions["schoology_postman"].close()
    served.close()


def _fill(store: SchoologyStore) -> None:
    """A teacher, a student with a parent, a course with one section and one category."""
    high = next(iter(store.buildings))
    home = {"building_id": high, "name_last": "Elm"}
    store.add_user(name_first="Tom", username="tom", school_uid="T1", role_id=TEACHER, **home)
    student = store.add_user(name_first="Sam", username="sam", school_uid="S1", role_id=STUDENT, **home)
    parent = store.add_user(name_first="Pat", username="pat", school_uid="P1", role_id=PARENT, **home)
    store.link_family(student.uid, parent.uid)
    quarter = store.add_grading_period("Quarter 1", date(2026, 8, 20), date(2026, 10, 30))
    course = store.add_course("Algebra 1", "ALG1", high)
    section = store.add_section(
        course.id, title="Period 2", section_school_code="ALG1-2", grading_periods=[quarter.id], synced=1
    )
    teacher = store.users[store.user_by_school_uid["T1"]]
    store.enroll(section.id, teacher.uid, admin=1)
    store.enroll(section.id, student.uid)
    gradebooks.add_category(store, section.id, "Tests")


def launched(school: School, path: str) -> dict[str, Any]:
    """The verified claims of the app's frame on a page, after the whole login."""
    page = school.get(path)
    frame = re.search(r'<iframe src="([^"]+)"', page)
    assert frame is not None
    start = urlsplit(frame[1])
    assert f"{start.scheme}://{start.netloc}{start.path}" == school.platform.tool.login_url
    hints = {name: values[0] for name, values in parse_qs(start.query).items()}
    asked = {name: hints[name] for name in ("client_id", "login_hint", "lti_message_hint")} | {
        "redirect_uri": school.platform.tool.redirect_uris[0],
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "scope": "openid",
        "nonce": "n",
        "state": "s",
    }
    answer = requests.get(school.platform.auth_url, params=asked, timeout=10)  # without the person's cookies
    token = re.search(r'name="id_token" value="([^"]+)"', answer.text)
    assert token is not None
    keys = jwt.PyJWKSet.from_dict(requests.get(school.platform.jwks_url, timeout=10).json())
    key = keys[jwt.get_unverified_header(token[1])["kid"]]
    claims: dict[str, Any] = jwt.decode(token[1], key.key, ["RS256"], audience=school.platform.client_id)
    return claims


def test_everybody_can_be_found_and_chosen(school: School) -> None:
    page = school.get("/")
    assert all(name in page for name in ("Avery Admin", "Blair Backup", "Tom Elm", "Sam Elm", "Pat Elm"))
    found = school.get("/", q="s1")
    assert "Sam Elm" in found
    assert "Tom Elm" not in found
    assert "No people match" in school.get("/", q="nobody")
    assert "Hello, Sam" in school.be(school.person("Sam"))
    assert "Choose a person" in school.post("/sign-out")


def test_signing_in_goes_on_to_a_page_of_this_site_only(school: School) -> None:
    uid = school.person("Tom").uid
    school.get("/")
    for following, place in (("/people", "/people"), ("//evil.example/", "/"), ("https://evil.example", "/")):
        answer = school.browser.post(
            f"{school.url}/sign-in", data={"uid": str(uid), "next": following}, allow_redirects=False
        )
        assert answer.headers["Location"] == place


def test_a_browser_that_keeps_no_cookie_carries_its_person_in_the_address(school: School) -> None:
    tom, section = school.person("Tom"), school.section("Period 2")
    form = {"uid": str(tom.uid), "next": f"/course/{section.id}/gradebook"}
    answer = requests.post(f"{school.url}/sign-in", data=form, timeout=10, allow_redirects=False)
    page = requests.get(f"{school.url}{answer.headers['Location']}", timeout=10)
    assert "Tom Elm" in page.text
    links = re.findall(r'href="(/[^"]*)"', unescape(page.text))
    assert f"/course/{section.id}?person={tom.uid}" in links
    out = requests.post(f"{school.url}/sign-out?person={tom.uid}", timeout=10)
    assert "Who do you want to be?" in out.text


def test_the_app_launcher_launches_without_a_course(school: School) -> None:
    school.be(school.person("Avery"))
    claims = launched(school, "/apps/launch")
    assert claims[LTI + "custom"]["uid"] == str(school.person("Avery").uid)
    assert LTI + "context" not in claims


def test_a_second_install_has_its_own_tile_and_deployment(school: School) -> None:
    school.platform.second_deployment_id = f"{school.platform.client_id}-6200000001"
    assert "second install" in school.be(school.person("Avery"))
    claims = launched(school, f"/apps/launch?deployment={school.platform.second_deployment_id}")
    assert claims[LTI + "deployment_id"] == school.platform.second_deployment_id


def test_a_course_launches_with_its_section(school: School) -> None:
    section = school.section("Period 2")
    school.be(school.person("Tom"))
    claims = launched(school, f"/course/{section.id}")
    assert claims[LTI + "context"] == {"id": str(section.id), "title": "Algebra 1: Period 2", "label": None}
    assert claims[LTI + "custom"]["section_code"] == "ALG1-2"


def test_who_sees_the_app_in_a_course_follows_the_install(school: School) -> None:
    course, lounge = (
        f"/course/{school.section('Period 2').id}",
        f"/course/{school.section('Coffee Corner').id}",
    )
    school.be(school.person("Sam"))
    assert "for course admins only" in school.get(course)
    assert "You aren't a member" in school.get(lounge)
    school.post("/by-hand/install", courses="all members", users="off")
    assert launched(school, course)[LTI + "roles"][0].endswith("#Learner")
    assert "not installed for users" in school.get("/apps/launch")
    school.be(school.person("Pat"))
    assert launched(school, course)[LTI + "roles"][0].endswith("#Mentor")
    school.be(school.person("Avery"))
    assert launched(school, course)[LTI + "roles"][0].endswith("#Administrator")
    school.post("/by-hand/install", courses="off", users="everyone")
    assert "isn't installed in courses" in school.get(course)


def test_no_one_opens_the_app_before_choosing_a_person(school: School) -> None:
    assert "Choose a person first" in school.get("/apps/launch")
    assert "Choose a person first" in school.get(f"/course/{school.section('Period 2').id}")


def test_lists_are_filtered_and_paged(school: School) -> None:
    high, middle = school.store.buildings
    for number in range(60):
        school.store.add_user(
            name_first="Extra",
            name_last=f"N{number:02}",
            username=f"x{number}",
            role_id=STUDENT,
            building_id=middle,
        )
    assert "60 people" in school.get("/people", building=middle)
    assert "Page 2 of 2" in school.get("/people", building=middle, page=2)
    assert "Extra N59" in school.get("/people", building=middle, page=2)
    assert "Tom Elm" in school.get("/people", building=high, role=TEACHER)
    assert "Sam Elm" not in school.get("/people", building=high, role=TEACHER)
    assert "Period 2" in school.get("/courses", q="alg1")
    assert "Coffee Corner" not in school.get("/courses", q="alg1")


def test_every_kind_of_data_has_a_page(school: School) -> None:
    section, student = school.section("Period 2"), school.person("Sam")
    assert "Tom Elm" in school.get(f"/course/{section.id}/members")
    assert "Pat Elm" in school.get(f"/people/{student.uid}")
    assert "Algebra 1: Period 2" in school.get(f"/people/{school.person('Pat').uid}")
    assert "Birch Middle" in school.get("/buildings")
    assert "Quarter 1" in school.get("/grading-periods")
    for path in ("/people/1", "/course/1", "/course/1/members", "/course/1/gradebook"):
        assert "This page doesn't exist" in school.get(path, status=404)


def add_item(school: School, section: Section, **fields: object) -> Item:
    """Add an item through its form, and give it back as stored."""
    category = gradebooks.categories_of(school.store, section.id)[0]
    values = {
        "title": "Unit test",
        "type": "assessment",
        "grading_category": category.id,
        "due": "2026-09-18",
        "max_points": "50",
        "factor": "1",
        "published": "on",
        "count_in_grade": "on",
    } | fields
    school.post(f"/course/{section.id}/items/new", **values)
    return school.store.items[school.store.items_of[section.id][-1]]


def test_a_teacher_makes_changes_and_deletes_an_item(school: School) -> None:
    section, teacher = school.section("Period 2"), school.person("Tom")
    school.be(teacher)
    item = add_item(school, section)
    assert (item.title, item.type, item.due, item.max_points) == (
        "Unit test",
        "assessment",
        "2026-09-18 23:59:00",
        "50",
    )
    page = f"/course/{section.id}/items/{item.id}"
    assert 'value="2026-09-18"' in school.get(page)
    quarter = section.grading_periods[0]
    page_after = school.post(page, title="Unit 1", max_points="40", grading_period=quarter, published="on")
    assert "Unit 1" in page_after
    assert (item.max_points, item.due, item.grading_category, item.count_in_grade) == ("40", "", 0, 0)
    school.post(f"{page}/delete")
    assert school.store.items_of[section.id] == []
    assert [event[0] for event in school.events] == ["grade_item.update"] * 2 + ["grade_item.delete"]
    assert {event[2] for event in school.events} == {teacher.uid}


def test_a_wrong_item_form_changes_nothing_and_says_why(school: School) -> None:
    section = school.section("Period 2")
    school.be(school.person("Tom"))
    new = f"/course/{section.id}/items/new"
    assert "Enter a title" in school.post(new, title=" ", max_points="5")
    again = school.post(new, title="Quiz", max_points="five")
    assert "have to be numbers" in again
    assert 'value="Quiz"' in again
    item = add_item(school, section)
    edited = school.post(f"/course/{section.id}/items/{item.id}", title="Other", max_points="many")
    assert "have to be numbers" in edited
    assert item.title == "Unit test"


def test_typed_scores_reach_the_interface_and_fire_once(school: School) -> None:
    section, student = school.section("Period 2"), school.person("Sam")
    school.be(school.person("Tom"))
    scored, excused = add_item(school, section), add_item(school, section, title="Essay")
    enrollment = school.store.enrollment(section.id, student.uid)
    assert enrollment is not None
    school.events.clear()
    cells: dict[str, object] = {
        f"score-{enrollment.id}-{scored.id}": "42.5",
        f"exception-{enrollment.id}-{scored.id}": 0,
        f"score-{enrollment.id}-{excused.id}": "",
        f"exception-{enrollment.id}-{excused.id}": 1,
    }
    page = school.post(f"/course/{section.id}/gradebook", **cells)
    assert "2 scores saved" in page
    assert "85.00%" in page
    assert [(kind, len(rows)) for kind, rows, _ in school.events] == [("grades.update", 2)]
    assert read_grades(school, section) == {scored.id: (42.5, 0), excused.id: (None, 1)}
    assert "0 scores saved" in school.post(f"/course/{section.id}/gradebook", **cells)
    assert len(school.events) == 1


def read_grades(school: School, section: Section) -> dict[int, tuple[float | None, int]]:
    """The grades of a section as the interface tells an administrator."""
    school.store.tokens["t"] = Token("t", "s", "key", school.person("Avery").uid, "access")
    answer = requests.get(
        f"{school.url}/v1/sections/{section.id}/grades",
        auth=OAuth1("key", "secret", "t", "s"),
        headers={"Accept": "application/json"},
        timeout=10,
    )
    rows = answer.json()["grades"]["grade"]
    return {row["assignment_id"]: (row["grade"], row["exception"]) for row in rows}


@pytest.mark.parametrize("text", ["ten", "nan", "1e999"])
def test_a_score_that_is_no_number_saves_nothing(school: School, text: str) -> None:
    section = school.section("Period 2")
    school.be(school.person("Tom"))
    item = add_item(school, section)
    enrollment = school.store.enrollment(section.id, school.person("Sam").uid)
    assert enrollment is not None
    cell = {f"score-{enrollment.id}-{item.id}": text}
    assert "isn't a number" in school.post(f"/course/{section.id}/gradebook", **cell)
    assert not school.store.grades


def test_no_one_types_in_a_course_that_is_archived(school: School) -> None:
    section = school.section("Period 2")
    school.be(school.person("Tom"))
    item = add_item(school, section)
    enrollment = school.store.enrollment(section.id, school.person("Sam").uid)
    assert enrollment is not None
    cell = {f"score-{enrollment.id}-{item.id}": "9"}

    assert "The course was archived." in school.post(f"/course/{section.id}/archive")
    assert "This course is archived." in school.post(f"/course/{section.id}/gradebook", **cell)
    assert not school.store.grades
    assert "The course is back." in school.post(f"/course/{section.id}/archive")
    school.post(f"/course/{section.id}/gradebook", **cell)
    assert [each.grade for each in school.store.grades.values()] == [9]


def test_categories_are_added_in_the_gradebook(school: School) -> None:
    section = school.section("Period 2")
    school.be(school.person("Tom"))
    path = f"/course/{section.id}/categories"
    page = school.post(path, title="Homework", calculation_type=1, weight=30, drop_lowest=2)
    assert "percent, drops the lowest 2" in page
    assert "title is required" in school.post(path, title="")


def test_only_teachers_and_administrators_type_into_a_gradebook(school: School) -> None:
    section = school.section("Period 2")
    book = f"/course/{section.id}/gradebook"
    for person in (school.person("Sam"), school.person("Casey")):
        school.be(person)
        assert "Only teachers of the course can change it" in school.get(book)
        school.post(book, status=403)
        school.get(f"/course/{section.id}/items/new", status=403)
    school.be(school.person("Avery"))
    assert "Add a graded item" in school.get(book)


def test_accounts_are_disabled_enabled_and_lose_their_permissions(school: School) -> None:
    admin = school.person("Avery")
    path = f"/people/{admin.uid}/by-hand"
    school.store.tokens["t"] = Token("t", "s", "key", admin.uid, "access")
    school.post(path, action="revoke", back="by-hand")
    assert school.store.tokens == {}
    assert "was disabled" in school.post(path, action="disable")
    assert not school.store.is_admin(admin.uid)
    assert "doesn't exist or is disabled" in school.be(admin)
    school.post(path, action="enable")
    assert "Hello, Avery" in school.be(admin)


def test_a_role_is_changed_by_hand(school: School) -> None:
    admin = school.person("Blair")
    page = school.post(f"/people/{admin.uid}/by-hand", action="role", role=TEACHER)
    assert "is now Teacher" in page
    assert not school.store.is_admin(admin.uid)
    assert "does not exist" in school.post(f"/people/{admin.uid}/by-hand", action="role", role=4)
    assert ADMIN not in {user.role_id for user in school.store.users.values() if user.uid == admin.uid}


def test_people_are_enrolled_and_removed_by_hand(school: School) -> None:
    section, devon = school.section("Period 2"), school.person("Devon")
    path = f"/people/{devon.uid}/enroll"
    assert "was enrolled" in school.post(path, section="ALG1-2")
    assert "already enrolled" in school.post(path, section=section.id)
    assert "Section not found" in school.post(path, section="nowhere")
    enrollment = school.store.enrollment(section.id, devon.uid)
    assert enrollment is not None
    member = f"/course/{section.id}/members/{enrollment.id}"
    school.post(member, action="make admin")
    assert enrollment.admin == 1
    other = school.section("Coffee Corner")
    school.post(f"/course/{other.id}/members/{enrollment.id}", status=404, action="un-enroll")
    school.post(member, action="un-enroll")
    assert school.store.enrollment(section.id, devon.uid) is None


def test_sections_and_courses_are_deleted_by_hand(school: School) -> None:
    section, lounge = school.section("Period 2"), school.section("Coffee Corner")
    assert "was deleted" in school.post(f"/course/{section.id}/by-hand", action="delete section")
    assert section.id not in school.store.sections
    assert section.course_id in school.store.courses
    school.post(f"/course/{lounge.id}/by-hand", action="delete course")
    assert lounge.course_id not in school.store.courses


def test_keys_are_rotated_and_retired_by_hand(school: School) -> None:
    first = school.platform.keys.current.kid
    assert first in school.post("/by-hand/keys", rotate=1)
    assert first not in school.post("/by-hand/keys", retire=1)


def test_every_page_says_that_it_is_a_sandbox(school: School) -> None:
    section, tom = school.section("Period 2"), school.person("Tom")
    school.be(tom)
    item = add_item(school, section)
    course = f"/course/{section.id}"
    paths = ["/", "/apps/launch", course, f"{course}/members", f"{course}/gradebook", f"{course}/items/new"]
    paths += [f"{course}/items/{item.id}", "/people", f"/people/{tom.uid}", "/courses", "/buildings"]
    for path in [*paths, "/grading-periods", "/by-hand"]:
        assert "All people in it are made up" in school.get(path)
