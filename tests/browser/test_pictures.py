"""The pages that docs/tour.md shows; `make pictures` keeps what they look like."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from lti_app.extensions import db
from lti_app.models import SyncOptions
from tests.browser.conftest import Scene, as_avery, resize
from tests.browser.test_story import tab

pytestmark = [pytest.mark.browser, pytest.mark.long_run]
FOLDER = os.environ.get("PICTURES", "")


def keep(page: Page, name: str) -> None:
    """Take a picture of the app in its frame, if someone asked for pictures."""
    if FOLDER:
        page.evaluate("window.scrollTo(0, 0)")
        page.screenshot(path=str(Path(FOLDER) / f"{name}.png"))


def test_the_pages_of_the_tour_are_there(
    shared: Scene, open_browser: Callable[..., BrowserContext], check_axe: Any
) -> None:
    with shared.app.app_context():
        known = {str(number): each.title for number, each in shared.store.roles.items()}
        options = db.session.get_one(SyncOptions, 1)
        options.provisioning = {**options.provisioning, "known_roles": known}
        db.session.commit()
    page: Page = open_browser().pages[0]
    resize(page, 960, 1300)
    frame = as_avery(page, shared)
    expect(frame.get_by_role("heading", name="Last 30 days")).to_be_visible()
    check_axe(page, "overview")
    keep(page, "overview")

    tab(frame, "Logs")
    frame.get_by_role("button", name="Open", exact=True).first.click()
    expect(frame.get_by_role("heading", name="All changes")).to_be_visible()
    check_axe(page, "a sync")
    keep(page, "sync")

    tab(frame, "Logs")
    student = next(iter(shared.district.students.values()))
    frame.get_by_label("Find out why").fill(f"{student.last_name} {student.first_name}")
    frame.get_by_role("button", name="Search", exact=True).click()
    frame.get_by_role("button", name="Explain").first.click()
    expect(frame.locator(".answer")).to_be_visible()
    check_axe(page, "why")
    keep(page, "why")

    resize(page, 320, 700)
    for name in ("Overview", "Logs"):
        tab(frame, name)
        wide = frame.locator("html").evaluate("each => each.scrollWidth - each.clientWidth")
        assert wide <= 0, f"{name} is {wide} px too wide"
    with page.context.expect_page() as opened:
        frame.get_by_role("link", name="Help").click()
    expect(opened.value.get_by_role("heading", level=1)).to_be_visible()
    check_axe(opened.value, "help")
