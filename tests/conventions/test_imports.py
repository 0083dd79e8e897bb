"""The import contracts of setup.cfg are kept, and they name everything that they should."""

from __future__ import annotations

import os
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

from tests.conventions.sources import ROOT, assert_none, sources

OPEN_TO_ALL = {"port", "admins"}
"""Modules of lti_app.schoology that the engine and the pages may see."""


def _contract(name: str, key: str) -> set[str]:
    contracts = ConfigParser()
    contracts.read(ROOT / "setup.cfg", "utf-8")
    return set(contracts[f"importlinter:contract:{name}"][key].split())


def _packages() -> set[str]:
    """The first level of the package: lti_app.web, lti_app.links, …"""
    files = [each.path.relative_to(ROOT / "lti_app").parts[0] for each in sources("lti_app")]
    return {f"lti_app.{Path(each).stem}" for each in files if each != "__init__.py"}


def test_the_contracts_are_kept() -> None:
    checked = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={**os.environ, "NO_COLOR": "1"},
        check=False,
    )
    assert checked.returncode == 0, checked.stdout[-4000:] + checked.stderr[-2000:]


def test_the_engine_may_see_no_client_of_schoology() -> None:
    modules = {path.stem for path in (ROOT / "lti_app" / "schoology").glob("[!_]*.py")} - OPEN_TO_ALL
    forbidden = _contract("engine", "forbidden_modules")
    assert_none(name for name in sorted(modules) if f"lti_app.schoology.{name}" not in forbidden)


def test_the_sandbox_may_import_nothing_of_ours() -> None:
    forbidden = _contract("independent", "forbidden_modules")
    assert_none(sorted(_packages() - forbidden - {"lti_app.sandbox"}))


def test_nothing_but_the_commands_may_import_the_sandbox() -> None:
    bound = _contract("sandbox", "source_modules")
    assert_none(sorted(_packages() - bound - {"lti_app.sandbox", "lti_app.cli"}))
