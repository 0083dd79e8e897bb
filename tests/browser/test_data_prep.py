"""1,000 students, and a district that used Schoology before: Data Prep in a browser, and no double."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, FrameLocator, Page, expect
from sqlalchemy import select

from lti_app import clock
from lti_app.extensions import db
from lti_app.models import Change, Installation, Link, PrepRow, Run, Staged
from lti_app.sandbox.district.make import make_district
from lti_app.sandbox.schoology.used_before import Truth, make_mess
from lti_app.store.district import District
from lti_app.sync.data_prep import decide
from tests.browser import conftest
from tests.browser.conftest import Address, Scene, choose_person, open_app, resize
from tests.browser.test_story import press, shoot, tab
from tests.support.used_before import corrected, duplicates, scores
from tests.support.world import DAY, complete

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.long_run]
STUDENTS = 1000


@pytest.fixture
def prepared(scene: Scene) -> Iterator[tuple[Scene, Truth]]:
    """Set up to the last step, nothing synced, and 40 % of the district in Schoology already."""
    for each in scene.district.buildings.values():
        if str(each.building) not in {there.building_code for there in scene.store.buildings.values()}:
            scene.store.add_building(each.name, str(each.building))
    with scene.app.app_context():
        installation = db.session.query(Installation).one()
        installation.claimed_by_uid, installation.claimed_at = "1", clock.now()
        complete(scene.app, installation, scene.store, Address(scene.sis_url))
    yield scene, make_mess(scene.store, scene.district)


@pytest.fixture
def of_a_thousand(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sandboxes of this module's scenes hold 1,000 students, and every school is in Schoology."""
    district = make_district(STUDENTS, 3, buildings=3, as_of=DAY.date())
    monkeypatch.setattr(conftest, "make_district", lambda *_args, **_kwargs: district)


def wait_for(frame: FrameLocator, words: str) -> None:
    expect(frame.get_by_text(words).first).to_be_visible(timeout=90_000)


def finished(frame: FrameLocator, words: str, name: str) -> None:
    """The job ended with these words, and the page is fresh."""
    wait_for(frame, words)
    tab(frame, name)


def open_table(frame: FrameLocator, name: str) -> None:
    tab(frame, "Data Prep")
    press(frame, f"Open {name}")
    expect(frame.get_by_role("heading", level=1, name=f"Data Prep: {name}")).to_be_visible()


def through_the_file(
    frame: FrameLocator, page: Page, name: str, *, known: dict[str, str], folder: Path
) -> None:
    """Download, correct as someone who knows everybody would, upload, apply."""
    path = folder / f"{name}.csv"
    with page.expect_download() as download:
        press(frame, f"Download {name} as CSV")
    text = Path(download.value.path()).read_text("utf-8")
    lines = corrected(text, known, set())
    out = io.StringIO()
    csv.writer(out, delimiter=";").writerows(lines)
    path.write_bytes(b"\xef\xbb\xbf" + out.getvalue().encode())
    frame.get_by_label("File to upload").set_input_files(str(path))
    press(frame, "Upload and check")
    expect(frame.get_by_role("heading", level=1, name=f"Checked file: {name}")).to_be_visible()


def test_a_district_that_is_there_already_is_taken_over_without_a_double(
    of_a_thousand: None,
    prepared: tuple[Scene, Truth],
    open_browser: Callable[..., BrowserContext],
    check_axe: Any,
    tmp_path: Path,
) -> None:
    scene, truth = prepared
    store = scene.store
    before = {"people": set(store.users), "courses": set(store.courses), "sections": set(store.sections)}
    page = open_browser(accept_downloads=True).pages[0]
    choose_person(page, scene, "Avery Admin")
    frame = open_app(page, scene)
    tab(frame, "Configuration")
    expect(frame.get_by_text("Data Prep hasn’t been run")).to_be_visible()

    tab(frame, "Data Prep")
    check_axe(page, "data prep, nothing read")
    press(frame, "Get data from both systems")
    finished(frame, "matches suggested", "Data Prep")
    shoot(page, "prep-01-read")
    no_wider_than_a_phone(page, frame, "data prep")
    check_axe(page, "data prep, read")
    with scene.app.app_context():
        found = scores(db.session, truth)
    for kind, score in found.items():
        print("\n".join(score.lines(kind)))  # noqa: T201 - the figures of the note
        assert score.wrong == 0, score.lines(kind)
        assert score.recall >= 0.95, score.lines(kind)

    open_table(frame, "users")
    shoot(page, "prep-02-users")
    no_wider_than_a_phone(page, frame, "the table")
    check_axe(page, "data prep, users")
    press(frame, "Accept all suggestions")
    expect(frame.get_by_text("matches accepted").first).to_be_visible()
    for name in ("courses", "sections"):
        open_table(frame, name)
        press(frame, "Accept all suggestions")
        expect(frame.get_by_text("matches accepted").first).to_be_visible()
    open_table(frame, "users")
    people = {uid: key for uid, key in truth.people.items() if uid not in truth.seconds}
    through_the_file(frame, page, "users", known=people, folder=tmp_path)
    shoot(page, "prep-04-file")
    no_wider_than_a_phone(page, frame, "the file")
    check_axe(page, "data prep, file")
    press(frame, "Apply file")
    finished(frame, "rows of the file applied", "Data Prep")
    open_table(frame, "users")
    press(frame, "Reactivate all…")
    press(frame, "Reactivate")
    wait_for(frame, "Accept and confirm the matches")
    decide_on_the_rest(frame, page, scene, check_axe)

    tab(frame, "Data Prep")
    store.traffic.reset()
    press(frame, "Confirm accepted matches")
    press(frame, "Link matches")
    finished(frame, "matches linked. Nothing was sent", "Data Prep")
    shoot(page, "prep-05-linked")
    assert store.traffic.writes == {}

    tab(frame, "Users")
    press(frame, "Sync everything")
    wait_for(frame, "changes applied")

    assert duplicates(store, before, truth) == {"people": [], "courses": [], "sections": []}
    everyone_once(scene)


