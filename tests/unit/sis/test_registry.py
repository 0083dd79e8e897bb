"""Adapters by name: found, described, built in one call; a refusal says which service it was."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from lti_app.sis import registry
from lti_app.sis.description import Description, FieldKind
from lti_app.sis.errors import Service, SisAuthError, SisConfigError, SisError, SisForbidden, SisUnavailable
from lti_app.sis.services import by_service, refused_gradebook
from tests.fakes import FakeSis
from tests.support.other_sis import OtherSis, with_other_sis


@pytest.fixture
def other() -> Iterator[Description]:
    with with_other_sis() as described:
        yield described


def test_the_keys_of_eschoolplus_are_those_that_were_promised() -> None:
    described = registry.description("eschoolplus")

    assert [each.name for each in described.fields] == ["domain", "site_code", "login_name", "password"]
    assert [each.name for each in described.secrets] == ["password"]
    assert list(described.places({"domain": "a", "site_code": "b"}).items()) == [
        ("domain", "a"),
        ("site_code", "b"),
    ]


def test_an_unknown_name_is_said_with_what_to_do() -> None:
    with pytest.raises(SisConfigError, match="called “gone”.*it has: eschoolplus.*Configuration tab"):
        registry.build("gone", {}, {})


def test_an_adapter_is_built_in_one_call_with_clock_and_sleep(other: Description) -> None:
    waits: list[float] = []

    made: Any = registry.build(
        "other", {"client_id": "a"}, {"client_secret": "b"}, sleep=waits.append, now=lambda: 5.0
    )

    assert isinstance(made, OtherSis)
    assert (made.settings, made.secrets) == ({"client_id": "a"}, {"client_secret": "b"})
    assert made.tools["now"]() == 5.0
    assert made.tools["sleep"] == waits.append and made.tools["network"] is None


def test_an_address_ties_secrets_and_a_version_changes_keys_only(other: Description) -> None:
    settings = {"base_url": "a", "token_url": "b", "version": "1.1", "client_id": "c"}

    assert other.places(settings) == {"base_url": "a", "token_url": "b"}
    assert other.identity(settings) == {"base_url": "a", "token_url": "b", "version": "1.1"}


def test_the_first_choice_is_the_default(other: Description) -> None:
    field = other.field("version")

    assert field is not None and (field.kind, field.default) == (FieldKind.CHOICE, "1.1")
    assert other.field("nothing") is None


class Refusing(FakeSis):
    """Raises what it is told, whatever is asked of its gradebook or its buildings."""

    def __init__(self, error: SisError) -> None:
        super().__init__()
        self.error = error

    def gradebook_settings(self, _section: str) -> Any:
        raise self.error

    def buildings(self) -> Any:
        raise self.error


@pytest.mark.parametrize(
    ("error", "alone"),
    [(SisForbidden("no"), True), (SisAuthError("no"), True), (SisUnavailable("no"), False)],
)
def test_a_refusal_of_the_gradebook_is_told_from_an_outage(error: SisError, alone: bool) -> None:
    with pytest.raises(SisError) as raised:
        by_service(Refusing(error)).gradebook_settings("1")

    assert raised.value.service is Service.GRADEBOOK
    assert refused_gradebook(raised.value) is alone


def test_a_refused_sign_in_stays_one_whatever_was_asked() -> None:
    error = SisAuthError("no")
    error.service = Service.SIGN_IN

    with pytest.raises(SisAuthError) as raised:
        by_service(Refusing(error)).gradebook_settings("1")

    assert not refused_gradebook(raised.value)


def test_a_refused_roster_is_no_matter_of_the_gradebook() -> None:
    with pytest.raises(SisForbidden) as raised:
        by_service(Refusing(SisForbidden("no"))).buildings()

    assert raised.value.service is None
    assert not refused_gradebook(raised.value)
