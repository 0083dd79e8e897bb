"""A district's whole scene in a browser: both sandboxes, the app in a frame of another site."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import time_machine
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    BrowserContext,
    FrameLocator,
    Page,
    Playwright,
    expect,
    sync_playwright,
)
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from lti_app import clock
from lti_app.extensions import db
from lti_app.jobs.queue import enqueue
from lti_app.lti.registrations import new_private_key, new_setup_code
from lti_app.models import Installation, Platform
from lti_app.sandbox.district.make import make_district
from lti_app.sandbox.schoology.lti import install
from lti_app.sandbox.schoology.lti import platform as lti_platform
from lti_app.sandbox.schoology.objects import Token
from lti_app.sandbox.schoology.pages import site
from lti_app.sandbox.schoology.server import create_schoology
from lti_app.sandbox.schoology.store import SchoologyStore
from lti_app.sandbox.serving import serve
from lti_app.sandbox.sis.server import create_sis
from lti_app.store.district import District
from tests.conftest import must_have
from tests.factories import add_acting_user, add_installation, add_platform, set_options
from tests.support.processes import free_port
from tests.support.world import (
    CONSUMER,
    DAY,
    Snapshot,
    complete,
    move,
    running_app,
    settings,
    synced_snapshot,
)

expect.set_options(timeout=20_000)

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
HURRY = """
const real = window.setTimeout;
window.setTimeout = (work, wait, ...more) => real(work, wait / 8, ...more);
"""
"""A page asks every two seconds how its job does; here it asks four times a second."""
COOKIE_RULES: dict[str, dict[str, Any]] = {
    "default": {},
    "third-party-blocked": {"block_third_party_cookies": True, "cookie_controls_mode": 1},
    "all-blocked": {"default_content_setting_values": {"cookies": 2}},
}

FIREFOX = os.environ.get("BROWSER") == "firefox"
"""Whether the tests drive Firefox; `make test-long` does so after Chromium."""
FIREFOX_PREFS: dict[str, str | float | bool] = {"fission.webContentIsolationStrategy": 0}
"""Without it, Firefox loses clicks and keys in a frame of another site. Cookie rules apply all the same."""
FIREFOX_COOKIES = {"default": 5, "third-party-blocked": 1, "all-blocked": 2}
"""Rule → the pref network.cookie.cookieBehavior, which is read at the launch."""


@dataclass
class Scene:
    """Addresses and stores of a running scene, unclaimed and empty."""

    app: Any
    app_url: str
    schoology_url: str
    sis_url: str
    store: SchoologyStore
    district: Any
    setup_code: str
    sis_app: Any = None
    platform: Any = None


@dataclass
class Far:
    """Both sandboxes, and the address at which the app is expected."""

    app_url: str
    schoology_url: str
    sis_url: str
    store: SchoologyStore
    district: Any
    platform: Any
    sis_app: Any


@contextmanager
def sandboxes(app_port: int, synced: Snapshot | None = None) -> Iterator[Far]:
    """The sandbox Schoology with its pages and launches, and the sandbox SIS; new or synced before."""
    if synced:
        district, store = synced.restore()
    else:
        district = make_district(60, 3, buildings=3, as_of=DAY.date())
        store = SchoologyStore()
        inside = [each for each in district.buildings.values() if not each.out_of_district]
        store.seed_organisation("Sandbox District", [(str(b.building), b.name) for b in inside[:-1]])
    api = create_schoology(store, consumers=CONSUMER, rate=None)
    schoology_port = free_port()
    app_url = f"http://localhost:{app_port}"
    platform = lti_platform.LtiPlatform(
        base_url=f"http://127.0.0.1:{schoology_port}", tool=lti_platform.Tool.at(app_url)
    )
    install.install(api, store, platform)
    site.install(api, store, platform)
    schoology = serve(api, schoology_port)
    sis_app = create_sis(district)
    sis = serve(sis_app)
    try:
        yield Far(app_url, schoology.url, sis.url, store, district, platform, sis_app)
    finally:
        api.extensions["schoology_postman"].close()
        schoology.close()
        sis.close()


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """The app, unclaimed, with both sandboxes, on three real sockets."""
    app_port = free_port()
    with time_machine.travel(DAY, tick=True), sandboxes(app_port) as far:
        chosen = settings(
            tmp_path,
            public_url=far.app_url,
            schoology_api_url=f"{far.schoology_url}/v1",
            scheduler=True,
        )
        with running_app(chosen) as app:
            code = register(app, far.platform, far.schoology_url)
            served = serve(app, app_port)
            yield Scene(
                app,
                far.app_url,
                far.schoology_url,
                far.sis_url,
                far.store,
                far.district,
                code,
                far.sis_app,
            )
            app.extensions["runner"].stop()
            served.close()


@pytest.fixture
def claimed(scene: Scene) -> Scene:
    """The same scene, claimed by Avery Admin, who is the Acting User; nothing else is set up."""
    avery = next(each for each in scene.store.users.values() if each.name == "Avery Admin")
    scene.store.tokens["acting"] = Token("acting", "acting-secret", "test-key", avery.uid, "access")
    with scene.app.app_context():
        vault = scene.app.extensions["wiring"].vault
        installation = db.session.query(Installation).one()
        installation.claimed_by_uid, installation.claimed_at = str(avery.uid), clock.now()
        installation.claimed_by_name = avery.name
        add_acting_user(
            db.session(),
            installation.id,
            uid=str(avery.uid),
            name=avery.name,
            token=vault.seal("acting"),
            token_secret=vault.seal("acting-secret"),
            time_zone="America/New_York",
        )
        db.session.commit()
    return scene


@pytest.fixture
def ready(scene: Scene) -> Scene:
    """The same scene, set up for the Acting User Avery Admin; nothing was synced yet."""
    with scene.app.app_context():
        installation = db.session.query(Installation).one()
        installation.claimed_by_uid, installation.claimed_at = "1", clock.now()
        complete(scene.app, installation, scene.store, Address(scene.sis_url))
    return scene


@pytest.fixture
def synced(ready: Scene) -> Scene:
    """The same scene, synced once."""
    with ready.app.app_context():
        asked = enqueue(
            District(db.session, 1),
            "provision",
            params={"what": "all"},
            trigger="manual",
            asked_by="Avery Admin",
        )
        job_id = asked.job.id
        db.session.commit()
    ready.app.extensions["runner"].run_now(job_id)
    return ready


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A scene after its first sync, copied from what the run has made already; one for all tests of a file,
    which leave it as they found it. Nothing runs in it by itself."""
    folder, app_port, snapshot = Path(tmp_path_factory.mktemp("shared")), free_port(), synced_snapshot()
    shutil.copy(snapshot.database, folder / "app.sqlite")
    with time_machine.travel(snapshot.moment, tick=True), sandboxes(app_port, snapshot) as far:
        chosen = settings(folder, public_url=far.app_url, schoology_api_url=f"{far.schoology_url}/v1")
        with running_app(chosen) as app:
            with app.app_context():
                move(Address(far.schoology_url), Address(far.sis_url))
                platform, installation = (
                    db.session.query(Platform).one(),
                    db.session.query(Installation).one(),
                )
                platform.issuer, platform.client_id = far.platform.issuer, far.platform.client_id
                installation.deployment_id = far.platform.deployment_id
                db.session.commit()
            served = serve(app, app_port)
            yield Scene(
                app,
                far.app_url,
                far.schoology_url,
                far.sis_url,
                far.store,
                far.district,
                "",
                far.sis_app,
                far.platform,
            )
            served.close()


