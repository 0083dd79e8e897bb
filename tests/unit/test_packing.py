"""What goes into a wheel beside the package: every page and every migration, and the commit."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from setuptools import Distribution

from lti_app import release
from lti_app.config import SettingsError, read_settings
from lti_app.packing import FOLDERS, WithFolders
from tests.conventions.sources import ROOT
from tests.support.world import KEY


def test_a_wheel_holds_every_page_and_migration_and_names_its_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    left_over = [tmp_path / "lti_app" / name for name in ("templates/former.html", "former_module.py")]
    for file in left_over:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    command = WithFolders(Distribution({"packages": []}))
    command.ensure_finalized()
    command.build_lib = str(tmp_path)

    command.run()

    assert not [file for file in left_over if file.exists()]
    for name in FOLDERS:
        wanted = {
            each.relative_to(ROOT)
            for each in (ROOT / name).rglob("*")
            if each.is_file() and "__pycache__" not in each.parts
        }
        packed = {
            each.relative_to(tmp_path / "lti_app") for each in (tmp_path / "lti_app" / name).rglob("*.*")
        }
        assert wanted == packed and len(wanted) > 20
    assert (tmp_path / "lti_app" / release.COMMIT).read_text("utf-8") == release.commit_of(ROOT)


def test_a_folder_without_git_has_no_commit(tmp_path: Path) -> None:
    file = tmp_path / "lti_app" / release.COMMIT
    assert release.commit_of(tmp_path) == ""
    file.parent.mkdir()
    shutil.copy(ROOT / "lti_app" / release.COMMIT, file)
    assert release.commit_of(tmp_path) == ""


def test_an_unpacked_archive_of_a_release_has_its_commit(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / "lti_app").mkdir()
    for name in (".gitattributes", f"lti_app/{release.COMMIT}"):
        shutil.copy(ROOT / name, tmp_path / name)
    git = ["git", "-C", str(tmp_path), "-c", "user.name=t", "-c", "user.email=t@district.example"]
    subprocess.run([*git, "add", "-A"], check=True)
    subprocess.run([*git, "commit", "-q", "-m", "Release"], check=True)
    commit = release.commit_of(tmp_path)
    unpacked = tmp_path / "unpacked"
    unpacked.mkdir()
    archive = subprocess.run([*git, "archive", "HEAD"], check=True, capture_output=True).stdout
    subprocess.run(["tar", "-x", "-C", str(unpacked)], input=archive, check=True)

    assert len(commit) == release.LENGTH and release.commit_of(unpacked) == commit


def test_an_installed_app_keeps_no_database_among_its_code() -> None:
    with pytest.raises(SettingsError, match="LTI_APP_DATABASE_URL is missing"):
        read_settings({"LTI_APP_SECRET_KEYS": KEY}, None)
