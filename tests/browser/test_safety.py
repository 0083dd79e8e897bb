"""Held plans, undo, Why? and the other safety pages in a browser, with axe on each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, FrameLocator, expect

from lti_app.extensions import db
from lti_app.models import Link
from tests.browser.conftest import Scene, as_avery, choose_person, open_app, resize
from tests.browser.test_story import press, shoot, tab

pytestmark = pytest.mark.browser


def end_half_of_the_enrollments(scene: Scene) -> None:
    """What a bad export looks like."""
    with scene.app.app_context():
        linked = {sis_id for (sis_id,) in db.session.query(Link.sis_id).filter(Link.kind == "enrollment")}
    for rows in scene.district.enrollments.values():
        for place in range(0, len(rows), 2):
            if f"{rows[place].section_key}:student:{rows[place].student_id}" in linked:
                rows[place] = rows[place]._replace(status="D")


def job_says(frame: FrameLocator, words: str) -> None:
    """Wait until the panel of the job says how it ended."""
    panel = frame.locator("[data-fragment=job]")
    expect(panel.get_by_text(words)).to_be_visible(timeout=60_000)


def sync_everything(frame: FrameLocator) -> None:
    tab(frame, "Users")
    press(frame, "Sync everything")
    job_says(frame, "need your approval")


def test_a_bad_export_waits_is_explained_and_can_be_undone(
    open_browser: Callable[..., BrowserContext], synced: Scene, check_axe: Any
) -> None:
    page = open_browser().pages[0]
    choose_person(page, synced, "Avery Admin")
    frame = open_app(page, synced)
    before = len(synced.store.enrollments)
    end_half_of_the_enrollments(synced)

    sync_everything(frame)
    tab(frame, "Sections")
    expect(frame.get_by_text("Changes need your approval", exact=True)).to_be_visible()
    check_axe(page, "banner")
    press(frame, "Review changes")
    expect(frame.get_by_role("heading", name="need your approval")).to_be_visible()
    shoot(page, "20-held")
    check_axe(page, "held plan")
    assert len(synced.store.enrollments) == before

    frame.get_by_role("button", name="Approve").first.click()
    expect(frame.get_by_text("Approved. The changes are queued.")).to_be_visible()
    job_says(frame, "changes applied")
    assert len(synced.store.enrollments) < before

    tab(frame, "Logs")
    frame.get_by_role("button", name="Open", exact=True).first.click()
    press(frame, "Undo this sync")
    check_axe(page, "undo")
    shoot(page, "21-undo")
    press(frame, "Preview undo")
    job_says(frame, "changes would undo it")
    press(frame, "Open in Logs")
    expect(frame.get_by_text("This undoes the sync of")).to_be_visible()
    shoot(page, "22-undo-plan")
    frame.get_by_role("button", name="Approve").first.click()
    job_says(frame, "changes applied")
    assert len(synced.store.enrollments) == before


def test_why_limits_rollover_and_missing_pages_are_for_everyone(
    open_browser: Callable[..., BrowserContext], synced: Scene, check_axe: Any
) -> None:
    page = open_browser().pages[0]
    choose_person(page, synced, "Avery Admin")
    frame = open_app(page, synced)
    resize(page, 400, 900)

    tab(frame, "Logs")
    with synced.app.app_context():
        name = db.session.query(Link.label).filter(Link.kind == "user").order_by(Link.sis_id).first()[0]
    frame.get_by_label("Find out why a person").fill(name)
    press(frame, "Search")
    check_axe(page, "why, found")
    frame.get_by_role("button", name="Explain").first.click()
    expect(frame.get_by_role("heading", name="What the next sync would do")).to_be_visible()
    shoot(page, "23-why")
    check_axe(page, "why, record")
    press(frame, "Download or erase")
    expect(frame.get_by_text("Only data about people who have left the SIS can be erased")).to_be_visible()
    with page.expect_download() as file:
        press(frame, "Download all data")
    assert name in Path(file.value.path()).read_text("utf-8")
    check_axe(page, "one person’s data")
    tab(frame, "Configuration")
    press(frame, "Open limits")
    frame.get_by_label("People who left the SIS (days)").fill("400")
    press(frame, "Save retention")
    expect(frame.get_by_text("Saved. Older data is deleted once a day.")).to_be_visible()
    frame.get_by_label("Drops: approval above (%)").fill("0")
    press(frame, "Save limits")
    expect(frame.get_by_text("Enter a number from 1 to 50.").first).to_be_visible()
    shoot(page, "24-limits")
    check_axe(page, "limits with an error")
    tab(frame, "Terms")
    press(frame, "Year rollover")
    press(frame, "Run rehearsal")
    expect(frame.get_by_text("Queued.").first).to_be_visible()
    shoot(page, "25-rollover")
    check_axe(page, "rollover")
    wide = frame.locator("html").evaluate("each => each.scrollWidth - each.clientWidth")
    assert wide <= 0


@pytest.mark.long_run
def test_categories_are_previewed_created_and_removed(
    open_browser: Callable[..., BrowserContext], synced: Scene, check_axe: Any
) -> None:
    """Its fast twin presses the same buttons without a browser: functional/grades/test_categories.py."""
    page = open_browser().pages[0]
    frame = as_avery(page, synced)
    resize(page, 360, 900)
    tab(frame, "Configuration")
    press(frame, "Open grade settings")
    frame.get_by_label("Find schools and courses").fill("French 6")
    press(frame, "Find")
    frame.get_by_label("French 6").first.check()
    check_axe(page, "grades, courses found")
    press(frame, "Preview SIS categories in Schoology")
    press(frame, "Open")
    create = frame.get_by_role("button", name="Create them in 1 course")
    expect(create).to_be_visible(timeout=60_000)
    planned = frame.get_by_role("heading", name="Create grading category: French 6")
    expect(planned.first).to_be_visible()
    shoot(page, "26-categories-preview")
    check_axe(page, "preview of categories")
    create.click()
    press(frame, "Open")
    expect(frame.get_by_text("created in Schoology").first).to_be_visible(timeout=60_000)
    press(frame, "Remove unused categories…")
    expect(frame.get_by_role("heading", name="Remove unused categories?")).to_be_visible()
    check_axe(page, "removal of categories")
    press(frame, "Yes, remove them")
    press(frame, "Open")
    expect(frame.get_by_text("removed from Schoology").first).to_be_visible(timeout=60_000)
    shoot(page, "27-categories-removed")
    check_axe(page, "categories removed")
    wide = frame.locator("html").evaluate("each => each.scrollWidth - each.clientWidth")
    assert wide <= 0