@pytest.fixture(scope="module")
def windows(
    browser: Browser, playwright_driver: Playwright, chromium: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], BrowserContext]]:
    """One Chromium for each rule about cookies, for all tests of a file: each test opens pages of its own."""
    opened: dict[str, BrowserContext] = {}

    def window(rule: str) -> BrowserContext:
        if rule not in opened:
            profile = Path(tmp_path_factory.mktemp("profile"))
            opened[rule] = _with_rule(playwright_driver, chromium, profile, rule)
        return opened[rule]

    yield window
    for context in opened.values():
        context.close()


def _firefox(driver: Playwright, rule: str = "default") -> Browser:
    """Firefox over BiDi; it ends with the driver at the latest."""
    path = shutil.which("firefox-esr") or shutil.which("firefox")
    if path is None:
        must_have("firefox", "install firefox-esr")
    return driver.firefox.launch(
        channel="moz-firefox",
        executable_path=path,
        headless=True,
        firefox_user_prefs={**FIREFOX_PREFS, "network.cookie.cookieBehavior": FIREFOX_COOKIES[rule]},
    )


def _with_rule(driver: Playwright, chromium: str, profile: Path, rule: str, **options: Any) -> BrowserContext:
    """A browser of its own that obeys a rule about cookies."""
    if FIREFOX:
        context = _firefox(driver, rule).new_context(**{"viewport": {"width": 960, "height": 900}, **options})
        context.set_default_timeout(15_000)
        return context
    (profile / "Default").mkdir(parents=True)
    (profile / "Default" / "Preferences").write_text(json.dumps({"profile": COOKIE_RULES[rule]}))
    options = {"viewport": {"width": 960, "height": 900}, **options}
    context = driver.chromium.launch_persistent_context(
        str(profile), executable_path=chromium, headless=True, args=FLAGS, **options
    )
    context.set_default_timeout(15_000)
    return context


@dataclass(frozen=True)
class Address:
    """Where something is served."""

    url: str


