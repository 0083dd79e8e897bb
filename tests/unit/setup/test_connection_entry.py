"""What may be entered for a connection, whatever the SIS: one set of rules for form and command line."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from lti_app.models import Audit, SisConnection
from lti_app.setup import connection
from lti_app.setup.connection_entry import (
    differs,
    entry_of,
    is_complete,
    moved_places,
    opened,
    problems,
    sealed,
)
from lti_app.store import audit
from lti_app.store.district import District
from lti_app.vault import Vault, VaultError
from tests.factories import OURS, add_sis_connection, open_database
from tests.support.other_sis import ADDRESS, TYPED, with_other_sis

VAULT = Vault([b64encode(b"a key of thirty-two bytes, exact").decode()])
EMPTY = connection.blank(OURS)


@pytest.fixture(autouse=True)
def other() -> Iterator[None]:
    with with_other_sis():
        yield


def stored(**settings: str) -> SisConnection:
    """A stored connection to the other SIS with both secrets."""
    kept = {name: TYPED[name] for name in (*ADDRESS, "version", "client_id")}
    row = connection.blank(OURS)
    row.adapter, row.settings = "other", {**kept, **settings}
    row.secrets = VAULT.seal(json.dumps({"client_secret": "open sesame", "extra": "tell nobody"}))
    row.secret_names = ["client_secret", "extra"]
    return row


def entered(**typed: str) -> Any:
    return entry_of("other", {**TYPED, "client_secret": "", **typed})


def test_a_whole_entry_has_no_problem_and_an_empty_one_names_each_field() -> None:
    assert problems(entry_of("other", TYPED), EMPTY) == {}
    assert set(problems(entry_of("other", {}), EMPTY)) == {"base_url", "client_id", "client_secret"}


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"base_url": "two words"}, "isn’t a valid base address. It looks like https://sis.example/v1"),
        ({"base_url": "https://user@sis.example"}, "isn’t a valid base address"),
        ({"token_url": "ftp://login.example"}, "isn’t a valid token address"),
        ({"version": "3"}, "“3” isn’t one of the choices: 1.1, 1.2"),
        ({"client_id": "x" * 21}, "at most 20 characters"),
        ({"client_secret": "x" * 256}, "at most 255 characters"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(typed: dict[str, str], words: str) -> None:
    found = problems(entry_of("other", {**TYPED, **typed}), EMPTY)

    assert list(found) == list(typed)
    assert words in found[next(iter(typed))]


@pytest.mark.parametrize("place", [{"base_url": "https://evil.example"}, {"token_url": ""}])
def test_every_address_that_a_secret_goes_to_asks_for_it_again(place: dict[str, str]) -> None:
    found = problems(entered(**place), stored())

    assert "changed, so enter the client secret again" in found["client_secret"]
    assert "changed, so enter the extra header value again" not in found.get("extra", "")
    assert sealed(entered(**place), stored(), VAULT) == ("", [])


def test_a_new_address_where_there_was_none_asks_too() -> None:
    assert moved_places(entered(), stored(token_url="")) == ["Token address"]


def test_what_says_nothing_of_the_place_keeps_the_secrets() -> None:
    row = stored()
    entry = entered(client_id="other", version="1.1")

    assert problems(entry, row) == {}
    assert sealed(entry, row, VAULT) == (row.secrets, row.secret_names)


def test_one_secret_of_two_is_replaced_and_the_other_kept() -> None:
    row = stored()

    row.secrets, row.secret_names = sealed(entered(extra="new"), row, VAULT)

    assert opened(row, VAULT) == {"client_secret": "open sesame", "extra": "new"}
    assert row.secret_names == ["client_secret", "extra"]


def test_another_system_gets_no_secret_of_the_one_before() -> None:
    entry = entry_of("eschoolplus", {"domain": "a.example", "site_code": "1", "login_name": "b"})

    assert problems(entry, stored()) == {
        "password": "Enter the password you got from your eSchoolPLUS representative."
    }
    assert sealed(entry, stored(), VAULT) == ("", [])


def test_a_lost_key_matters_only_where_a_secret_is_kept() -> None:
    row = stored()
    row.secrets = "sealed with another key"

    with pytest.raises(VaultError):
        sealed(entered(extra="b"), row, VAULT)
    row.secrets, row.secret_names = sealed(entered(client_secret="a", extra="b"), row, VAULT)

    assert opened(row, VAULT) == {"client_secret": "a", "extra": "b"}


def test_only_a_difference_is_one() -> None:
    assert not differs(entered(), stored())
    assert differs(entered(client_secret="open sesame"), stored())
    assert differs(entered(version="1.1"), stored())


def test_a_connection_is_complete_with_what_its_own_system_needs() -> None:
    assert is_complete(stored())
    assert is_complete(stored(token_url=""))
    assert not is_complete(stored(base_url=""))
    assert not is_complete(EMPTY)
    gone = stored()
    gone.adapter = "gone"
    assert not is_complete(gone)
    without = stored()
    without.secret_names = ["extra"]
    assert not is_complete(without)


def test_a_change_of_system_is_audited_field_by_field_and_no_secret_is_shown() -> None:
    session = open_database()
    add_sis_connection(session, preview_confirmed_at=None)
    district = District(session, OURS)

    connection.save(district, entry_of("other", TYPED), audit.THE_HOST, VAULT)

    lines = {each.what: (each.old, each.new) for each in session.scalars(select(Audit))}
    assert lines["Student information system"] == ("eSchoolPLUS", "Another SIS (1.1 and 1.2)")
    assert lines["SIS domain"] == ("sis.example", "")
    assert lines["SIS version"] == ("", "Version 1.2")
    assert lines["SIS client secret"] == ("", "changed")
    assert not any("open sesame" in f"{each}" for each in lines.values())
    row = session.get_one(SisConnection, OURS)
    assert "domain" not in row.settings and "open sesame" not in row.secrets
