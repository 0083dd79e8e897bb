"""The changelog names every release with its day, its commit, and its newest migration."""

from __future__ import annotations

import re
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


def test_the_version_is_behind_the_newest_release() -> None:
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg")
    _, (newest, _), *_ = HEADING.findall(changelog())
    version = setup["metadata"]["version"]
    if version != newest:
        numbers = [tuple(map(int, re.findall(r"\d+", each)[:3])) for each in (newest, version)]
        assert numbers[0] < numbers[1] and version.endswith(".dev0"), version
