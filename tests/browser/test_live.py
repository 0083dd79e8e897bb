"""A teacher types a score into Schoology's gradebook and finds it in the SIS; no one presses anything."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from lti_app import clock
from lti_app.extensions import db
from lti_app.grades.rows import category_map, live
from lti_app.grades.rows.section import settings_row
from lti_app.grades.rules.held import Held, Loss
from lti_app.grades.rules.waiting import Waiting
from lti_app.models import Link, SisConnection
from lti_app.sandbox.schoology import gradebook as far_book
from lti_app.school.course_codes import CourseCode
from lti_app.school.finding_codes import BrakeCode
from lti_app.school.reasons import because
from lti_app.store.district import District
from tests.browser.conftest import Scene, choose_person, open_app, resize
from tests.browser.test_story import shoot, tab
from tests.factories import add_removed_assignment, add_sweep
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
        row = settings_row(District(db.session, 1), link.schoology_id)
        category_map.save(db.session, row, {str(category.id): there.code})
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
    tab(frame, "Configuration")
    frame.get_by_role("button", name="Open live sync").click()
    expect(frame.get_by_role("heading", name="Live Sync Schoology Grades")).to_be_visible()
    check_axe(page, "live sync, off")
    frame.get_by_role("button", name="Review waiting changes").click()
    turning_on = frame.get_by_role("button", name="Turn on live sync")
    reload = frame.get_by_role("button", name="Reload")
    expect(turning_on.or_(reload).first).to_be_visible()
    if reload.count():
        read = frame.get_by_role("region", name="Look before live sync").get_by_text("1 course read.")
        expect(read).to_be_visible()
        reload.click()
    turning_on.click()
    expect(frame.get_by_text("Live sync is on.")).to_be_visible()
    expect(frame.get_by_text("Confirmed", exact=True)).to_be_visible()
    check_axe(page, "live sync, on")


def stage(scene: Scene, link: Link, item_id: int) -> None:
    """Something held, something deleted, a backlog, a course that cannot be read, and two comparisons."""
    title = "A test on cell walls, membranes and what comes through them"
    with scene.app.app_context():
        here = live.live_section(District(db.session, 1), link.schoology_id)
        seats = [each for each in scene.store.members(int(link.schoology_id)) if not each.admin]
        students = [str(scene.store.users[each.uid].school_uid) for each in seats]
        held = Held(
            {"1": title, "2": "Quiz"},
            {Loss("3", each, "8") for each in students},
            set(),
            [because(BrakeCode.BRAKE_DELETES, now=2, there=3)],
        )
        here.held, here.begun = held.dump(), True
        here.backlog = Waiting({"4": "sheet"}, {"4": dict.fromkeys(students, "8")}, over=1).dump()
        strange = live.live_section(District(db.session, 1), "999")
        strange.why = because(CourseCode.LIVE_COURSE_SCHOOLOGY_SILENT)
        add_removed_assignment(
            db.session(),
            link.schoology_id,
            str(item_id),
            section_key=link.sis_id,
            title=title,
            scores=dict.fromkeys(students, "8"),
        )
        for whole in (True, False):
            counts = {"compared": 40, "differed": 2, "repaired": 3, "unread": 1 + whole}
            add_sweep(db.session(), whole=whole, **counts)
        db.session.commit()


def test_what_is_held_reads_well_on_a_phone_and_is_decided_by_keyboard(
    synced: Scene,
    open_browser: Callable[..., BrowserContext],
    check_axe: Callable[[Page, str], None],
) -> None:
    page = open_browser().pages[0]
    link, item_id = a_course(synced)
    choose_person(page, synced, "Avery Admin")
    turn_on(page, synced, check_axe)
    stage(synced, link, item_id)
    frame = open_app(page, synced)  # it comes back to where one was
    expect(frame.get_by_role("heading", name=f"On hold in {link.label}")).to_be_visible()
    expect(frame.get_by_text("1 failed")).to_be_visible()
    check_axe(page, "live sync with something held")
    resize(page, 1000, 2400)
    shoot(page, "live-admin")
    resize(page, 320, 3600)
    assert frame.locator("html").evaluate("each => each.scrollWidth - each.clientWidth") <= 0
    shoot(page, "live-admin-phone")

    page.get_by_role("button", name="Switch person").click()
    page.goto(f"{synced.schoology_url}/course/{link.schoology_id}/gradebook")
    page.get_by_role("button", name="Be ").click()
    page.goto(f"{synced.schoology_url}/course/{link.schoology_id}")
    expect(frame.get_by_text("On hold: unusually many deletions or cleared scores")).to_be_visible()
    check_axe(page, "a course with something held")
    assert frame.locator("html").evaluate("each => each.scrollWidth - each.clientWidth") <= 0
    shoot(page, "live-course-phone")
    resize(page, 1000, 1300)
    shoot(page, "live-course")
    keep = frame.get_by_role("button", name="Keep in the SIS")
    frame.get_by_role("heading", level=1).click()
    for _ in range(60):
        page.keyboard.press("Tab")
        if keep.evaluate("each => each === document.activeElement"):
            break
    page.keyboard.press("Enter")

    expect(frame.get_by_text("Kept in the SIS.")).to_be_visible()
    expect(frame.get_by_text("On hold: unusually many deletions or cleared scores")).to_have_count(0)
