"""The import contracts of setup.cfg are kept, and they name everything that they should."""

from __future__ import annotations

import os
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

from tests.conventions.sources import ROOT, assert_none, sources


def _contract(name: str, key: str) -> set[str]:
    contracts = ConfigParser()
    contracts.read(ROOT / "setup.cfg", "utf-8")
    return set(contracts[f"importlinter:contract:{name}"][key].split())


def _packages() -> set[str]:
    """The first level of the package: lti_app.web, lti_app.store.links, …"""
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


def test_the_sandbox_may_import_nothing_of_ours() -> None:
    forbidden = _contract("independent", "forbidden_modules")
    assert_none(sorted(_packages() - forbidden - {"lti_app.sandbox"}))


def test_every_adapter_stands_behind_its_port() -> None:
    """A folder of lti_app/sis is an adapter: nothing but the registry may import it."""
    adapters = {f"lti_app.sis.{each.parent.name}" for each in (ROOT / "lti_app/sis").glob("*/__init__.py")}
    assert "lti_app.sis.eschoolplus" in adapters
    assert_none(sorted(adapters - _contract("ports", "protected_modules")))
