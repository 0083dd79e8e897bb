"""A teacher's week in the sandbox: from the first match of categories to a period that was closed."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, FrameLocator, Page, expect

from lti_app.sandbox.schoology.averages import average
from lti_app.sandbox.schoology.gradebook import categories_of
from lti_app.sandbox.sis.gradebook import Gradebook
from tests.browser.conftest import Scene, go_to, resize
from tests.browser.test_pictures import keep
from tests.browser.test_story import press, shoot

pytestmark = [pytest.mark.browser, pytest.mark.long]
TABS = ("Sync", "Averages", "Configuration")


@dataclass
class Desk:
    """A teacher in front of Schoology, the app in it, and the office's window to the SIS."""

    page: Page
    scene: Scene
    section_id: int
    key: int
    sis: Gradebook

    @property
    def frame(self) -> FrameLocator:
        """The app."""
        return self.page.frame_locator("iframe")

    def course(self, part: str = "") -> None:
        """A page of the course in Schoology; without a part, the app."""
        go_to(self.page, f"{self.scene.schoology_url}/course/{self.section_id}{part}")
        if not part:
            expect(self.frame.get_by_role("heading", level=1)).to_be_visible()

    def tab(self, name: str) -> None:
        self.frame.get_by_role("navigation").get_by_role("button", name=name, exact=True).click()
        wanted = self.frame.locator('.tab[aria-current="page"]')
        expect(wanted).to_have_text(name)

    def press(self, name: str) -> None:
        """Press a button, and see the page that it leads to; what it says about a job goes when that ends."""
        self.frame.locator("main").first.evaluate("main => main.setAttribute('data-left', '')")
        press(self.frame, name)
        expect(self.frame.locator("main[data-left]")).to_have_count(0)

    def fresh(self, name: str) -> None:
        """A tab, once both gradebooks were refreshed."""
        self.course()
        self.tab(name)
        self.press("Refresh")
        expect(self.frame.get_by_text("Refreshing both gradebooks.")).to_have_count(0, timeout=30_000)

    def item(self, title: str, category: str, points: str = "20", due: str = "2026-11-19") -> None:
        """Make a graded item in Schoology."""
        self.course("/gradebook")
        self.page.get_by_role("link", name="Add a graded item").click()
        self.page.get_by_label("Title").fill(title)
        self.page.get_by_label("Category").select_option(label=category)
        self.page.get_by_label("Points").fill(points)
        self.page.get_by_label("Due date").fill(due)
        self.page.get_by_role("button", name="Save").click()

    def scores(self, title: str) -> Any:
        """The cells of an item in Schoology's gradebook."""
        self.course("/gradebook")
        return self.page.get_by_label(f" for {title}").and_(self.page.locator("input"))

    def type_all(self, title: str, first: float) -> None:
        """A score for every student, each a quarter lower."""
        cells = self.scores(title)
        for number in range(cells.count()):
            cells.nth(number).fill(f"{first - number / 4:g}")
        self.save()

    def save(self) -> None:
        self.page.get_by_role("button", name="Save scores").click()
        expect(self.page.get_by_text("saved.")).to_be_visible()

    def sync(self, button: str = "Sync grades") -> None:
        """Press it, and see the panel move and end."""
        self.course()
        self.tab("Sync")
        self.press(button)
        expect(self.frame.get_by_role("button", name="Stop")).to_have_count(0, timeout=40_000)

    def status(self, title: str) -> Any:
        """The line of an item."""
        return self.frame.get_by_role("listitem").filter(has=self.frame.get_by_label(title, exact=True))

    def there(self, title: str) -> dict[str, Any]:
        """Student → score of an item in the SIS."""
        found = self.sis.scores(self.key)
        return {score.student_id: score for made, score in found if made.description == title}

    def all_agree(self) -> None:
        """Schoology's own averages, those of the SIS, and the app's table are the same."""
        store = self.scene.store
        theirs = {student: value for student, _, value in self.sis.averages(self.key) if value is not None}
        for seat in store.members(self.section_id):
            if not seat.admin:
                ours = average(store, self.section_id, seat.id)
                assert ours is not None and ours == theirs[str(store.users[seat.uid].school_uid)]
        self.course()
        self.tab("Averages")
        expect(self.frame.get_by_text("All averages match")).to_be_visible()
        expect(self.frame.get_by_text(f"{len(theirs)} averages match")).to_be_visible()


