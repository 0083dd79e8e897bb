"""The connection's form is drawn from the chosen system, whichever it is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from lti_app.models import Audit, SisConnection
from tests.factories import OURS
from tests.support.admin_pages import Pages, open_pages
from tests.support.other_sis import TYPED, with_other_sis

CHOSEN = {"sis": "other", "fields_of": "other"}


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[Pages]:
    with with_other_sis():
        yield open_pages(tmp_path)


def stored(pages: Pages) -> SisConnection:
    with pages.database() as session:
        return session.get_one(SisConnection, OURS)


def test_the_system_is_asked_first_and_then_its_own_fields(pages: Pages) -> None:
    shown = pages.words("/admin/configuration")
    other = pages.words("/admin/configuration/sis", sis="other", fields_of="eschoolplus")

    order = ["Student information system", "Domain", "Site Code", "Login Name", "Password"]
    assert [shown.index(each) for each in order] == sorted(shown.index(each) for each in order)
    order = ["Student information system", "Version", "Base address", "Token address", "Client secret"]
    assert [other.index(each) for each in order] == sorted(other.index(each) for each in order)
    assert "Site Code" not in other
    assert stored(pages).adapter == "eschoolplus"


def test_another_choice_is_not_saved_before_its_fields_were_shown(pages: Pages) -> None:
    kept = {"domain": "sis.example", "site_code": "1", "login_name": "api", "password": "x"}
    for verb in ("save", "test"):
        shown = pages.words(f"/admin/configuration/{verb}", sis="other", fields_of="eschoolplus", **kept)
        assert "Fill in the fields" in shown and "Base address" in shown

    assert stored(pages).adapter == "eschoolplus"


def test_another_system_is_saved_with_its_secrets_sealed(pages: Pages) -> None:
    shown = pages.press("/admin/configuration/save", **CHOSEN, **TYPED)

    row = stored(pages)
    assert (row.adapter, row.settings["version"]) == ("other", "1.2")
    assert json.loads(pages.wiring.vault.open(row.secrets)) == {"client_secret": "open sesame"}
    assert "open sesame" not in shown and "Connection to Another SIS" in shown


def test_a_secret_is_asked_for_again_when_any_address_changes(pages: Pages) -> None:
    pages.press("/admin/configuration/save", **CHOSEN, **TYPED)
    blank = {**TYPED, "client_secret": ""}

    for field in ("base_url", "token_url"):
        shown = pages.words("/admin/configuration/save", **CHOSEN, **{**blank, field: "https://evil.example"})
        assert "changed, so enter the client secret again" in shown
    pages.press("/admin/configuration/save", **CHOSEN, **{**blank, "client_id": "second"})

    assert stored(pages).settings == {
        "version": "1.2",
        "base_url": "https://sis.example/v1",
        "token_url": "https://login.example/token",
        "client_id": "second",
    }


def test_a_wrong_choice_and_a_missing_field_are_marked(pages: Pages) -> None:
    wrong = {**TYPED, "version": "7", "client_id": ""}

    shown = pages.words("/admin/configuration/save", **CHOSEN, **wrong)

    assert "isn’t one of the choices" in shown and "Enter the client id." in shown
    assert stored(pages).adapter == "eschoolplus"


def test_pages_of_a_district_name_the_system_that_it_has(pages: Pages) -> None:
    pages.press("/admin/configuration/save", **CHOSEN, **TYPED)

    for path in ("configuration", "configuration/first-read", "schools", "terms", "users", "grades"):
        shown = pages.words(f"/admin/{path}")
        without_choice = shown.replace("eSchoolPLUS OneRoster 1.1 or 1.2 Another SIS (1.1 and 1.2)", "")
        assert "eSchoolPLUS" not in without_choice, path
        assert "representative" not in without_choice, path
    assert "Another SIS" in pages.words("/admin/schools")


def test_a_stored_system_that_the_app_has_no_more_is_said_and_not_hidden(pages: Pages) -> None:
    with pages.database() as session:
        session.get_one(SisConnection, OURS).adapter = "gone"

    shown = pages.words("/admin/configuration")

    assert "Student information system" in shown and "Not set up" in shown


def test_the_change_of_system_is_audited_by_field(pages: Pages) -> None:
    pages.press("/admin/configuration/save", **CHOSEN, **TYPED)

    with pages.database() as session:
        lines = {row.what: (row.old, row.new, row.uid) for row in session.scalars(select(Audit))}
    assert lines["Student information system"] == ("eSchoolPLUS", "Another SIS (1.1 and 1.2)", "900")
    assert lines["SIS base address"] == ("", "https://sis.example/v1", "900")
    assert lines["SIS client secret"] == ("", "changed", "900")