def register(app: Any, platform: Any, schoology_url: str) -> str:
    """The platform and an unclaimed installation; its setup code."""
    code, code_hash = new_setup_code()
    with app.app_context():
        vault = app.extensions["wiring"].vault
        row = add_platform(
            db.session(),
            issuer=platform.issuer,
            client_id=platform.client_id,
            auth_url=platform.auth_url,
            token_url=platform.token_url,
            jwks_url=platform.jwks_url,
            private_key=vault.seal(new_private_key()),
        )
        installation = add_installation(
            db.session(),
            platform.deployment_id,
            platform=row,
            name="Sandbox District",
            schoology_domains=[schoology_url.removeprefix("http://")],
            consumer_key="test-key",
            consumer_secret=vault.seal("test-secret"),
            setup_code_hash=code_hash,
        )
        set_options(db.session(), installation.id)
        db.session.commit()
    return code


@pytest.fixture(scope="session")
def playwright_driver() -> Iterator[Playwright]:
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def browser(playwright_driver: Playwright, chromium: str) -> Iterator[Browser]:
    """The browser of this process; each test opens contexts of its own in it."""
    if FIREFOX:
        opened = _firefox(playwright_driver)
        yield opened
        opened.close()
        return
    opened = playwright_driver.chromium.launch(executable_path=chromium, headless=True, args=FLAGS)
    yield opened
    opened.close()


@pytest.fixture
def open_browser(
    browser: Browser, playwright_driver: Playwright, chromium: str, tmp_path: Path
) -> Iterator[Callable[..., BrowserContext]]:
    """A fresh context with one page, maybe without scripts; rules about cookies need another Chromium."""
    contexts: list[BrowserContext] = []

    def opened(rule: str = "default", **options: Any) -> BrowserContext:
        options = {"viewport": {"width": 960, "height": 900}, **options}
        if not COOKIE_RULES[rule]:
            context = browser.new_context(**options)
        else:
            profile = tmp_path / f"profile-{len(contexts)}"
            context = _with_rule(playwright_driver, chromium, profile, rule, **options)
        context.set_default_timeout(15_000)
        context.add_init_script(HURRY)
        if not context.pages:
            context.new_page()
        contexts.append(context)
        return context

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def check_axe() -> Callable[[Page, str], None]:
    """Fail on any violation of WCAG 2.1 A and AA in the page and its frames."""

    def check(page: Page, where: str) -> None:
        tags = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}
        found = Axe().run(page, options=tags)
        violations = [
            (each["id"], [node["html"][:120] for node in each["nodes"]])
            for each in found.response["violations"]
        ]
        assert not violations, f"{where}: {violations}"

    return check


def resize(page: Page, width: int, height: int) -> None:
    """Give the window another size, and wait until its frames are where it shows them."""
    page.set_viewport_size({"width": width, "height": height})
    frames_hear_the_mouse(page)


LISTEN = """() => {
  window.heard = false;
  addEventListener("mousemove", () => { window.heard = true; }, { once: true });
}"""
HEARD = "() => window.heard === true"


def frames_hear_the_mouse(page: Page) -> None:
    """Move the mouse over the app until it hears of it. Chromium keeps a map of where frames of other sites
    lie; now and then it is wrong after a change of size, and stays so until the next: clicks go to the page
    around the frame."""
    size, element = page.viewport_size, page.query_selector("iframe")
    if element is not None:
        element.scroll_into_view_if_needed()
    frame, box = (element.content_frame(), element.bounding_box()) if element else (None, None)
    if frame is None or box is None or size is None:
        return
    width, height = size["width"], size["height"]
    middle = (max(box["y"], 0) + min(box["y"] + box["height"], height)) / 2
    for step in range(60):
        frame.evaluate(LISTEN)
        page.mouse.move(box["x"] + box["width"] / 2 + step % 2, middle)
        with suppress(PlaywrightTimeout):
            frame.wait_for_function(HEARD, polling=20, timeout=250)
            if page.viewport_size != size:
                resize(page, width, height)
            return
        page.set_viewport_size({"width": width, "height": height + step + 1})
    raise AssertionError("the app does not hear the mouse")


def go_to(page: Page, address: str) -> None:
    """Open an address. A click before may still be on its way to its page, which ends a `goto` in Firefox."""
    try:
        page.goto(address)
    except PlaywrightError as error:
        if "interrupted" not in str(error):
            raise
        page.wait_for_load_state()
        page.goto(address)


def choose_person(page: Page, scene: Scene, name: str) -> None:
    """Be someone in the sandbox Schoology."""
    page.goto(scene.schoology_url)
    switch = page.get_by_role("button", name="Switch person")
    if switch.count():
        switch.click()
    page.get_by_role("button", name=name).first.click()


def as_avery(page: Page, scene: Scene) -> FrameLocator:
    """Avery Admin opens the app."""
    choose_person(page, scene, "Avery Admin")
    return open_app(page, scene)


def open_app(page: Page, scene: Scene) -> FrameLocator:
    """Open the app from the app launcher; the frame that it lives in."""
    page.goto(f"{scene.schoology_url}/apps/launch")
    frame = page.frame_locator("iframe")
    expect(frame.locator("main")).to_be_visible()
    return frame
