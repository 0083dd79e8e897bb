"""WebKit, whose default is to block cookies of other sites: the app in its frame, with pages, forms and axe.

WebKitGTK's MiniBrowser has no headless mode, so it runs in a virtual display.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from tests.browser.conftest import Scene
from tests.conftest import must_have

pytestmark = [
    pytest.mark.browser,
    pytest.mark.long_run,
    pytest.mark.filterwarnings("ignore:setting remote_server_addr:DeprecationWarning"),  # of selenium itself
]
DRIVER = "/usr/bin/WebKitWebDriver"
BROWSER = "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser"
DISPLAY = ":97"
TABS = ("Overview", "Configuration", "Schools", "Terms", "Data Prep", "Users", "Courses", "Sections", "Logs")
STRAY = """return [...document.querySelectorAll('.table-box')].filter(
  each => getComputedStyle(each).overflowY !== 'hidden' && each.scrollHeight > each.clientHeight).length"""
AXE = """const done = arguments[arguments.length - 1];
axe.run({runOnly: {type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']}})
  .then(found => done(found.violations.map(
    each => [each.id, each.nodes.map(node => node.html.slice(0, 120))])));"""


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    """A virtual display."""
    if not (shutil.which("Xvfb") and Path(DRIVER).exists() and Path(BROWSER).exists()):
        must_have("webkit", "install webkit2gtk-driver and xvfb")
    server = subprocess.Popen(["Xvfb", DISPLAY, "-screen", "0", "1280x1024x24"], stderr=subprocess.DEVNULL)
    yield DISPLAY
    server.terminate()
    server.wait(10)


class Window:
    """A window of WebKit in front of Schoology, with the app in a frame."""

    def __init__(self, scene: Scene, rule: str) -> None:
        options = webdriver.WebKitGTKOptions()
        options.binary_location = BROWSER
        options.add_argument("--automation")
        if rule == "all-blocked":
            options.add_argument("--cookies-policy=never")
        service = webdriver.WebKitGTKService(executable_path=DRIVER, env={**os.environ, "DISPLAY": DISPLAY})
        self.driver = webdriver.WebKitGTK(options=options, service=service)
        self.driver.set_script_timeout(60)
        self.scene = scene

    def open(self, address: str = "/apps/launch") -> None:
        """Open the app as Avery Admin, who she is in the address."""
        avery = next(each for each in self.scene.store.users.values() if each.name == "Avery Admin")
        self.driver.get(f"{self.scene.schoology_url}{address}?person={avery.uid}")
        self.enter()

    def enter(self) -> None:
        """Go into the app's frame, also after it has loaded another document."""
        self.driver.switch_to.default_content()
        frame = self.wait(lambda: self.driver.find_element(By.TAG_NAME, "iframe"))
        self.driver.switch_to.frame(frame)
        self.wait(lambda: self.driver.find_element(By.TAG_NAME, "h1"))

    def wait(self, found: Any) -> Any:
        """What a look finds within 30 seconds; a page that is being swapped is looked at again."""
        wait = WebDriverWait(self.driver, 30, poll_frequency=0.1, ignored_exceptions=(Exception,))
        return wait.until(lambda _: found())

    def press(self, button: WebElement) -> None:
        """Scroll to a button and click it."""
        self.driver.execute_script(
            "arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", button
        )
        button.click()

    def button(self, name: str) -> WebElement:
        """The first button with these words."""
        return self.wait(
            lambda: next(
                each for each in self.driver.find_elements(By.TAG_NAME, "button") if each.text.strip() == name
            )
        )

    def tab(self, name: str) -> None:
        """Open a tab and wait for its page."""
        self.press(self.button(name))
        self.wait(
            lambda: (
                self.driver.find_element(By.CSS_SELECTOR, '.tab[aria-current="page"]').text == name or None
            )
        )

    def violations(self) -> Any:
        """What axe finds in the frame."""
        import axe_playwright_python

        script = Path(axe_playwright_python.__file__).parent / "axe.min.js"
        self.driver.execute_script(script.read_text())
        return self.driver.execute_async_script(AXE)


@pytest.mark.parametrize("rule", ["default", "all-blocked"])
def test_the_pages_work_in_webkit(shared: Scene, display: str, rule: str) -> None:
    window = Window(shared, rule)
    try:
        window.open()
        for name in TABS:
            window.tab(name)
            assert window.violations() == [], name
            assert window.driver.execute_script(STRAY) == 0, name
        window.tab("Configuration")
        zone = window.driver.find_element(By.CSS_SELECTOR, "#time_zone option:checked").text
        save = window.driver.find_element(By.CSS_SELECTOR, 'form[action$="/time-zone"] button')
        window.press(save)
        window.wait(lambda: window.driver.find_element(By.CSS_SELECTOR, "main > .messages"))
        assert window.driver.find_element(By.CSS_SELECTOR, "#time_zone option:checked").text == zone
    finally:
        window.driver.quit()
