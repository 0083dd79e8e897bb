"""Whatever goes wrong, the frame shows a page that says what happened and how to go on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import FrameLocator, Page, expect
from sqlalchemy import delete, text, update

from lti_app import clock
from lti_app.extensions import db
from lti_app.jobs import queue
from lti_app.models import Audit, Installation, Job, LaunchSession, SyncOptions
from lti_app.sandbox.schoology.store import TEACHER
from lti_app.store.district import District
from tests.browser.conftest import Scene, resize
from tests.browser.test_frame import RULES, Windows, app_frame, is_on, launch, page_of, reload_the_frame
from tests.browser.test_story import press, shoot, tab
from tests.factories import add_audit

pytestmark = pytest.mark.browser
KEPT = "third-party-blocked"
OPTIONS: list[Any] = []


def end_every_session(scene: Scene) -> None:
    """Everybody is at lunch."""
    with scene.app.app_context():
        long_ago = clock.now() - timedelta(minutes=90)
        db.session.execute(update(LaunchSession).values(seen_at=long_ago))
        db.session.commit()


def forget_every_session(scene: Scene) -> None:
    """As after a restore of the database, or a week later."""
    with scene.app.app_context():
        db.session.execute(delete(LaunchSession))
        db.session.commit()


def post_as_a_form_does(page: Page, path: str, **fields: str) -> None:
    """Without our scripts: the frame goes to the answer, whatever it is."""
    app_frame(page).evaluate(
        """([path, fields]) => {
          const form = document.createElement("form");
          Object.assign(form, {method: "post", action: path});
          const token = document.querySelector('input[name="launch"]')?.value ?? "";
          for (const [name, value] of Object.entries({launch: token, ...fields})) {
            const field = document.createElement("textarea");
            Object.assign(field, {name, value});
            form.append(field);
          }
          document.body.append(form);
          setTimeout(() => HTMLFormElement.prototype.submit.call(form), 0);
        }""",
        [path, fields],
    )


def upload_a_file_of_17_megabytes(page: Page) -> None:
    app_frame(page).evaluate(
        """() => {
          const form = document.createElement("form");
          const action = "/admin/data-prep/upload";
          Object.assign(form, {method: "post", action, enctype: "multipart/form-data"});
          const field = Object.assign(document.createElement("input"), {type: "file", name: "file"});
          const files = new DataTransfer();
          files.items.add(new File([new Uint8Array(17_000_000)], "pairs.csv"));
          field.files = files.files;
          form.append(field);
          document.body.append(form);
          setTimeout(() => HTMLFormElement.prototype.submit.call(form), 0);
        }"""
    )


def says(frame: FrameLocator, status: int, title: str) -> None:
    expect(frame.locator(f'[data-error="{status}"]')).to_be_visible()
    is_on(frame, title)
    expect(frame.locator("[data-error-reference]")).to_be_visible()
    button, link = (frame.get_by_role(role, name="Open again") for role in ("button", "link"))
    expect(button.or_(link)).to_be_visible()


@RULES
def test_whoever_comes_back_from_lunch_opens_again_and_is_where_they_were(
    shared: Scene, windows: Windows, rule: str, check_axe: Any
) -> None:
    with page_of(windows, shared, rule) as (page, frame):
        tab(frame, "Terms")
        end_every_session(shared)
        frame.get_by_role("navigation").get_by_role("button", name="Users", exact=True).click()
        says(frame, 401, "Your session has ended")
        expect(frame.locator("#live-words")).to_contain_text("Your session has ended")
        shoot(page, f"31-session-ended-{rule}")
        check_axe(page, "session ended")
        press(frame, "Open again")
        is_on(frame, "Terms")

        end_every_session(shared)
        post_as_a_form_does(page, "/admin/users")
        says(frame, 401, "Your session has ended")
        press(frame, "Open again")
        is_on(frame, "Terms")


@RULES
def test_a_session_that_the_app_does_not_know_leads_back_to_schoology(
    shared: Scene, windows: Windows, rule: str
) -> None:
    with page_of(windows, shared, rule) as (page, frame):
        tab(frame, "Terms")
        forget_every_session(shared)
        tab_button = frame.get_by_role("navigation").get_by_role("button", name="Users", exact=True)
        tab_button.click()
        says(frame, 401, "Your session has ended")
        reload_the_frame(page)
        press(frame, "Open again")
        says(frame, 401, "Your session has ended")
        link = frame.get_by_role("link", name="Open again in Schoology")
        assert (link.get_attribute("href") or "").rstrip("/") == shared.schoology_url
        link.click()
        expect(page.locator("iframe")).to_have_count(0)
        assert page.url.startswith(shared.schoology_url)


@contextmanager
def broken(scene: Scene, *changes: Callable[[], Any], mended: Callable[[], Any]) -> Iterator[None]:
    with scene.app.app_context():
        for change in changes:
            change()
        db.session.commit()
    try:
        yield
    finally:
        with scene.app.app_context():
            mended()
            db.session.commit()


def test_every_error_is_a_page_in_the_frame(shared: Scene, windows: Windows, check_axe: Any) -> None:
    with page_of(windows, shared, KEPT) as (page, frame):

        def goes_wrong(path: str, status: int, title: str, **fields: str) -> None:
            post_as_a_form_does(page, path, **fields)
            says(frame, status, title)
            shoot(page, f"32-error-{status}")

        def goes_on() -> None:
            press(frame, "Open again")
            expect(frame.get_by_role("navigation").first).to_be_visible()

        goes_wrong("/nowhere", 404, "Page not found")
        goes_on()
        goes_wrong("/admin/logs/run", 404, "Page not found", job="987654")
        goes_on()
        goes_wrong("/healthz", 405, "This didn’t work")
        goes_on()
        goes_wrong("/claim", 403, "This didn’t work")
        goes_on()
        goes_wrong("/course", 403, "This didn’t work")
        goes_on()
        upload_a_file_of_17_megabytes(page)
        says(frame, 413, "File too large")
        launch(page, shared)
        expect(frame.get_by_role("navigation").first).to_be_visible()
        with broken(shared, break_the_options, mended=mend_the_options):
            goes_wrong("/admin/users", 500, "Something went wrong")
        goes_on()
        with broken(shared, rename("building", "away"), mended=rename("away", "building")):
            goes_wrong("/admin/schools", 503, "The app is busy")
        goes_on()
        with broken(shared, wrong_codes, mended=no_codes):
            post_as_a_form_does(page, "/claim", setup_code="WRONG")
            says(frame, 429, "Too many requests")
        check_axe(page, "too many requests")


def break_the_options() -> None:
    options = db.session.query(SyncOptions).one()
    OPTIONS.append(options.provisioning)
    options.provisioning = {"role_ids": 5}


def mend_the_options() -> None:
    db.session.query(SyncOptions).one().provisioning = OPTIONS.pop()


def rename(old: str, new: str) -> Callable[[], Any]:
    return lambda: db.session.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))


def wrong_codes() -> None:
    db.session.query(Installation).one().claimed_by_uid = ""
    for uid in {each.uid for each in db.session.query(LaunchSession)}:
        for _ in range(10):
            add_audit(db.session, at=clock.now(), uid=uid, name="Avery", what="Wrong setup code", new="")


def no_codes() -> None:
    db.session.query(Installation).one().claimed_by_uid = "1"
    db.session.execute(delete(Audit).where(Audit.what == "Wrong setup code"))


def test_refused_launches_and_logins_are_pages_in_the_frame(
    shared: Scene, windows: Windows, check_axe: Any
) -> None:
    with page_of(windows, shared, KEPT) as (page, frame):
        post_as_a_form_does(page, "/lti/launch", state="state-made-up", id_token="made.up.token")
        says(frame, 401, "Open the app again")

        page.locator("iframe").evaluate(
            "(each, url) => { each.src = url }", f"{shared.app_url}/lti/login?iss=x"
        )
        says(frame, 400, "This didn’t work")
        check_axe(page, "refused login")

        page.locator("iframe").evaluate("(each, url) => { each.src = url }", f"{shared.app_url}/lti/launch")
        says(frame, 405, "This didn’t work")

    teacher = next(each.uid for each in shared.store.users.values() if each.role_id == TEACHER)
    page = windows(KEPT).new_page()
    page.goto(f"{shared.schoology_url}/apps/launch?person={teacher}")
    frame = page.frame_locator("iframe")
    says(frame, 403, "This didn’t work")
    expect(frame.get_by_text("There’s nothing for you on this page")).to_be_visible()
    press(frame, "Open again")
    says(frame, 403, "This didn’t work")
    page.close()


def test_a_live_part_says_that_the_session_ended_and_stops(
    shared: Scene, windows: Windows, check_axe: Any
) -> None:
    with shared.app.app_context():
        job = queue.enqueue(
            District(db.session, 1), "provision", params={"what": "all"}, trigger="manual", asked_by="Avery"
        ).job.id
        db.session.commit()
    with page_of(windows, shared, KEPT) as (page, frame):
        asked: list[str] = []
        page.on("request", lambda each: asked.append(each.url) if each.url.endswith("/progress") else None)
        tab(frame, "Users")
        expect(frame.get_by_text("Next in the queue")).to_be_visible()
        page.clock.install()
        tab(frame, "Courses")
        end_every_session(shared)
        page.clock.run_for(3_000)
        expect(frame.get_by_role("alert")).to_contain_text("Your session has ended")
        shoot(page, "33-live-ended")
        check_axe(page, "live part, session ended")
        before = len(asked)
        page.clock.run_for(600_000)
        assert len(asked) == before
        press(frame, "Open again")
        is_on(frame, "Courses")
    with shared.app.app_context():
        db.session.execute(delete(Job).where(Job.id == job))
        db.session.commit()


def test_error_pages_fit_a_phone(shared: Scene, windows: Windows) -> None:
    with page_of(windows, shared, KEPT) as (page, frame):
        for width in (320, 1280):
            resize(page, width, 800)
            post_as_a_form_does(page, "/nowhere")
            says(frame, 404, "Page not found")
            shoot(page, f"34-error-at-{width}")
            wide = frame.locator("html").evaluate("each => each.scrollWidth - each.clientWidth")
            assert wide <= 0
            press(frame, "Open again")
            tab(frame, "Schools")
            reload_the_frame(page)
            expect(frame.get_by_role("button", name="Open again")).to_be_visible()
            shoot(page, f"35-shell-at-{width}")
            wide = frame.locator("html").evaluate("each => each.scrollWidth - each.clientWidth")
            assert wide <= 0
            press(frame, "Open again")
            tab(frame, "Schools")


def test_an_ended_session_is_a_page_without_scripts_too(shared: Scene, browser: Any) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    launch(page, shared)
    frame = page.frame_locator("iframe")
    press(frame, "Continue")
    expect(frame.get_by_role("navigation").first).to_be_visible()
    tab(frame, "Terms")
    end_every_session(shared)
    frame.get_by_role("navigation").get_by_role("button", name="Users", exact=True).click()
    says(frame, 401, "Your session has ended")
    press(frame, "Open again")
    press(frame, "Continue")
    is_on(frame, "Terms")
    context.close()
