"""What is installed is what the locks name, with hashes: they follow setup.cfg and name no host."""

from __future__ import annotations

import re
from configparser import ConfigParser
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.conventions.sources import ROOT, assert_none

SERVER, TESTS = ROOT / "requirements.lock", ROOT / "tests" / "requirements.lock"
PINNED = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>[^\s;]+)")
REMEDY = "run 'make lock' and commit both lock files"


def _locked(text: str) -> dict[str, str]:
    """Name → version."""
    found = (PINNED.match(line) for line in text.splitlines())
    return {str(canonicalize_name(each["name"])): each["version"] for each in found if each}


def _wanted(*extras: str) -> list[Requirement]:
    config = ConfigParser()
    config.read(ROOT / "setup.cfg")
    texts = [
        config["options"]["install_requires"],
        *(config["options.extras_require"][each] for each in extras),
    ]
    return [Requirement(line) for text in texts for line in text.split("\n") if line.strip()]


@pytest.mark.parametrize(
    ("lock", "extras"), [(SERVER, ["build"]), (TESTS, ["build", "test"])], ids=["server", "tests"]
)
def test_the_lock_names_what_setup_cfg_wants(lock: Path, extras: list[str]) -> None:
    locked = _locked(lock.read_text("utf-8"))
    names = [(each, str(canonicalize_name(each.name))) for each in _wanted(*extras)]
    assert_none(
        f"{each}: {REMEDY}" for each, name in names if not each.specifier.contains(locked.get(name, "0"))
    )


def test_servers_and_tests_run_the_same_versions() -> None:
    tests = _locked(TESTS.read_text("utf-8"))
    server = _locked(SERVER.read_text("utf-8"))
    assert_none(f"{name}: {REMEDY}" for name, version in server.items() if tests.get(name) != version)


@pytest.mark.parametrize("lock", [SERVER, TESTS], ids=["server", "tests"])
def test_every_version_has_hashes_and_no_host_is_named(lock: Path) -> None:
    text = lock.read_text("utf-8")
    blocks = re.split(r"\n(?=[\w.-]+==)", text)
    assert_none(block.split()[0] for block in blocks[1:] if "--hash=sha256:" not in block)
    assert "://" not in text and "--index" not in text and "--find-links" not in text


def test_a_lock_that_fell_behind_is_seen() -> None:
    assert _locked(
        "flask==3.1.3 \\\n    --hash=sha256:0\nPy_JWT==2.1 ; sys_platform != 'x'\n    # via flask\n"
    ) == {
        "flask": "3.1.3",
        "py-jwt": "2.1",
    }
