"""The changelog names every release with its day, its commit, and its newest migration."""

from __future__ import annotations

import re
import subprocess
from configparser import ConfigParser

from tests.conventions.sources import ROOT

HEADING = re.compile(r"^## \[(?P<version>[^]]+)\](?: - (?P<day>[A-Z][a-z]+ \d+, \d{4}))?$", re.MULTILINE)
PLACE = re.compile(r"^Commit (?P<commit>[0-9a-f]{8}), migrations up to (?P<migration>\d{4})\.$", re.MULTILINE)


def changelog() -> str:
    return (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_each_release_says_its_day_its_commit_and_its_newest_migration() -> None:
    newest, *releases = HEADING.findall(changelog())
    assert newest == ("Unreleased", "") and releases
    assert all(day for _, day in releases)
    migrations = [each["migration"] for each in PLACE.finditer(changelog())]
    assert len(migrations) == len(releases)
    for each in migrations:
        assert list((ROOT / "migrations" / "versions").glob(f"{each}_*.py")), each


def _git(*arguments: str) -> str:
    """What git says; empty where this is no checkout or has no such thing."""
    done = subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, text=True, check=False)
    return done.stdout.strip() if not done.returncode else ""


def test_each_named_commit_is_the_release_and_its_tag_is_there() -> None:
    """A clone without its history, or without tags, has nothing to compare."""
    versions = [version for version, day in HEADING.findall(changelog()) if day]
    for version, (commit, migration) in zip(versions, PLACE.findall(changelog()), strict=True):
        if not _git("cat-file", "-t", commit):
            continue
        assert f"version = {version}\n" in _git("show", f"{commit}:setup.cfg")
        files = _git("ls-tree", "--name-only", f"{commit}:migrations/versions").splitlines()
        assert max(each[:4] for each in files if each[:4].isdigit()) == migration
        assert _git("rev-parse", f"v{version}^{{commit}}")[: len(commit)] in ("", commit)


def test_the_docs_name_tags_as_the_changelog_does() -> None:
    pages = ("README.md", "docs/hosting.md")
    tags = [tag for each in pages for tag in re.findall(r"`(v\d\S*)`", (ROOT / each).read_text("utf-8"))]
    newest = next(version for version, day in HEADING.findall(changelog()) if day)
    assert tags and set(tags) == {f"v{newest}"}, "a page names another release than the newest"


def test_the_version_is_behind_the_newest_release() -> None:
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg")
    _, (newest, _), *_ = HEADING.findall(changelog())
    version = setup["metadata"]["version"]
    if version != newest:
        numbers = [tuple(map(int, re.findall(r"\d+", each)[:3])) for each in (newest, version)]
        assert numbers[0] < numbers[1] and version.endswith(".dev0"), version