@pytest.fixture
def desk(synced: Scene, open_browser: Callable[..., BrowserContext]) -> Desk:
    """A weighted section with some students, and its teacher signed in."""
    gradebook: Gradebook = synced.sis_app.extensions["sis"].gradebook
    store = synced.store
    candidates = [
        (section_id, int(section.section_school_code))
        for section_id, section in store.sections.items()
        if section.section_school_code.isdigit()
    ]
    weighed = [
        (section_id, key) for section_id, key in candidates if not gradebook.settings(key).use_total_points
    ]
    section_id, key = max(weighed, key=lambda each: len(store.members(each[0])))
    for each in store.grading_periods.values():
        each.title = re.sub(r"( 20\d\d-\d\d-\d\d)+$", "", each.title)
    page = open_browser().pages[0]
    resize(page, 1200, 1400)
    made = Desk(page, synced, section_id, key, gradebook)
    made.course("/gradebook")
    page.get_by_role("button", name="Be ").click()
    return made


def test_a_teachers_week(desk: Desk, check_axe: Any) -> None:
    monday_configure(desk, check_axe)
    monday_first_sync(desk, check_axe)
    tuesday_scores_change_and_one_is_excused(desk, check_axe)
    wednesday_an_item_is_deleted(desk, check_axe)
    thursday_a_student_is_added(desk)
    friday_the_period_is_closed(desk, check_axe)
    everything_fits_a_small_phone(desk)


def monday_configure(desk: Desk, check_axe: Any) -> None:
    first, second = (each.description for each in desk.sis.settings(desk.key).categories[:2])
    desk.course("/gradebook")
    for name in (first.upper(), second.upper(), "Journals"):
        desk.page.get_by_label("Title").fill(name)
        desk.page.get_by_role("button", name="Add", exact=True).click()
    desk.item("Cell walls", first.upper())
    desk.item("Photosynthesis", second.upper(), "50")
    desk.item("Essay", second.upper())
    desk.item("Diary", "Journals")
    desk.type_all("Cell walls", 18.5)
    desk.type_all("Photosynthesis", 44)

    desk.course()
    expect(desk.frame.get_by_role("heading", name="The SIS gradebook")).to_be_visible(timeout=30_000)
    expect(desk.frame.get_by_text("Suggested by name").first).to_be_visible()
    shoot(desk.page, "teacher-01-configuration", full=False)
    check_axe(desk.page, "course configuration")
    press(desk.frame, "Save")
    expect(desk.frame.get_by_text("All decided")).to_be_visible()
    missing = desk.sis.settings(desk.key).categories[2:]
    expect(desk.frame.get_by_text(f"To create: {missing[0].description}")).to_be_visible()
    press(desk.frame, "Preview the update")
    expect(desk.frame.get_by_role("table", name="Averages in Schoology")).to_be_visible()
    shoot(desk.page, "teacher-02-match", full=True)
    check_axe(desk.page, "make Schoology match")
    press(desk.frame, "Yes, update Schoology")
    expect(desk.frame.get_by_text("Schoology is being updated")).to_be_visible()
    expect(desk.frame.get_by_text("created in Schoology")).to_be_visible(timeout=30_000)
    shoot(desk.page, "teacher-02-matched", full=True)
    assert desk.scene.store.sections[desk.section_id].weighted_grading_categories == 1
    titles = {each.title for each in categories_of(desk.scene.store, desk.section_id)}
    assert {each.description for each in missing} <= titles