def decide_on_the_rest(frame: FrameLocator, page: Page, scene: Scene, check_axe: Any) -> None:
    """Who still waits after the file of someone who knows everybody is no one in Schoology."""
    frame.get_by_label("Show", exact=True).select_option("undecided")
    press(frame, "Apply filters")
    frame.get_by_role("button", name="Decide", exact=True).first.click()
    expect(frame.get_by_role("heading", name="Possible matches")).to_be_visible()
    shoot(page, "prep-03-decide")
    no_wider_than_a_phone(page, frame, "one record")
    check_axe(page, "data prep, one record")
    press(frame, "None of these: create a new one")
    wait_for(frame, "The next sync creates a new record in Schoology")
    with scene.app.app_context():
        waiting = select(PrepRow.ident).where(
            PrepRow.kind == "user", PrepRow.side == "sis", PrepRow.status.in_(("ambiguous", "conflict"))
        )
        for sis_id in db.session.scalars(waiting).all():
            decide.make_new(District(db.session, 1), "user", sis_id, who=Avery())
            decide.write_status(District(db.session, 1), "user", sis_id=sis_id, schoology_id="")
        db.session.commit()


class Avery:
    """Who decides where the browser has shown how."""

    uid, name = "1", "Avery Admin"


def everyone_once(scene: Scene) -> None:
    """Everybody and everything that can be used is in Schoology once; what is blocked is what was planted."""
    store = scene.store
    there = {
        "user": set(map(str, store.users)),
        "course": set(map(str, store.courses)),
        "section": set(map(str, store.sections)),
        "enrollment": set(map(str, store.enrollments)),
    }
    with scene.app.app_context():
        run = db.session.scalars(select(Run).where(Run.what == "all").order_by(Run.id.desc())).first()
        assert run is not None
        failed = [
            (each.sis_id, each.action, each.reason, each.words)
            for each in db.session.scalars(
                select(Change).where(Change.run_id == run.id, Change.state == "failed")
            )
        ]
        assert failed == []
        for kind, objects in there.items():
            wanted = _ids(select(Staged.sis_id).where(*_staged(run, kind, "ok")))
            rows = select(Link.sis_id, Link.schoology_id).where(Link.kind == kind)
            linked = dict(map(tuple, db.session.execute(rows)))
            assert set(linked) == wanted, kind
            assert set(linked.values()) <= objects, kind
            assert len(set(linked.values())) == len(linked), kind
        blocked = {kind: _ids(select(Staged.sis_id).where(*_staged(run, kind, "blocked"))) for kind in there}
    assert blocked == planted_as_bad(scene)


def _staged(run: Run, kind: str, state: str) -> tuple[Any, ...]:
    return Staged.run_id == run.id, Staged.kind == kind, Staged.state == state


def _ids(query: Any) -> set[str]:
    return set(db.session.scalars(query))


def planted_as_bad(scene: Scene) -> dict[str, set[str]]:
    """What the district knows to be unusable, by kind."""
    district = scene.district
    shared = district.planted.get("shared_id", [])
    no_way_in = {
        each for each in district.planted.get("username_with_space", []) if not district.students[each].email
    }
    people = {f"student:{each}" for each in no_way_in}
    people |= {f"staff:{each}" for each in shared}
    courses = set(district.planted.get("course_without_title", []))
    sections = district.sections
    bad = {key for key, each in sections.items() if f"{each.building}|{each.course}" in courses}
    nobody = {each.replace("|", ":student:") for each in district.planted["enrollment_of_unknown_student"]}
    seats = {
        f"{key}:student:{row.student_id}"
        for key, rows in district.enrollments.items()
        for row in rows
        if row.open_on(DAY.date()) and not row.modeled
    }
    seats |= {
        f"{key}:staff:{teacher}"
        for key, each in sections.items()
        for session in each.sessions
        for teacher in (session.primary_staff_id, *session.co_staff_ids)
    }
    unusable = {
        each
        for each in seats
        if int(each.partition(":")[0]) in bad or each.partition(":")[2] in people or each in nobody
    }
    return {"user": people, "course": courses, "section": set(map(str, bad)), "enrollment": unusable}


def no_wider_than_a_phone(page: Page, frame: FrameLocator, name: str) -> None:
    """At 320 px nothing has to be moved sideways."""
    size = page.viewport_size
    resize(page, 320, 700)
    wide = frame.locator("html").evaluate("each => each.scrollWidth - each.clientWidth")
    assert wide <= 0, f"{name} is {wide} px too wide"
    assert size is not None
    resize(page, size["width"], size["height"])
