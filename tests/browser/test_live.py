"""A teacher types a score into Schoology's gradebook and finds it in the SIS; nobody presses anything."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from lti_app import clock
from lti_app.extensions import db
from lti_app.grades import mapping
from lti_app.grades.context import settings_row
from lti_app.models import Link, SisConnection
from lti_app.sandbox import schoology_gradebook as far_book
from tests.browser.conftest import Scene, choose_person, open_app
from tests.support.gradebook import DUE
from tests.support.processes import until

pytestmark = pytest.mark.browser


def a_course(scene: Scene) -> tuple[Link, int]:
    """A course with students, set up by its teacher, with one item; its link and the item."""
    with scene.app.app_context():
        links = db.session.query(Link).filter(Link.kind == "section").order_by(Link.sis_id).all()
        link = max(links, key=lambda each: len(scene.store.members(int(each.schoology_id))))
        there = scene.sis_app.extensions["sis"].gradebook.settings(int(link.sis_id)).categories[0]
        section = int(link.schoology_id)
        category = far_book.add_category(scene.store, section, there.description)
        row = settings_row(db.session, 1, link.schoology_id)
        mapping.save(db.session, row, {str(category.id): there.code})
        db.session.get_one(SisConnection, 1).grades_confirmed_at = clock.now()
        db.session.commit()
        item = far_book.add_item(
            scene.store, section, "Cell walls", due=DUE, max_points="10", grading_category=category.id
        )
        db.session.refresh(link)
        db.session.expunge(link)
        return link, item.id


def test_a_typed_score_shows_up_in_the_sis_by_itself(
    synced: Scene,
    open_browser: Callable[..., BrowserContext],
    check_axe: Callable[[Page, str], None],
) -> None:
    page = open_browser().pages[0]
    link, item_id = a_course(synced)
    choose_person(page, synced, "Avery Admin")
    turn_on(page, synced, check_axe)

    gradebook = f"{synced.schoology_url}/course/{link.schoology_id}/gradebook"
    page.goto(gradebook)
    seat = next(each for each in synced.store.members(int(link.schoology_id)) if not each.admin)
    page.locator(f'[name="score-{seat.id}-{item_id}"]').fill("8.5")
    page.get_by_role("button", name="Save scores").click()
    expect(page.get_by_text("1 score saved.")).to_be_visible()

    def arrived() -> bool:
        page.goto(f"{synced.sis_url}/sections/{link.sis_id}")
        return page.get_by_text("8.5").count() > 0

    assert until(arrived, every=0.5, patience=60)


def turn_on(page: Page, scene: Scene, check_axe: Callable[[Page, str], None]) -> None:
    """As an administrator does: look, read, turn on."""
    frame = open_app(page, scene)
    frame.get_by_role("button", name="Open live sync").click()
    expect(frame.get_by_role("heading", name="Live Sync Schoology Grades")).to_be_visible()
    check_axe(page, "live sync, off")
    frame.get_by_role("button", name="Look at what waits").click()
    turning_on = frame.get_by_role("button", name="Turn on live sync")
    reload = frame.get_by_role("button", name="Reload")
    expect(turning_on.or_(reload).first).to_be_visible()
    if reload.count():
        read = frame.get_by_role("region", name="Look before live sync").get_by_text("1 course read.")
        expect(read).to_be_visible()
        reload.click()
    turning_on.click()
    expect(frame.get_by_text("Live sync is on.")).to_be_visible()
    expect(frame.get_by_text("Confirms it", exact=True)).to_be_visible()
    check_axe(page, "live sync, on")
