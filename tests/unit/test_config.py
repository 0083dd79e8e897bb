"""Settings come from the environment once, and everything that is wrong with them is said at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from lti_app.config import REAL_SCHOOLOGY_API, Settings, SettingsError, read_settings

KEY = Fernet.generate_key().decode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "instance"


def read(folder: Path, **environ: str) -> Settings:
    return read_settings({"LTI_APP_SECRET_KEYS": KEY, **environ}, folder)


def problems(folder: Path, environ: dict[str, str]) -> str:
    with pytest.raises(SettingsError) as caught:
        read_settings(environ, folder)
    return str(caught.value)


def test_a_key_is_all_that_must_be_given(folder: Path) -> None:
    found = read(folder)
    assert found.database_url == f"sqlite:///{folder / 'app.sqlite'}"
    assert folder.is_dir()
    assert found.schoology_api_url == REAL_SCHOOLOGY_API
    assert found.schoology_pace == (15, 5.0)
    assert not found.allow_private_sis_hosts


def test_every_problem_is_named_at_once(folder: Path) -> None:
    told = problems(
        folder,
        {
            "LTI_APP_DATABASE_URL": "mysql://host/name",
            "LTI_APP_PUBLIC_URL": "sync.example",
            "LTI_APP_SCHOOLOGY_API_URL": "ftp://api.example",
            "LTI_APP_TASKS": "magic",
            "LTI_APP_ALLOW_PRIVATE_SIS_HOSTS": "1",
            "LTI_APP_DEMO": "perhaps",
            "LTI_APP_LOG_LEVEL": "LOUD",
            "LTI_APP_SCHOOLOGY_PACE": "fast",
        },
    )
    for name in (
        "DATABASE_URL",
        "SECRET_KEYS",
        "PUBLIC_URL",
        "SCHOOLOGY_API_URL",
        "TASKS",
        "ALLOW_PRIVATE_SIS_HOSTS",
        "LOG_LEVEL",
        "SCHOOLOGY_PACE",
    ):
        assert f"LTI_APP_{name}" in told


def test_a_missing_key_comes_with_the_way_to_make_one(folder: Path) -> None:
    assert "Fernet.generate_key" in problems(folder, {})


def test_keys_are_kept_newest_first(folder: Path) -> None:
    older = Fernet.generate_key().decode()
    assert read(folder, LTI_APP_SECRET_KEYS=f" {KEY} , {older},").secret_keys == (KEY, older)


def test_a_key_of_the_wrong_shape_is_named_by_its_place_and_not_shown(folder: Path) -> None:
    told = problems(folder, {"LTI_APP_SECRET_KEYS": f"{KEY},hunter2"})
    assert "key 2" in told
    assert "hunter2" not in told


@pytest.mark.parametrize("scheme", ["postgresql", "postgresql+psycopg"])
def test_postgresql_is_reached_through_psycopg(folder: Path, scheme: str) -> None:
    found = read(folder, LTI_APP_DATABASE_URL=f"{scheme}://u:p@host/name")
    assert found.database_url == "postgresql+psycopg://u:p@host/name"


def test_a_bad_database_url_is_not_shown_with_its_password(folder: Path) -> None:
    told = problems(folder, {"LTI_APP_SECRET_KEYS": KEY, "LTI_APP_DATABASE_URL": "mysql://u:hunter2@host/n"})
    assert "hunter2" not in told


def test_addresses_lose_the_slash_at_their_end(folder: Path) -> None:
    assert read(folder, LTI_APP_PUBLIC_URL="https://sync.example/").public_url == "https://sync.example"


@pytest.mark.parametrize(("text", "meant"), [("1", True), ("YES", True), ("", False), ("off", False)])
def test_switches_are_read_in_the_usual_words(folder: Path, text: str, meant: bool) -> None:
    assert read(folder, LTI_APP_DEMO=text).allow_private_sis_hosts is meant


@pytest.mark.parametrize("text", ["0/5", "15/0", "15", "-1/5", "15/5/5"])
def test_a_pace_that_would_stand_still_is_refused(folder: Path, text: str) -> None:
    told = problems(folder, {"LTI_APP_SECRET_KEYS": KEY, "LTI_APP_SCHOOLOGY_PACE": text})
    assert "LTI_APP_SCHOOLOGY_PACE" in told


def test_a_pace_may_have_parts_of_seconds(folder: Path) -> None:
    assert read(folder, LTI_APP_SCHOOLOGY_PACE="50/2.5").schoology_pace == (50, 2.5)


@pytest.mark.parametrize(
    "url",
    [
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///app.sqlite",
        "sqlite:////folder/app.sqlite?mode=rw",
        "sqlite+aiosqlite:////folder/app.sqlite",
        "postgresql+psycopg2://host/name",
        "postgres://host/name",
        "postgresql://host:port/name",
    ],
)
def test_a_database_that_could_not_be_opened_or_kept_is_refused(folder: Path, url: str) -> None:
    assert problems(folder, {"LTI_APP_SECRET_KEYS": KEY, "LTI_APP_DATABASE_URL": url}).count("\n") == 1


@pytest.mark.parametrize("rest", ["[", "host:port", "host:99999", "", "[::1"])
@pytest.mark.parametrize("name", ["PUBLIC_URL", "SCHOOLOGY_API_URL", "SMTP_URL"])
def test_an_address_that_no_one_can_read_is_refused(folder: Path, name: str, rest: str) -> None:
    scheme = "smtp" if name == "SMTP_URL" else "https"
    told = problems(folder, {"LTI_APP_SECRET_KEYS": KEY, f"LTI_APP_{name}": f"{scheme}://{rest}"})
    assert f"LTI_APP_{name} must be" in told
