"""Back, Forward, Reload, a second press and a new tab, in a frame whose browser keeps nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Frame, FrameLocator, Page, expect

from lti_app.extensions import db
from lti_app.models import Audit, Installation, LaunchSession
from tests.browser.conftest import FIREFOX, Scene
from tests.browser.test_story import press, shoot, tab

pytestmark = pytest.mark.browser
RULES = pytest.mark.parametrize("rule", ["third-party-blocked", "all-blocked"])
KEEPS_NOTHING = pytest.mark.parametrize("rule", ["third-party-blocked", "all-blocked"][FIREFOX:])
"""A reload finds nothing: Firefox keeps a tab's storage where it blocks cookies of others."""
WHAT_THE_BROWSER_KEEPS = "location.href + document.referrer + JSON.stringify(history.state)"
Windows = Callable[[str], BrowserContext]


@contextmanager
def page_of(windows: Windows, scene: Scene, rule: str) -> Iterator[tuple[Page, FrameLocator]]:
    """A page on which Avery Admin has opened the app, on its first tab."""
    page = windows(rule).new_page()
    launch(page, scene)
    frame = page.frame_locator("iframe")
    expect(frame.locator("main")).to_be_visible()
    tab(frame, "Configuration")
    yield page, frame
    page.close()


def launch(page: Page, scene: Scene, address: str = "/apps/launch") -> None:
    """As Avery Admin; a browser without cookies carries who it is in the address."""
    avery = next(each for each in scene.store.users.values() if each.name == "Avery Admin")
    page.goto(f"{scene.schoology_url}{address}?person={avery.uid}")


def app_frame(page: Page) -> Frame:
    return page.frames[1]


def back(page: Page) -> None:
    page.evaluate("() => { history.back() }")


def forward(page: Page) -> None:
    page.evaluate("() => { history.forward() }")


def is_on(frame: FrameLocator | Page, name: str) -> None:
    expect(frame.get_by_role("heading", level=1, name=name)).to_be_visible()


def third_page_of_enrollments(frame: FrameLocator | Page) -> None:
    frame.get_by_role("navigation").get_by_role("button", name="Logs", exact=True).click()
    frame.get_by_role("button", name="Open", exact=True).first.click()
    frame.get_by_label("Type", exact=True).select_option("enrollment")
    frame.get_by_role("button", name="Filter", exact=True).click()
    expect(frame.get_by_text("1–25 of 444")).to_be_visible()
    for first in (26, 51):
        frame.get_by_role("button", name="Next", exact=True).click()
        expect(frame.get_by_text(f"{first}–")).to_be_visible()


def is_third_page_of_enrollments(frame: FrameLocator | Page) -> None:
    expect(frame.get_by_text("51–75")).to_be_visible()
    expect(frame.get_by_label("Type", exact=True)).to_have_value("enrollment")


def reload_the_frame(page: Page) -> None:
    """What *Reload frame* of the browser's menu does."""
    with page.expect_event("framenavigated"):
        app_frame(page).evaluate("() => { setTimeout(() => location.reload(), 0) }")


@pytest.mark.parametrize("offered", [True, False])
def test_what_the_platform_stores_binds_a_launch_without_cookies(
    shared: Scene, windows: Windows, offered: bool
) -> None:
    """The script talks to the page around the frame; a district that requires a binding lets no one in
    without it."""

    def require(binding: bool) -> None:
        with shared.app.app_context():
            db.session.query(Installation).one().require_binding = binding
            db.session.commit()

    def bound() -> int:
        with shared.app.app_context():
            return db.session.query(LaunchSession).filter(LaunchSession.cookie_bound).count()

    shared.platform.storage, before = offered, bound()
    require(True)
    page = windows("all-blocked").new_page()
    try:
        launch(page, shared)
        frame = page.frame_locator("iframe")
        refused = frame.get_by_role("heading", level=1, name="This didn’t work")
        expect(frame.get_by_role("button", name="Sign out") if offered else refused).to_be_visible()
        assert bound() - before == offered
    finally:
        page.close()
        shared.platform.storage = False
        require(False)


@RULES
def test_back_and_forward_go_through_five_tabs(shared: Scene, windows: Windows, rule: str) -> None:
    names = ["Configuration", "Schools", "Terms", "Users", "Logs"]
    with page_of(windows, shared, rule) as (page, frame):
        for name in names[1:]:
            tab(frame, name)
        for name in reversed(names[:-1]):
            back(page)
            is_on(frame, name)
            expect(frame.locator('.tab[aria-current="page"]')).to_have_text(name)
        for name in names[1:]:
            forward(page)
            is_on(frame, name)
        assert app_frame(page).title().startswith("Logs")
        assert page.url.startswith(shared.schoology_url)


@KEEPS_NOTHING
def test_a_reload_leads_back_to_the_filtered_third_page(
    shared: Scene, windows: Windows, rule: str, check_axe: Any
) -> None:
    with page_of(windows, shared, rule) as (page, frame):
        third_page_of_enrollments(frame)
        reload_the_frame(page)
        expect(frame.get_by_text("Your browser can’t reload this page")).to_be_visible()
        shoot(page, f"30-open-again-{rule}")
        check_axe(page, "the empty shell")
        press(frame, "Open again")
        is_third_page_of_enrollments(frame)

        page.reload()
        is_third_page_of_enrollments(frame)


