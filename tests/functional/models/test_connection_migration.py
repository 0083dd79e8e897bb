"""The connection of an existing district lives through the upgrade, and back, on both databases."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import text

from lti_app.extensions import db
from lti_app.models import SisConnection
from lti_app.school.reasons import NO_REASON
from lti_app.vault import Vault, VaultError
from tests.functional.models.test_migrations import app, empty

__all__ = ["app", "empty"]
BEFORE, SINCE = "0011", "0012"
PLATFORM = "INSERT INTO platform VALUES (1, 'i', 'c', 'a', 't', 'j', 'k', '')"
INSTALLATION = (
    "INSERT INTO installation (id, platform_id, deployment_id, name, schoology_domains, consumer_key, "
    "consumer_secret, time_zone, setup_code_hash, claimed_by_uid, claimed_by_name, require_state_cookie, "
    "paused_reason) VALUES (1, 1, 'd', 'n', '[]', '', '', 'UTC', '', '', '', FALSE, '')"
)
CONNECTION = (
    "INSERT INTO sis_connection (installation_id, adapter, domain, site_code, login_name, password, product, "
    "version, capabilities, problem, preview_confirmed_by, preview_confirmed_at) VALUES (1, 'eschoolplus', "
    "'esp.example.org', 'NORTH', 'api', :password, 'eSchoolPLUS', '21.4.2', '[]', '', 'Ada', '2026-11-23')"
)


def vault(app: Flask) -> Vault:
    found: Vault = app.extensions["wiring"].vault
    return found


def with_connection(password: str) -> None:
    """A database of the version before, with a district that is connected."""
    upgrade(revision=BEFORE)
    with db.engine.begin() as connection:
        for statement in (PLATFORM, INSTALLATION):
            connection.execute(text(statement))
        connection.execute(text(CONNECTION), {"password": password})


def old_row() -> Any:
    with db.engine.begin() as connection:
        return connection.execute(text("SELECT * FROM sis_connection")).one()


def test_a_connection_is_the_same_after_the_upgrade_and_back(app: Flask) -> None:
    with_connection(vault(app).seal("open sesame"))

    upgrade()

    row = db.session.get_one(SisConnection, 1)
    assert row.settings == {"domain": "esp.example.org", "site_code": "NORTH", "login_name": "api"}
    assert json.loads(vault(app).open(row.secrets)) == {"password": "open sesame"}
    assert (row.secret_names, row.move, row.gradebook_problem) == (["password"], {}, NO_REASON)
    assert row.preview_confirmed_at is not None and row.version == "21.4.2"
    db.session.remove()
    downgrade(revision=BEFORE)
    before = old_row()
    assert (before.domain, before.site_code, before.login_name) == ("esp.example.org", "NORTH", "api")
    assert vault(app).open(before.password) == "open sesame"


def test_a_connection_without_a_password_has_no_secrets(app: Flask) -> None:
    with_connection("")

    upgrade()

    row = db.session.get_one(SisConnection, 1)
    assert (row.secrets, row.secret_names) == ("", [])


def test_a_password_whose_key_is_gone_is_not_lost(app: Flask) -> None:
    """The upgrade stops with the remedy, and nothing has changed."""
    with_connection("sealed with another key")

    with pytest.raises(VaultError, match="LTI_APP_SECRET_KEYS"):
        upgrade(revision=SINCE)

    assert old_row().password == "sealed with another key"
