"""The whole story of an administrator, in a frame of another site: from the setup code to the log."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, FrameLocator, Page, expect

from lti_app.sandbox.sis.oneroster.face import Face
from tests.browser.conftest import Scene, choose_person, frames_hear_the_mouse, open_app

pytestmark = [pytest.mark.browser, pytest.mark.long]
SHOTS = os.environ.get("SCREENSHOTS", "")


def shoot(page: Page, name: str, *, full: bool = True) -> None:
    """Keep a picture when someone asked for pictures."""
    if SHOTS:
        Path(SHOTS).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=full)
        frames_hear_the_mouse(page)  # a picture of the full page changes the size of the window for a moment


def tab(frame: FrameLocator, name: str) -> None:
    """Open a tab; its page is fresh when this returns, also where the same tab was open before."""
    frame.locator("main").first.evaluate("main => main.setAttribute('data-left', '')")
    frame.get_by_role("navigation").get_by_role("button", name=name, exact=True).click()
    expect(frame.locator("main[data-left]")).to_have_count(0)
    expect(frame.get_by_role("heading", level=1, name=name)).to_be_visible()


def press(frame: FrameLocator, name: str) -> None:
    frame.get_by_role("button", name=name, exact=True).first.click()


def claim_and_act(page: Page, scene: Scene) -> FrameLocator:
    """Setup code, then the consent window of Schoology."""
    choose_person(page, scene, "Avery Admin")
    frame = open_app(page, scene)
    frame.get_by_label("Setup code").fill(scene.setup_code)
    press(frame, "Claim app")
    expect(frame.get_by_role("heading", level=1, name="This app needs an Acting User")).to_be_visible()
    with page.context.expect_page() as opened:
        press(frame, "Make me the Acting User")
    window = opened.value
    approve = window.get_by_role("button", name="Approve")
    approve.click()
    expect(frame.get_by_text("You’ve been the Acting User since")).to_be_visible()
    return frame


def connect(frame: FrameLocator, scene: Scene, password: str = "sandbox-password") -> None:
    frame.get_by_label("Domain").fill(scene.sis_url)
    frame.get_by_label("Site Code").fill("demo")
    frame.get_by_label("Login Name").fill("schoology")
    frame.get_by_label("Password").fill(password)
    press(frame, "Test and save")


def connect_oneroster(frame: FrameLocator, scene: Scene) -> None:
    """The same SIS by its OneRoster face."""
    scene.sis_app.extensions["oneroster"] = Face()
    frame.get_by_label("Student information system").select_option("oneroster")
    press(frame, "Show fields")
    frame.get_by_label("Base address").fill(scene.sis_url)
    frame.get_by_label("Token address").fill(f"{scene.sis_url}/ims/oneroster/token")
    frame.get_by_label("Client ID").fill("sandbox")
    frame.get_by_label("Client secret").fill("sandbox-secret")
    press(frame, "Test and save")


SYSTEMS: list[Any] = [
    pytest.param(connect, "eSchoolPLUS 21.4.2", id="eschoolplus"),
    pytest.param(connect_oneroster, "OneRoster 1.2", id="oneroster", marks=pytest.mark.long_run),
]


@pytest.fixture
def page(open_browser: Callable[..., BrowserContext]) -> Page:
    return open_browser().pages[0]


@pytest.mark.parametrize(("enter", "product"), SYSTEMS)
def test_from_the_setup_code_to_the_log(
    page: Page, scene: Scene, check_axe: Any, enter: Callable[[FrameLocator, Scene], None], product: str
) -> None:
    frame = claim_and_act(page, scene)
    shoot(page, "01-configuration-empty")
    check_axe(page, "configuration")

    enter(frame, scene)
    expect(frame.get_by_text(product).first).to_be_visible()
    shoot(page, "02-configuration-connected")

    tab(frame, "Schools")
    press(frame, "Refresh data")
    press(frame, "Use suggestions")
    press(frame, "Save")
    expect(frame.get_by_text("Matched", exact=True).first).to_be_visible()
    press(frame, "Create in Schoology")
    shoot(page, "03-schools-create")
    press(frame, "Create in Schoology")
    expect(frame.get_by_role("heading", name="3 of 3 schools matched")).to_be_visible()
    shoot(page, "03-schools")
    check_axe(page, "schools")

    tab(frame, "Terms")
    press(frame, "Refresh data")
    create = frame.get_by_role("button", name="Create “").locator("visible=true")
    expect(frame.get_by_text("Terms with the same name and dates share one row")).to_be_visible()
    for left in reversed(range(create.count())):
        create.first.click()
        expect(frame.get_by_text("Terms with the same name and dates share one row")).to_be_visible()
        expect(create).to_have_count(left)
    shoot(page, "04-terms")
    check_axe(page, "terms")

    tab(frame, "Data Prep")
    shoot(page, "05-data-prep")
    check_axe(page, "data prep")

    tab(frame, "Users")
    press(frame, "Refresh roles")
    press(frame, "Select all")
    shoot(page, "06-users-choosing")
    press(frame, "Save")
    press(frame, "Preview five people")
    shoot(page, "07-users-five")
    check_axe(page, "users")
    for name in ("Courses", "Sections"):
        tab(frame, name)
        press(frame, "Select all")
        press(frame, "Save")
        shoot(page, f"08-{name.lower()}")
        check_axe(page, name)

    tab(frame, "Configuration")
    press(frame, "Check SIS data")
    press(frame, "Get SIS data")
    expect(frame.get_by_text("Nothing was sent.").first).to_be_visible(timeout=60_000)
    expect(frame.get_by_role("button", name="Confirm data")).to_be_visible(timeout=60_000)
    shoot(page, "09-first-read")
    check_axe(page, "first read")
    press(frame, "Confirm data")

    for name in ("Users", "Courses", "Sections"):
        tab(frame, name)
        press(frame, "Sync now")
        last = frame.locator('[data-counts="last"]')  # no one reloads the page
        expect(last.get_by_text("changes applied")).to_be_visible(timeout=60_000)
        shoot(page, f"10-synced-{name.lower()}")

    tab(frame, "Logs")
    shoot(page, "11-logs")
    check_axe(page, "logs")
    students = len(scene.district.students)
    assert len(scene.store.users) > students
    assert len(scene.store.enrollments) > students