@RULES
def test_nothing_is_saved_twice_and_back_shows_what_was_saved(
    shared: Scene, windows: Windows, rule: str
) -> None:
    def changes() -> int:
        with shared.app.app_context():
            return db.session.query(Audit).filter(Audit.what == "Time zone").count()

    with page_of(windows, shared, rule) as (page, frame):
        sent: list[str] = []
        page.on("request", lambda each: sent.append(each.url) if each.url.endswith("time-zone") else None)
        zone, before = frame.locator("#time_zone"), changes()
        wanted = "America/Denver" if zone.input_value() != "America/Denver" else "America/Chicago"
        tab(frame, "Schools")
        tab(frame, "Configuration")
        zone.select_option(wanted)
        save = frame.locator('form[action="/admin/configuration/time-zone"] button')
        save.dblclick()
        expect(frame.locator(".messages")).to_be_visible()
        expect(zone).to_have_value(wanted)

        tab(frame, "Terms")
        back(page)
        is_on(frame, "Configuration")
        expect(zone).to_have_value(wanted)
        expect(frame.locator(".messages")).to_have_count(0)
        back(page)
        is_on(frame, "Schools")
        forward(page)
        is_on(frame, "Configuration")
        page.reload()
        expect(zone).to_have_value(wanted)
        assert (len(sent), changes() - before) == (1, 1)


@RULES
def test_a_new_tab_has_a_launch_of_its_own_and_survives_a_reload(
    shared: Scene, windows: Windows, rule: str
) -> None:
    with page_of(windows, shared, rule) as (page, _):
        with page.context.expect_page() as opened:
            page.get_by_role("link", name="Open in a new tab").click()
        alone = opened.value
        is_on(alone, "Configuration")
        third_page_of_enrollments(alone)
        alone.reload()
        again = alone.get_by_role("button", name="Open again")
        if rule == "all-blocked":
            again.click()
        is_third_page_of_enrollments(alone)
        alone.go_back()
        if rule == "all-blocked":  # the page before belongs to the document before: it is asked for again
            again.click()
            is_third_page_of_enrollments(alone)
        else:
            expect(alone.get_by_text("26–50")).to_be_visible()
        expect(alone).to_have_url(f"{shared.app_url}/admin/logs/run")
        alone.close()


def test_focus_and_scroll_stay_and_the_new_page_is_announced(shared: Scene, windows: Windows) -> None:
    with page_of(windows, shared, "third-party-blocked") as (page, frame):
        words = frame.locator("#live-words")
        tab(frame, "Schools")
        expect(words).to_have_text("Schools · Sandbox District")
        assert app_frame(page).title() == "Schools · Sandbox District"
        expect(frame.get_by_role("button", name="Schools", exact=True)).to_be_focused()

        tab(frame, "Configuration")
        save = frame.locator('form[action="/admin/configuration/time-zone"] button')
        save.scroll_into_view_if_needed()
        before = app_frame(page).evaluate("scrollY")
        assert before > 300
        save.click()
        expect(frame.locator(".messages")).to_be_in_viewport()
        expect(save).to_be_focused()
        assert app_frame(page).evaluate("scrollY") == before
        expect(frame.locator(".messages")).to_have_attribute("role", "status")
        expect(frame.locator(".messages")).not_to_be_empty()


def test_what_was_typed_stays_when_the_app_does_not_answer(
    shared: Scene, windows: Windows, check_axe: Any
) -> None:
    with page_of(windows, shared, "third-party-blocked") as (page, frame):
        page.route("**/admin/configuration/save", lambda route: route.abort())
        frame.get_by_label("Site Code").fill("typed by hand")
        frame.get_by_role("button", name="Save", exact=True).first.click()
        expect(frame.get_by_text("The app didn’t answer")).to_be_visible()
        expect(frame.get_by_label("Site Code")).to_have_value("typed by hand")
        check_axe(page, "no answer")

        page.unroute("**/admin/configuration/save")
        tab(frame, "Schools")


@KEEPS_NOTHING
def test_the_token_stands_in_no_address_history_referrer_or_log(
    shared: Scene, windows: Windows, rule: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    seen: list[str] = []
    with page_of(windows, shared, rule) as (page, frame):
        tokens = {app_frame(page).locator('input[name="launch"]').first.input_value()}
        page.on("request", lambda each: seen.extend((each.url, each.headers.get("referer", ""))))
        for name in ("Schools", "Logs"):
            tab(frame, name)
            seen.append(
                app_frame(page).evaluate("location.href + document.referrer + JSON.stringify(history.state)")
            )
        reload_the_frame(page)
        press(frame, "Open again")
        is_on(frame, "Logs")
        tokens.add(app_frame(page).locator('input[name="launch"]').first.input_value())
        seen.append(
            app_frame(page).evaluate("location.href + document.referrer + JSON.stringify(history.state)")
        )
        seen.append(page.url)
    assert len(tokens) == 2 and all(len(each) > 40 for each in tokens)
    assert any("/admin/logs" in each for each in seen)
    assert not [each for each in seen if any(token in each for token in tokens)]
    assert not [token for token in tokens if token in caplog.text]


@pytest.mark.skipif(FIREFOX, reason="over BiDi, scripts can’t be switched off")
def test_without_scripts_everything_is_a_form(shared: Scene, browser: Any) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    launch(page, shared)
    frame = page.frame_locator("iframe")
    press(frame, "Continue")
    expect(frame.get_by_role("navigation").first).to_be_visible()
    tab(frame, "Schools")
    third_page_of_enrollments(frame)
    page.reload()
    press(frame, "Continue")
    is_third_page_of_enrollments(frame)
    context.close()
