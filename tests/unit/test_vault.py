"""Secrets at rest can be read with the right key and with no other."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from lti_app.vault import Vault, VaultError

OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))


@given(st.text())
def test_what_was_sealed_can_be_opened(secret: str) -> None:
    vault = Vault([NEW])
    assert vault.open(vault.seal(secret)) == secret


def test_a_sealed_text_does_not_show_what_it_holds() -> None:
    assert "hunter2" not in Vault([NEW]).seal("hunter2")


def test_the_same_secret_is_sealed_differently_each_time() -> None:
    vault = Vault([NEW])
    assert vault.seal("hunter2") != vault.seal("hunter2")


def test_a_former_key_still_opens_what_it_sealed() -> None:
    assert Vault([NEW, OLD]).open(Vault([OLD]).seal("hunter2")) == "hunter2"


def test_after_resealing_the_former_key_is_not_needed() -> None:
    resealed = Vault([NEW, OLD]).reseal(Vault([OLD]).seal("hunter2"))
    assert Vault([NEW]).open(resealed) == "hunter2"


def test_a_keyed_hash_tells_two_texts_apart_and_nothing_without_the_key() -> None:
    assert Vault([NEW]).keyed_hash("2011-03-04") == Vault([NEW, OLD]).keyed_hash("2011-03-04")
    others = {Vault([NEW]).keyed_hash("2011-03-05"), Vault([OLD]).keyed_hash("2011-03-04")}
    assert len({Vault([NEW]).keyed_hash("2011-03-04"), *others}) == 3


@pytest.mark.parametrize(
    "sealed", ["", "plain text", Vault([OLD]).seal("hunter2")], ids=["nothing", "plain", "foreign"]
)
def test_a_secret_that_no_key_opens_is_reported_with_a_fix(sealed: str) -> None:
    with pytest.raises(VaultError, match="keys rotate"):
        Vault([NEW]).open(sealed)


def test_a_changed_text_is_not_opened() -> None:
    sealed = Vault([NEW]).seal("hunter2")
    changed = sealed[:-2] + ("A" if sealed[-2] != "A" else "B") + sealed[-1]
    with pytest.raises(VaultError):
        Vault([NEW]).open(changed)
