"""The app where cookies or scripts are blocked, by keyboard, on a phone, and for other people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, FrameLocator, Page, expect

from tests.browser.conftest import Scene, as_avery, choose_person, open_app, resize
from tests.browser.test_story import connect, press, tab

pytestmark = [pytest.mark.browser, pytest.mark.long]
Browser = Callable[..., BrowserContext]
TABS = ("Configuration", "Schools", "Terms", "Data Prep", "Users", "Courses", "Sections", "Logs")


def walk_in(page: Page, scene: Scene, name: str) -> FrameLocator:
    """Be someone and open the app by links alone: without any cookie an address alone forgets who one is."""
    page.goto(scene.schoology_url)
    page.get_by_role("button", name=name).first.click()
    page.get_by_role("link", name="App launcher").or_(
        page.get_by_role("button", name="App launcher")
    ).first.click()
    frame = page.frame_locator("iframe")
    expect(frame.locator("main")).to_be_visible()
    return frame


@pytest.mark.parametrize("rule", ["third-party-blocked", "all-blocked"])
def test_it_works_where_cookies_are_blocked(open_browser: Browser, scene: Scene, rule: str) -> None:
    page = open_browser(rule).pages[0]

    frame = walk_in(page, scene, "Avery Admin")
    frame.get_by_label("Setup code").fill(scene.setup_code)
    press(frame, "Claim app")
    with page.context.expect_page() as opened:
        press(frame, "Make me the Acting User")
    window = opened.value
    if rule == "all-blocked":
        window.get_by_label("Person").select_option(label="Avery Admin")
        window.get_by_role("button", name="Continue").click()
    window.get_by_role("button", name="Approve").click()
    expect(frame.get_by_text("You’ve been the Acting User since")).to_be_visible()
    connect(frame, scene)
    expect(frame.get_by_text("Saved. The connection works").first).to_be_visible()
    tab(frame, "Schools")
    press(frame, "Refresh data")
    expect(frame.get_by_role("button", name="Use suggestions")).to_be_visible()


def test_a_second_administrator_looks_and_cannot_change(
    open_browser: Browser, claimed: Scene, check_axe: Any
) -> None:
    page = open_browser().pages[0]
    as_avery(page, claimed)

    choose_person(page, claimed, "Blair Backup")
    frame = open_app(page, claimed)

    expect(frame.get_by_text("Read-only").first).to_be_visible()
    expect(frame.get_by_role("button", name="Make me the Acting User")).to_be_enabled()
    expect(frame.get_by_role("button", name="Save", exact=True).first).to_be_disabled()
    check_axe(page, "configuration, read only")
    for name in TABS:
        tab(frame, name)
        check_axe(page, f"{name}, read only")


def test_the_set_up_can_be_done_by_keyboard(open_browser: Browser, claimed: Scene) -> None:
    page = open_browser().pages[0]
    frame = as_avery(page, claimed)

    def go_to(name: str, role: Any = "button") -> None:
        """Press Tab until the thing of this name has the focus."""
        wanted = frame.get_by_role(role, name=name, exact=True).first
        for _ in range(80):
            if wanted.evaluate("each => each === document.activeElement"):
                return
            page.keyboard.press("Tab")
        raise AssertionError(f"{name} cannot be reached by Tab")

    def press_key(key: str) -> None:
        """Press a button with a key; the next page is there when this returns."""
        frame.locator("main").evaluate("main => main.setAttribute('data-left', '')")
        page.keyboard.press(key)
        expect(frame.locator("main")).to_be_visible()
        expect(frame.locator("main[data-left]")).to_have_count(0)

    frame.locator("body").evaluate("body => body.focus()")
    frame.get_by_role("link", name="Skip to main content").focus()
    for label, text in (
        ("Domain", claimed.sis_url),
        ("Site Code", "demo"),
        ("Login Name", "schoology"),
        ("Password", "sandbox-password"),
    ):
        field = frame.get_by_label(label)
        for _ in range(80):
            if field.evaluate("each => each === document.activeElement"):
                break
            page.keyboard.press("Tab")
        page.keyboard.press("Control+a")
        page.keyboard.type(text)
    go_to("Test and save")
    styles = "each => [getComputedStyle(each).outlineStyle, getComputedStyle(each).boxShadow]"
    shown = frame.get_by_role("button", name="Test and save", exact=True).first.evaluate(styles)
    assert shown != ["none", "none"], "nobody sees where the focus is"
    press_key("Enter")
    expect(frame.get_by_text("Saved. The connection works").first).to_be_visible()
    for name, then in (("Schools", "Refresh data"), ("Schools", "Use suggestions")):
        go_to(name)
        press_key("Enter")
        expect(frame.get_by_role("heading", level=1, name=name)).to_be_visible()
        go_to(then)
        press_key("Enter")
        expect(frame.get_by_role("status").first).to_be_visible()
    go_to("Save")
    press_key("Space")
    expect(frame.get_by_text("Matched", exact=True).first).to_be_visible()


def test_nothing_is_wider_than_a_small_phone(open_browser: Browser, claimed: Scene) -> None:
    page = open_browser().pages[0]
    resize(page, 320, 700)
    frame = as_avery(page, claimed)

    for name in TABS:
        tab(frame, name)
        wide = frame.locator("html").evaluate("each => each.scrollWidth - each.clientWidth")
        assert wide <= 0, f"{name} is {wide} px too wide"


def test_it_works_without_scripts(open_browser: Browser, claimed: Scene) -> None:
    page = open_browser().pages[0]
    as_avery(page, claimed)
    plain = open_browser("default", java_script_enabled=False).pages[0]
    plain.goto(claimed.schoology_url)
    plain.get_by_role("button", name="Avery Admin").first.click()
    plain.goto(f"{claimed.schoology_url}/apps/launch")
    frame = plain.frame_locator("iframe")
    frame.get_by_role("button", name="Continue").click()
    expect(frame.get_by_role("heading", level=1, name="Configuration")).to_be_visible()

    connect(frame, claimed)
    expect(frame.get_by_text("Saved. The connection works").first).to_be_visible()
    tab(frame, "Users")
    expect(frame.get_by_text("No schools matched yet")).to_be_visible()


def test_a_teacher_opens_the_course(open_browser: Browser, claimed: Scene, check_axe: Any) -> None:
    page = open_browser().pages[0]
    as_avery(page, claimed)
    choose_person(page, claimed, "Casey Handmade")
    page.get_by_role("link", name="Courses").first.click()
    page.get_by_role("link", name="Coffee Corner").or_(
        page.get_by_role("link", name="Staff Lounge")
    ).first.click()
    page.get_by_role("link", name="SIS Integration").or_(
        page.get_by_role("button", name="SIS Integration")
    ).first.click()

    frame = page.frame_locator("iframe")
    expect(frame.get_by_text("This course isn’t linked to an SIS section")).to_be_visible()
    check_axe(page, "course page")
