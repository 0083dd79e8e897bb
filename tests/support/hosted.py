"""A server that is hosted with the commands of docs/hosting.md alone: installed, started, looked after."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.hosting_page import block, commands, setting
from tests.support.processes import ROOT

LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", "build", "instance", "__pycache__", "*.egg-info", ".*_cache", ".hypothesis"
)
LONGEST = 600
"""Seconds for one command: installing everything is the longest."""
OF_TESTS = ("user: this is root", "the SIS address 127.0.0.1 ")
"""What doctor finds wrong with the tests' machine and with the sandbox SIS."""


class Failed(Exception):
    """A command of the page didn't do what the page says."""


@dataclass
class Hosted:
    """One machine. `values` are written for the page's examples, such as CLIENT_ID and the port."""

    folder: Path
    values: dict[str, str]
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name in ("srv", "etc", "lib", "lib/backup", "log"):
            (self.folder / name).mkdir(mode=0o700)
        shutil.copytree(ROOT, self.folder / "release", ignore=LEFT_OUT)

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
        lines = block("env", {**self.places, "LTI_APP_SECRET_KEYS=KEY": f"LTI_APP_SECRET_KEYS={keys}"})
        file.write_text(lines + "".join(f"{name}={value}\n" for name, value in more.items()))
        file.chmod(0o600)
        script = self.folder / "srv" / "sis"
        kept = [line for line in block("script", self.places).splitlines() if "setpriv" not in line]
        script.write_text("\n".join(kept) + "\n")
        script.chmod(0o700)

    def run(self, name: str, **values: str) -> str:
        """Every command of a block; what they printed. Raises Failed."""
        return "".join(self._run(line) for line in commands(name, {**self.places, **values}))

    def _run(self, line: str) -> str:
        if line.startswith("systemctl"):
            self.stop() if " stop " in line else self.start()
            return ""
        done = subprocess.run(
            ["bash", "-c", line],
            cwd=self.folder / "release",
            env=_plain_environment(),
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
        """One web process and two workers, as the units of the page start them."""
        for number, unit in enumerate(("web", "worker", "worker")):
            line = setting(unit, "ExecStart", self.places)
            environment = {**_plain_environment(), **self._settings()}
            with (self.folder / "log" / f"{unit}-{number}.log").open("ab") as log:
                made = subprocess.Popen(
                    shlex.split(line), cwd=self.folder / "lib", env=environment, stdout=log, stderr=log
                )
            self.processes.append(made)

    def stop(self) -> None:
        """As systemd does. Raises Failed when a process doesn't end well in its time."""
        for each in self.processes:
            each.terminate()
        longest = int(setting("web", "TimeoutStopSec", {}))
        codes = [each.wait(longest) for each in self.processes]
        self.processes.clear()
        if any(codes):
            raise Failed(f"processes ended with {codes}: {self.log[-2000:]}")

    def kill(self) -> None:
        """End whatever is left."""
        for each in self.processes:
            each.kill()
            each.wait()

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
