"""A server that is hosted with the commands of docs/hosting.md alone: installed, started, looked after."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.hosting_page import block, commands, setting
from tests.support.processes import ROOT, until

LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", "build", "instance", "__pycache__", "*.egg-info", ".*_cache", ".hypothesis"
)
FORMER = re.compile(r"^Commit (\w+), migrations up to (\d+)\.$", re.MULTILINE)
BEGUN = " started owner="
"""What each process logs once it can take work, and be told to stop."""
LONGEST = 600
"""Seconds for one command: installing everything is the longest."""
NOTHING: Mapping[str, str] = {}
OFFLINE = {"PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull, "HTTPS_PROXY": "http://127.0.0.1:9"}
"""For a machine that can't reach the internet."""
OF_TESTS = ("user: this is root", "the SIS address 127.0.0.1 ")
"""What doctor finds wrong with the tests' machine and with the sandbox SIS."""


def this_release(folder: Path) -> Path:
    """The folder of this release, as a host has it."""
    shutil.copytree(ROOT, folder, ignore=LEFT_OUT)
    return folder


def former_release(folder: Path) -> tuple[Path, str]:
    """The folder of the newest release in the changelog, and its newest migration.

    Its files come out of the history. A clone without its history has this release only.
    """
    named = FORMER.search((ROOT / "CHANGELOG.md").read_text("utf-8"))
    assert named
    git = ["git", "-C", str(ROOT)]
    if subprocess.run([*git, "cat-file", "-e", f"{named[1]}:setup.cfg"], check=False).returncode:
        newest = max((ROOT / "migrations" / "versions").glob("[0-9]*.py"))
        return this_release(folder), newest.name[:4]
    folder.mkdir()
    files = subprocess.run([*git, "archive", named[1]], check=True, capture_output=True).stdout
    subprocess.run(["tar", "-x", "-C", str(folder)], input=files, check=True)
    return folder, named[2]


class Failed(Exception):
    """A command of the page didn't do what the page says."""


@dataclass
class Hosted:
    """One machine. `values` are written for the page's examples, such as CLIENT_ID and the port.

    `release` is the folder of the release that is installed next, and its page counts.
    """

    folder: Path
    values: dict[str, str]
    release: Path
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name in ("srv", "etc", "lib", "lib/backup", "log"):
            (self.folder / name).mkdir(mode=0o700, parents=True)

    @property
    def page(self) -> Path:
        """What the release's host reads."""
        return self.release / "docs" / "hosting.md"

    @property
    def places(self) -> dict[str, str]:
        """What stands on the page → what it is here."""
        here = {
            "/srv/sis": str(self.folder / "srv"),
            "/etc/sis": str(self.folder / "etc"),
            "/var/lib/sis": str(self.folder / "lib"),
        }
        return {**here, **self.values}

    @property
    def log(self) -> str:
        """What all processes said."""
        return "".join(each.read_text("utf-8") for each in sorted((self.folder / "log").glob("*.log")))

    def write_settings(self, keys: str, more: Mapping[str, str]) -> None:
        """The environment file of the page, with further lines, and the script that runs commands."""
        file = self.folder / "etc" / "sis.env"
        lines = block("env", {**self.places, "_KEYS=KEY": f"_KEYS={keys}"}, self.page)
        file.write_text(lines + "".join(f"{name}={value}\n" for name, value in more.items()))
        file.chmod(0o600)
        script = self.folder / "srv" / "sis"
        kept = [
            line for line in block("script", self.places, self.page).splitlines() if "setpriv" not in line
        ]
        script.write_text("\n".join(kept) + "\n")
        script.chmod(0o700)

    def run(
        self, name: str, *, more: Mapping[str, str] = NOTHING, page: Path | None = None, **values: str
    ) -> str:
        """Every command of a block, with `more` environment; what they printed. Raises Failed."""
        lines = commands(name, {**self.places, **values}, page or self.page)
        return "".join(self._run(line, more) for line in lines)

    def _run(self, line: str, more: Mapping[str, str]) -> str:
        if line.startswith("systemctl"):
            self.stop() if " stop " in line else self.start()
            return ""
        done = subprocess.run(
            ["bash", "-c", line],
            cwd=self.release,
            env={**_plain_environment(), **more},
            capture_output=True,
            text=True,
            timeout=LONGEST,
            check=False,
        )
        said = done.stdout + done.stderr
        looks = [each for each in said.splitlines() if each.startswith("LOOK")]
        as_expected = looks and all(any(part in each for part in OF_TESTS) for each in looks)
        if done.returncode and not as_expected:
            raise Failed(f"{line}\nended with {done.returncode}: {said[-2000:]}")
        return done.stdout

    def start(self) -> None:
        """One web process and two workers, as the units of the page start them; until all have begun."""
        before = self.log.count(BEGUN)
        units = ("web", "worker", "worker")
        for number, unit in enumerate(units):
            line = setting(unit, "ExecStart", self.places, self.page)
            environment = {**_plain_environment(), **self._settings()}
            with (self.folder / "log" / f"{unit}-{number}.log").open("ab") as log:
                made = subprocess.Popen(
                    shlex.split(line), cwd=self.folder / "lib", env=environment, stdout=log, stderr=log
                )
            self.processes.append(made)
        until(lambda: self.log.count(BEGUN) == before + len(units))

    def stop(self) -> None:
        """As systemd does. Raises Failed when a process doesn't end well in its time."""
        for each in self.processes:
            each.terminate()
        longest = int(setting("web", "TimeoutStopSec", {}, self.page))
        codes = [each.wait(longest) for each in self.processes]
        self.processes.clear()
        if any(codes):
            raise Failed(f"processes ended with {codes}: {self.log[-2000:]}")

    def kill(self) -> None:
        """End whatever is left."""
        for each in self.processes:
            each.kill()
            each.wait()
        self.processes.clear()

    def _settings(self) -> dict[str, str]:
        lines = (self.folder / "etc" / "sis.env").read_text("utf-8").splitlines()
        pairs = (line.partition("=") for line in lines if line)
        return {name: value.strip('"') for name, _, value in pairs}


def _plain_environment() -> dict[str, str]:
    """Nothing of the tests' own: the app is the installed one."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("LTI_APP_", "PYTHON", "PYTEST", "VIRTUAL_ENV"))
    }
