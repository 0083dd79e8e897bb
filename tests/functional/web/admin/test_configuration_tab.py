"""Credentials, test, time zone, steps and the first read, through the pages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import delete, select

from lti_app.models import Audit, BuildingRow, Installation, Job, Run, SisConnection
from lti_app.runs.words import sentence
from lti_app.sis.errors import SisAuthError, SisConfigError, SisUnavailable, SisVersionError
from tests.factories import OURS, THEIRS, add_building, add_staged, set_options
from tests.support.admin_pages import Pages, open_pages
from tests.support.listing import ListingSis, set_far_ends

TYPED = {"domain": "esp.example.org", "site_code": "NORTH", "login_name": "api", "password": "open sesame"}
KEPT = {"domain": "sis.example", "site_code": "1", "login_name": "api", "password": ""}


@pytest.fixture
def pages(tmp_path: Path) -> Pages:
    return open_pages(tmp_path)


@pytest.fixture
def sis(pages: Pages) -> ListingSis:
    return set_far_ends(pages)[0]


def connection(pages: Pages) -> SisConnection:
    with pages.database() as session:
        return session.get_one(SisConnection, OURS)


def forget_connection(pages: Pages) -> None:
    with pages.database() as session:
        session.execute(delete(SisConnection))


def test_a_new_installation_sees_the_steps_with_the_first_one_next(pages: Pages) -> None:
    forget_connection(pages)

    shown = pages.words("/admin/configuration")

    assert "1 of 9 steps done" in shown
    assert shown.index("API access Next") < shown.index("Credentials To do") < shown.index("Schools To do")
    assert shown.index("Terms To do") < shown.index("Data Prep Optional") < shown.index("Users To do")


def test_the_page_calls_the_wire_profile_unverified_and_shows_both_ways(pages: Pages) -> None:
    shown = pages.words("/admin/configuration")

    assert "connection hasn’t been verified" in shown
    assert "From eSchoolPLUS to Schoology." in shown
    assert "From Schoology to eSchoolPLUS." in shown


def test_saved_credentials_are_sealed_and_the_password_is_never_shown(pages: Pages) -> None:
    forget_connection(pages)

    shown = pages.press("/admin/configuration/save", **TYPED)

    row = connection(pages)
    assert row.settings == {"domain": "esp.example.org", "site_code": "NORTH", "login_name": "api"}
    assert "open sesame" not in shown
    assert "open sesame" not in row.secrets
    assert json.loads(pages.wiring.vault.open(row.secrets)) == {"password": "open sesame"}
    assert "Leave blank to keep it" in shown


def test_a_blank_password_keeps_the_one_there(pages: Pages) -> None:
    pages.press("/admin/configuration/save", **{**KEPT, "login_name": "other"})

    row = connection(pages)
    assert (row.settings["login_name"], row.secrets) == ("other", "sealed")


def test_another_domain_asks_for_the_password_again(pages: Pages, sis: ListingSis) -> None:
    elsewhere = {**KEPT, "domain": "evil.example"}

    assert "enter the password again" in pages.words("/admin/configuration/save", **elsewhere)
    assert "enter the password again" in pages.words("/admin/configuration/test", **elsewhere)
    assert connection(pages).settings["domain"] == "sis.example"


def test_another_server_needs_a_new_first_read_and_a_new_test(pages: Pages) -> None:
    pages.press("/admin/configuration/save", **TYPED)

    row = connection(pages)
    assert (row.preview_confirmed_at, row.checked_at) == (None, None)


@pytest.mark.parametrize("domain", ["", "two words", "ftp://host", "host?x=1", "user@host"])
def test_a_domain_that_is_none_is_refused_at_its_field(pages: Pages, domain: str) -> None:
    shown = pages.press("/admin/configuration/save", **{**TYPED, "domain": domain})

    assert 'aria-invalid="true"' in shown
    assert connection(pages).settings["domain"] == "sis.example"


def test_each_change_is_audited_and_the_password_only_as_changed(pages: Pages) -> None:
    pages.press("/admin/configuration/save", **TYPED)

    with pages.database() as session:
        lines = {row.what: (row.old, row.new, row.uid) for row in session.scalars(select(Audit))}
    assert lines["SIS domain"] == ("sis.example", "esp.example.org", "900")
    assert lines["SIS password"] == ("", "changed", "900")


def test_testing_what_is_saved_keeps_what_was_found(pages: Pages, sis: ListingSis) -> None:
    shown = pages.words("/admin/configuration/test", **KEPT)

    assert "The connection works: eSchoolPLUS 21.4.2, 0 schools found." in shown
    assert connection(pages).version == "21.4.2"


def test_what_works_is_tested_and_saved_with_one_press_and_one_message(pages: Pages, sis: ListingSis) -> None:
    shown = pages.words("/admin/configuration/test", **TYPED)

    assert shown.count("Saved. The connection works: eSchoolPLUS 21.4.2, 0 schools found.") == 1
    assert (connection(pages).settings["domain"], connection(pages).version) == ("esp.example.org", "21.4.2")


def test_what_does_not_work_takes_the_place_of_nothing_that_works(pages: Pages, sis: ListingSis) -> None:
    sis.error = SisAuthError("Login name or password were refused.")

    shown = pages.press("/admin/configuration/test", **TYPED)

    assert "Nothing was saved" in shown and 'value="esp.example.org"' in shown
    assert connection(pages).settings["domain"] == "sis.example"
    with pages.database() as session:
        session.get_one(SisConnection, OURS).checked_at = None
    shown = pages.press("/admin/configuration/test", **TYPED)
    assert shown.count("Login name or password were refused.") == 2  # the step says it, too
    assert "Saved, but the connection doesn’t work yet." in shown
    assert connection(pages).settings["domain"] == "esp.example.org"


@pytest.mark.parametrize(
    "error",
    [
        SisAuthError("Login name or password were refused."),
        SisConfigError("There is no site 1."),
        SisVersionError("eSchoolPLUS 2.9 is too old: 3.0 or higher is required."),
    ],
)
def test_a_refused_test_says_why_and_stays_on_the_page(
    pages: Pages, sis: ListingSis, error: SisAuthError | SisConfigError | SisVersionError
) -> None:
    sis.error = error

    assert str(error) in pages.words("/admin/configuration/test", **KEPT)
    assert sentence(connection(pages).problem) == str(error)
    assert str(error) in pages.words("/admin/configuration")


def test_an_outage_is_said_but_does_not_void_the_credentials(pages: Pages, sis: ListingSis) -> None:
    sis.error = SisUnavailable("The SIS did not answer within 30 s.")

    assert "did not answer" in pages.words("/admin/configuration/test", **KEPT)
    assert not connection(pages).problem


def test_the_time_zone_is_saved_by_itself(pages: Pages) -> None:
    pages.press("/admin/configuration/time-zone", time_zone="America/Denver")
    refused = pages.words("/admin/configuration/time-zone", time_zone="Mars/Olympus")

    with pages.database() as session:
        assert session.get_one(Installation, OURS).time_zone == "America/Denver"
        assert session.scalars(select(Audit.new)).all() == ["America/Denver"]
    assert "Nothing was saved" in refused


@pytest.mark.parametrize(
    "verb", ["save", "test", "time-zone", "preview", "confirm-preview", "first-read/cancel"]
)
def test_another_administrator_may_look_but_not_change(pages: Pages, verb: str) -> None:
    second = pages.as_person("901")

    assert "Only the Acting User can change this" in second.words("/admin/configuration")
    second.press(f"/admin/configuration/{verb}", expect=403, **TYPED)
    assert connection(pages).settings["domain"] == "sis.example"


def test_the_first_read_needs_a_mapped_school_and_says_so(pages: Pages) -> None:
    shown = pages.words("/admin/configuration/preview")

    assert "Not started. Complete the “Schools” step first." in shown


def read_once(pages: Pages) -> None:
    with pages.database() as session:
        add_building(session, "10", name="North High")
    pages.press("/admin/configuration/preview")
    with pages.database() as session:
        job = session.scalars(select(Job)).one()
    pages.run_job(job.id)


def test_the_first_read_shows_what_was_found_and_waits_for_a_person(pages: Pages) -> None:
    pages.press("/admin/configuration/save", **TYPED)
    with pages.database() as session:
        session.get_one(SisConnection, OURS).checked_at = session.get_one(Installation, OURS).claimed_at
    read_once(pages)

    with pages.database() as session:
        run = session.scalars(select(Run)).one()
    empty = pages.words("/admin/configuration/first-read")
    assert "there’s nothing to check" in empty and "Confirm data" not in empty
    assert "nothing to check" in pages.words("/admin/configuration/confirm-preview", run=run.id)
    with pages.database() as session:
        role = {"building": "10", "payload": '{"name_first": "Ada", "role_id": "5"}'}
        add_staged(session, run, "user", "student:1", **role)
        add_staged(session, run, "user", "student:2", state="blocked", reason_code="name_empty")
        set_options(session, role_ids={"student": "5"})

    shown = pages.words("/admin/configuration/first-read")
    assert "Needs your review" in shown and "Confirm data" in shown
    assert "Student, North High" in shown and "1 user: no name in the SIS" in shown
    shown = pages.words("/admin/configuration/confirm-preview", run=run.id)

    assert "Confirmed" in shown
    assert connection(pages).preview_confirmed_by == "Person 900"


def test_a_read_that_is_not_on_the_page_cannot_be_confirmed(pages: Pages) -> None:
    pages.press("/admin/configuration/save", **TYPED)

    shown = pages.words("/admin/configuration/confirm-preview", run=5)

    assert "Not confirmed" in shown
    assert connection(pages).preview_confirmed_at is None


def test_asking_twice_reads_once(pages: Pages) -> None:
    with pages.database() as session:
        add_building(session, "10")
    pages.press("/admin/configuration/preview")

    assert "already" in pages.words("/admin/configuration/preview")
    with pages.database() as session:
        assert len(session.scalars(select(Job)).all()) == 1


def test_another_district_sees_nothing_of_ours(pages: Pages) -> None:
    other = pages.as_person("800", THEIRS)

    assert "sis.example" not in other.press("/admin/configuration")
    other.press("/admin/configuration/save", **TYPED)
    assert connection(pages).settings["domain"] == "sis.example"
    with pages.database() as session:
        assert session.scalars(select(BuildingRow)).all() == []