def monday_first_sync(desk: Desk, check_axe: Any) -> None:
    desk.course()
    desk.tab("Sync")
    expect(desk.status("Cell walls").get_by_text("Not yet synced")).to_be_visible(timeout=30_000)
    shoot(desk.page, "teacher-03-sync", full=False)
    check_axe(desk.page, "course sync")
    press(desk.frame, "Sync grades")
    expect(desk.frame.get_by_role("heading", name="Is the first score right")).to_be_visible()
    shoot(desk.page, "teacher-04-first-score", full=False)
    check_axe(desk.page, "first score")
    press(desk.frame, "Yes, send the rest")
    expect(desk.status("Photosynthesis").get_by_text("Successful")).to_be_visible(timeout=40_000)
    expect(desk.status("Essay").get_by_text("Waits", exact=True).first).to_be_visible()
    expect(desk.status("Diary").get_by_text("Not sent (your choice)").first).to_be_visible()
    assert desk.there("Essay") == desk.there("Diary") == {}
    shoot(desk.page, "teacher-05-synced", full=False)
    keep(desk.page, "teacher")
    assert len(desk.there("Photosynthesis")) == desk.scores("Photosynthesis").count()
    desk.all_agree()
    shoot(desk.page, "teacher-06-averages", full=False)
    check_axe(desk.page, "averages")


def tuesday_scores_change_and_one_is_excused(desk: Desk, check_axe: Any) -> None:
    cells = desk.scores("Cell walls")
    cells.first.fill("12.75")
    desk.page.get_by_label(" for Cell walls").and_(desk.page.locator("select")).last.select_option("Excused")
    desk.save()
    desk.fresh("Averages")
    expect(desk.frame.get_by_text("Different score").first).to_be_visible()
    shoot(desk.page, "teacher-07-averages-differ", full=False)

    desk.sync()

    expect(desk.status("Cell walls").get_by_text("Successful")).to_be_visible()
    marks = [each.mark for each in desk.there("Cell walls").values() if each.mark]
    assert len(marks) == 1
    assert Decimal("12.75") in [each.score for each in desk.there("Cell walls").values()]
    desk.all_agree()
    tuesday_the_office_types_a_score(desk, check_axe)


def tuesday_the_office_types_a_score(desk: Desk, check_axe: Any) -> None:
    """It waits for the teacher, with both values; what is sent in its place can be restored."""
    made = next(each for each in desk.sis.assignments(desk.key) if each.description == "Cell walls")
    student = next(id for id, each in desk.there("Cell walls").items() if each.score == Decimal("12.75"))
    desk.sis.put_score(
        desk.key, made.session, made.schoology_id, {"STUDENT_ID": student, "ASMT_SCORE": "19.5"}
    )
    desk.fresh("Sync")
    expect(desk.frame.get_by_text("Schoology has 12.75, the SIS has 19.5")).to_be_visible()
    shoot(desk.page, "teacher-08-typed-in-sis", full=True)
    check_axe(desk.page, "a score typed in the SIS")
    desk.sync()
    assert desk.there("Cell walls")[student].score == Decimal("19.5")
    desk.frame.get_by_role("button", name="Send 12.75").click()
    expect(desk.frame.get_by_text("the SIS had 19.5 before 12.75 was sent")).to_be_visible(timeout=30_000)
    assert desk.there("Cell walls")[student].score == Decimal("12.75")
    shoot(desk.page, "teacher-08-replaced", full=True)


def wednesday_an_item_is_deleted(desk: Desk, check_axe: Any) -> None:
    desk.course("/gradebook")
    desk.page.get_by_role("link", name="Cell walls").click()
    desk.page.get_by_role("button", name="Delete this item").click()
    desk.fresh("Sync")
    expect(desk.frame.get_by_role("heading", name="No longer in Schoology")).to_be_visible()

    desk.frame.get_by_label("Cell walls").check()
    press(desk.frame, "Remove from the SIS…")
    expect(desk.frame.get_by_role("heading", name="Remove 1 assignment from the SIS?")).to_be_visible()
    shoot(desk.page, "teacher-08-remove", full=False)
    check_axe(desk.page, "remove")
    assert desk.there("Cell walls")
    press(desk.frame, "Yes, remove from the SIS")
    expect(desk.frame.get_by_text("1 assignment removed from the SIS").first).to_be_visible(timeout=30_000)

    assert not desk.there("Cell walls")
    desk.all_agree()


