"""Every page, email, file and command of a district that has seen everything holds words of people only."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from lti_app import clock
from lti_app.extensions import db
from lti_app.models import Audit, Job, Run, SisConnection, Staged
from lti_app.operations import emails
from lti_app.school.reasons import NO_REASON, other
from lti_app.school.records import Kind
from lti_app.store.district import District
from tests.functional.web.admin.test_held_pages import Office
from tests.support.admin_pages import launch_acting_user
from tests.support.leaks import leaks
from tests.support.world import make_synced

TABS = (
    "overview",
    "configuration",
    "schools",
    "terms",
    "users",
    "courses",
    "sections",
    "data-prep",
    "grades",
    "logs",
)
MORE = ("configuration/first-read", "limits", "live", "missing", "rollover", "logs/settings")


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Synced, previewed, checked, prepared, rehearsed, held, and changed by hand."""
    folder: Path = tmp_path_factory.mktemp("district")
    with make_synced(folder, public_url="http://localhost") as world:
        office = Office(world, launch_acting_user(world.app))
        press = office.pages.press
        press("/admin/configuration/mail", mail_to="office@district.example", daily_summary="y")
        press("/admin/configuration/timing", mode="daily", window="3")
        press("/admin/logs/drift")
        office.run_queue()
        press("/admin/data-prep/read")
        office.run_queue()
        press("/admin/rollover/rehearse", day="2027-07-01")
        office.run_queue()
        office.lose(0.5)
        world.sync()
        yield office


def jobs(office: Office) -> list[int]:
    with office.world.app.app_context():
        return [each for (each,) in db.session.query(Job.id).order_by(Job.id)]


def records(office: Office) -> list[tuple[str, str]]:
    """Of each kind one that is wanted, one left out and one blocked, where there are such."""
    with office.world.app.app_context():
        wanted = db.session.query(Staged.kind, Staged.sis_id, Staged.state).filter(
            Staged.kind.in_(list(Kind))
        )
        rows = wanted.order_by(Staged.run_id.desc()).all()
    found = {(kind, state): (kind, sis_id) for kind, sis_id, state in rows}
    return sorted(found.values())


def read(office: Office, path: str, **fields: object) -> list[str]:
    """What leaks on a page, but for what Schoology itself calls its grading periods."""
    text = office.pages.words(path, **fields)
    for period in office.world.store.grading_periods.values():
        text = text.replace(period.title, "")
    return leaks(text)


@pytest.mark.parametrize("path", [*TABS, *MORE])
def test_a_page_shows_no_stored_name(office: Office, path: str) -> None:
    assert read(office, f"/admin/{path}") == []


def test_what_is_wrong_is_told_on_every_tab_in_words(office: Office) -> None:
    with office.world.app.app_context():
        db.session.get_one(SisConnection, 1).problem = other("refused")
        db.session.commit()
    try:
        assert "The SIS refused the app because of its credentials" in office.pages.words("/admin/users")
    finally:
        with office.world.app.app_context():
            db.session.get_one(SisConnection, 1).problem = NO_REASON
            db.session.commit()


def test_no_run_shows_a_stored_name(office: Office) -> None:
    shown = {job: read(office, "/admin/logs/run", job=job) for job in jobs(office)}
    assert len(shown) > 4
    assert {job: found for job, found in shown.items() if found} == {}


def test_no_record_shows_a_stored_name(office: Office) -> None:
    asked = records(office)
    shown = {sis_id: read(office, "/admin/why/record", kind=kind, sis_id=sis_id) for kind, sis_id in asked}
    assert len(shown) > 3
    assert {sis_id: found for sis_id, found in shown.items() if found} == {}


def test_no_file_holds_a_stored_name(office: Office) -> None:
    files = [office.pages.press("/admin/logs/run/csv", job=job) for job in jobs(office)]
    files.append(office.pages.press("/admin/logs/settings/csv"))
    assert [found for each in files if (found := leaks(each, days=False))] == []


def test_no_command_prints_a_stored_name(office: Office) -> None:
    run = office.world.app.test_cli_runner()
    with office.world.app.app_context():
        numbers = [each for (each,) in db.session.query(Run.id)]
    outputs = [run.invoke(args=["sync", "show", str(number)]).output for number in numbers]
    outputs.append(run.invoke(args=["jobs", "list"]).output)
    assert [found for each in outputs if (found := leaks(each, days=False))] == []


def test_no_email_holds_a_stored_name(office: Office) -> None:
    with office.world.app.app_context():
        connection = db.session.get_one(SisConnection, 1)
        connection.problem = other("refused")
        now = clock.now()
        district = District(db.session, 1)
        said = emails.summary(district, now - timedelta(days=2), now + timedelta(days=1))
        db.session.rollback()
    assert "The SIS refused the app" in said
    assert leaks(said) == []


def test_the_history_of_settings_holds_no_dump(office: Office) -> None:
    with office.world.app.app_context():
        lines = db.session.query(Audit).all()
        assert len(lines) > 1
        told = [f"{each.what} {each.old} {each.new}" for each in lines]
    assert [found for each in told if (found := leaks(each))] == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("one: done_with_problems", ["done_with_problems"]),
        ("Sync of contact:5000001", ["contact:5000001"]),
        ("on 2026-11-30", ["2026-11-30"]),
        ("Role: guardian", ["guardian"]),
        ('{"drop_share": 0.2}', ['{"drop_share":', "drop_share"]),
        ("['a', 'b']", ["['a',"]),
        ("Ada Lee, ada_lee@d.example, {building_code}-{course}", []),
    ],
)
def test_a_leak_is_seen(text: str, found: list[str]) -> None:
    assert leaks(text) == sorted(found)
