"""gunicorn with two workers on SQLite: saved in the browser, then no one asks the app for anything."""

from __future__ import annotations

import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import Popen
from typing import Any

import pytest
import time_machine
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select

from lti_app import clock
from lti_app.extensions import db
from lti_app.models import Installation, Job, JobState, Lease
from tests.browser.conftest import Address, Scene, as_avery, choose_person, open_app, register, sandboxes
from tests.browser.test_story import tab
from tests.support.processes import environment, free_port, running, until
from tests.support.world import DAY, complete, running_app, settings

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.long_run]
WINDOW_STARTS = datetime(2026, 11, 25, 5, 0, 5, tzinfo=UTC)
"""Five seconds past midnight in New York, on the second night after the options were saved."""
A_DAY = timedelta(days=1)
NEW = "N900001"


class Host:
    """The app under gunicorn, with a clock of its own."""

    def __init__(self, scene: Scene, folder: Path, env: dict[str, str]) -> None:
        self.scene, self._folder, self._env = scene, folder, env
        self._running: AbstractContextManager[Popen[bytes]] | None = None
        self._travels = ExitStack()
        self._clock = folder / "clock"
        self._clock.write_text(DAY.isoformat())
        self._moved_to = DAY

    def start(self) -> None:
        port = self.scene.app_url.rpartition(":")[2]
        command = ("gunicorn", "-w", "2", "--threads", "4", "-b", f"127.0.0.1:{port}")
        env = {**self._env, "TEST_CLOCK": str(self._clock)}
        self._running = running(
            *command, "tests.support.clocked_wsgi:app", env=env, log=self._folder / "app.log"
        )
        self._running.__enter__()
        until(self._answers)

    def stop(self) -> None:
        if self._running is not None:
            self._running.__exit__(None, None, None)
            self._running = None

    def restart(self) -> None:
        self.stop()
        self.start()

    def move_clock(self, moment: datetime) -> None:
        """For everybody: the sandboxes live in this process."""
        self._travels.enter_context(time_machine.travel(moment, tick=True))
        self._clock.write_text(moment.isoformat())
        self._moved_to = moment

    def close(self) -> None:
        self.stop()
        self._travels.close()

    def jobs(self) -> list[tuple[str, str]]:
        with self.scene.app.app_context():
            found = [(each.trigger, each.state) for each in db.session.scalars(select(Job).order_by(Job.id))]
            db.session.remove()
            return found

    def has_looked_around(self) -> bool:
        """Whether a tick of this day has been past the schedule: what follows it there was done today."""
        with self.scene.app.app_context():
            until_when = db.session.scalar(select(Lease.expires_at).where(Lease.name == "prune"))
            db.session.remove()
            return until_when is not None and until_when >= self._moved_to + A_DAY

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.scene.app_url}/readyz", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    with time_machine.travel(DAY, tick=True), sandboxes(free_port()) as far:
        chosen = settings(
            tmp_path, public_url=far.app_url, schoology_api_url=f"{far.schoology_url}/v1", scheduler=False
        )
        with running_app(chosen) as app:
            register(app, far.platform, far.schoology_url)
            scene = Scene(app, far.app_url, far.schoology_url, far.sis_url, far.store, far.district, "")
            with app.app_context():
                installation = db.session.query(Installation).one()
                installation.claimed_by_uid, installation.claimed_at = "1", clock.now()
                complete(app, installation, far.store, Address(far.sis_url))
            made = Host(scene, tmp_path, environment(chosen))
            made.start()
            yield made
            made.close()


@pytest.fixture
def page(open_browser: Callable[..., BrowserContext]) -> Page:
    return open_browser().pages[0]


def choose(page: Page, scene: Scene, mode: str) -> Any:
    frame = as_avery(page, scene)
    tab(frame, "Configuration")
    frame.get_by_label(mode).check()
    frame.get_by_label("Sync window", exact=True).select_option("12:00–3:00 AM")
    frame.get_by_role("button", name="Save sync options").click()
    expect(frame.get_by_text("Sync options saved.")).to_be_visible()
    return frame


def enrol_somebody_new(host: Host) -> None:
    students = host.scene.district.students
    mapped = {each.building_code for each in host.scene.store.buildings.values()}
    some = next(each for each in students.values() if each.status == "A" and str(each.building) in mapped)
    students[NEW] = replace(some, student_id=NEW, login_id="new.student", first_name="Nova", contacts=())


def is_in_schoology(host: Host) -> bool:
    return any(each.school_uid == NEW for each in list(host.scene.store.users.values()))


@pytest.mark.parametrize(
    "restarted",
    [pytest.param(False, id="left alone"), pytest.param(True, id="restarted")],
)
def test_the_scheduled_sync_happens_by_itself_once(page: Page, host: Host, restarted: bool) -> None:
    frame = choose(page, host.scene, "Scheduled: daily")
    expect(frame.get_by_text("Nov 25, 2026, 12:00 AM EST")).to_be_visible()
    page.goto("about:blank")
    enrol_somebody_new(host)
    if restarted:
        host.restart()
    assert host.jobs() == []

    host.move_clock(WINDOW_STARTS)

    until(lambda: is_in_schoology(host))
    ended = (JobState.DONE, JobState.DONE_WITH_PROBLEMS)
    until(lambda: [state for _, state in host.jobs() if state in ended])
    assert [trigger for trigger, _ in host.jobs()] == ["scheduled"]


@pytest.mark.long_run
def test_in_manual_mode_nothing_ever_happens(page: Page, host: Host) -> None:
    choose(page, host.scene, "Scheduled: daily")
    choose(page, host.scene, "Manual")
    page.goto("about:blank")
    enrol_somebody_new(host)

    for day in (25, 26):
        host.move_clock(WINDOW_STARTS.replace(day=day))
        until(host.has_looked_around)
    host.move_clock(WINDOW_STARTS.replace(day=27))
    host.restart()
    until(host.has_looked_around)

    assert host.jobs() == []
    assert not is_in_schoology(host)


def test_the_other_administrator_sees_the_options_and_cannot_change_them(
    page: Page, ready: Scene, check_axe: Any
) -> None:
    choose(page, ready, "Scheduled: daily")
    choose_person(page, ready, "Blair Backup")
    frame = open_app(page, ready)
    tab(frame, "Configuration")

    expect(frame.get_by_text("Nov 25, 2026, 12:00 AM EST")).to_be_visible()
    expect(frame.get_by_label("Manual")).to_be_disabled()
    expect(frame.get_by_role("button", name="Save sync options")).to_be_disabled()
    check_axe(page, "configuration of the second administrator")