def thursday_a_student_is_added(desk: Desk) -> None:
    """By hand in Schoology first; the office enters the student into the SIS section a day later."""
    rows = desk.scene.district.enrollments[desk.key]
    members = {each.uid for each in desk.scene.store.members(desk.section_id)}
    known = {each.student_id for each in rows}
    new = next(
        each
        for each in desk.scene.store.users.values()
        if each.uid not in members
        and each.school_uid in desk.scene.district.students
        and each.school_uid not in known
    )
    desk.scene.store.enroll(desk.section_id, new.uid)
    desk.page.goto(f"{desk.scene.schoology_url}/course/{desk.section_id}/gradebook")
    desk.page.get_by_label(f"Score of {new.name} for Photosynthesis").fill("31")
    desk.save()

    desk.sync()
    desk.frame.get_by_text("1 student in this course can’t get scores in the SIS").click()
    expect(desk.frame.get_by_text("isn’t in the SIS section today").first).to_be_visible()
    shoot(desk.page, "teacher-09-stranger", full=False)
    rows.append(rows[0]._replace(student_id=new.school_uid, modeled=False, status="A"))
    desk.sync()

    expect(desk.frame.get_by_text("can’t get scores in the SIS")).to_have_count(0)
    assert desk.there("Photosynthesis")[new.school_uid].score == Decimal(31)
    desk.all_agree()


def friday_the_period_is_closed(desk: Desk, check_axe: Any) -> None:
    """The error says what to do, retrying sends what failed; this time all of it by keyboard."""
    desk.scores("Photosynthesis").first.fill("49.5")
    desk.save()
    desk.page.get_by_role("link", name="Photosynthesis").click()
    desk.page.get_by_label("Points").fill("100")
    desk.page.get_by_role("button", name="Save").click()
    office(desk, "Close", "Reopen")

    desk.course()
    desk.tab("Sync")
    desk.frame.get_by_role("link", name="Skip to main content").focus()
    by_keyboard(desk, "Sync grades")
    expect(desk.status("Photosynthesis").get_by_text("Error", exact=True)).to_be_visible(timeout=40_000)
    expect(desk.frame.get_by_text("Ask the school office to open it").first).to_be_visible()
    shoot(desk.page, "teacher-10-error", full=False)
    check_axe(desk.page, "error")
    office(desk, "Reopen", "Close")
    desk.frame.get_by_role("link", name="Skip to main content").focus()
    by_keyboard(desk, "Retry failed (1)")
    expect(desk.status("Photosynthesis").get_by_text("Successful")).to_be_visible(timeout=40_000)

    assert Decimal("49.5") in [each.score for each in desk.there("Photosynthesis").values()]
    desk.all_agree()


def office(desk: Desk, now: str, then: str) -> None:
    """The school office opens or closes the marking periods of the building in the SIS."""
    page = desk.page.context.new_page()
    page.goto(f"{desk.scene.sis_url}/sections/{desk.key}")
    for name in page.get_by_role("button", name=f"{now} ").all_inner_texts():
        page.get_by_role("button", name=name, exact=True).click()
        expect(page.get_by_role("button", name=name.replace(now, then), exact=True)).to_be_visible()
    page.close()


def by_keyboard(desk: Desk, name: str) -> None:
    """Reach a button with Tab, and press it with Enter."""
    wanted = desk.frame.get_by_role("button", name=name, exact=True).first
    for _ in range(60):
        if wanted.evaluate("each => each === document.activeElement"):
            desk.page.keyboard.press("Enter")
            return
        desk.page.keyboard.press("Tab")
    raise AssertionError(f"{name} cannot be reached by Tab")


def everything_fits_a_small_phone(desk: Desk) -> None:
    resize(desk.page, 320, 700)
    desk.course()
    for name in TABS:
        desk.tab(name)
        wide = desk.frame.locator("html").evaluate("each => each.scrollWidth - each.clientWidth")
        shoot(desk.page, f"teacher-11-phone-{name.lower()}")
        assert wide <= 0, f"{name} is {wide} px too wide"
