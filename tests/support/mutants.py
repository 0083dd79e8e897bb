"""Change a file one place at a time, and show which changes no test notices: `make mutants FILES=…`.

It works on a copy of the tree, so that no change is ever left behind. Cosmic Ray makes the changes.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
CONFIG = """\
[cosmic-ray]
module-path = {file}
timeout = {seconds}
excluded-modules = []
test-command = {command}

[cosmic-ray.distributor]
name = "local"

[cosmic-ray.filters.operators-filter]
exclude-operators = {excluded}
"""
COMPARED = "Lt_LtE|Lt_GtE|LtE_Lt|LtE_Gt|Gt_GtE|Gt_LtE|GtE_Gt|GtE_Lt|Eq_NotEq|NotEq_Eq|Is_IsNot|IsNot_Is"
EXCLUDED = [
    "core/ReplaceBinaryOperator_(?!(Add_Sub|Sub_Add|Mul_Div|Div_Mul|BitOr_BitAnd|BitAnd_BitOr)$)",
    f"core/ReplaceComparisonOperator_(?!({COMPARED})$)",
]
"""A sum that becomes a power, and an equality that becomes an identity, say little: what someone may well
get wrong is left."""
IN_A_TYPE = re.compile(r"^\+.*(->|\w:) .*&", re.MULTILINE)
"""Types are never carried out here."""


@dataclass(frozen=True)
class Survivor:
    """A change that no test noticed."""

    line: int
    operator: str
    diff: str

    def __str__(self) -> str:
        lines = self.diff.splitlines()
        changed = [each for each in lines if each.startswith(("+", "-")) and each[:3] not in ("+++", "---")]
        return "\n".join([f"line {self.line}  ({self.operator})", *(f"    {each}" for each in changed)])


def tests_of(file: str) -> str:
    """The unit tests of the same room where there are some, else all of them."""
    parts = Path(file).parts
    room = Path("tests", "unit", *parts[1:2])
    return str(room) if len(parts) > 2 and (ROOT / room).is_dir() else "tests/unit"


def copy_of(folder: Path) -> Path:
    """The tree without what Git ignores, as it stands now."""
    listed = subprocess.run(  # noqa: S603 - our own command
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for name in listed.split("\0"):
        if name and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


def survivors(lines: str) -> Iterator[Survivor]:
    """Out of Cosmic Ray's dump: one pair of work and result for each change."""
    for each in lines.splitlines():
        work, result = json.loads(each)
        if result and result["test_outcome"] == "survived":
            (mutation,) = work["mutations"]
            name = mutation["operator_name"].removeprefix("core/")
            found = Survivor(mutation["start_pos"][0], name, result["diff"] or "")
            if not (name == "ReplaceBinaryOperator_BitOr_BitAnd" and IN_A_TYPE.search(found.diff)):
                yield found


def judged(lines: str) -> tuple[int, int]:
    """How many changes were tried, of how many; those that are left out are none."""
    every = [json.loads(each) for each in lines.splitlines()]
    pairs = [each for each in every if not each[1] or each[1]["worker_outcome"] != "skipped"]
    return sum(1 for _, result in pairs if result), len(pairs)


def mutate(folder: Path, file: str, tests: str, *, seconds: float, minutes: float) -> list[Survivor]:
    """Try every change of one file, each for so many seconds, all for so many minutes; what survived."""
    command = f"{sys.executable} -m pytest -x -q -n0 -p no:cacheprovider {tests}"
    config, session = folder / "mutants.toml", folder / "mutants.sqlite"
    session.unlink(missing_ok=True)
    text = CONFIG.format(
        file=json.dumps(file), seconds=seconds, command=json.dumps(command), excluded=json.dumps(EXCLUDED)
    )
    config.write_text(text, encoding="utf-8")
    _run(folder, "cosmic-ray", "init", config, session)
    _run(folder, "cr-filter-operators", session, config)
    click.echo(f"\n{file}, tested by {tests}")
    _run(folder, "cosmic-ray", "baseline", config)
    _run(folder, "cosmic-ray", "exec", config, session, time_out=60 * minutes)
    dump = _run(folder, "cosmic-ray", "dump", session)
    shutil.copy(ROOT / file, folder / file)
    found = list(survivors(dump))
    tried, of = judged(dump)
    for each in found:
        click.echo(str(each))
    click.echo(f"{tried} of {of} changes were tried; {len(found)} were not noticed.")
    return found


def _run(folder: Path, *command: Any, time_out: float | None = None) -> str:
    """What it printed. When the time is over it ends with all that it started; what was tried is kept."""
    with (
        subprocess.Popen(  # noqa: S603 - our own command
            [BIN / command[0], *command[1:]],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as process
    ):
        try:
            said, errors = process.communicate(timeout=time_out)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return ""
    if process.returncode:
        raise click.ClickException(f"{command[:2]}: {(said + errors)[-2000:]}")
    return said


@click.command()
@click.argument("files", nargs=-1, required=True)
@click.option("--tests", default="", help="What must notice; else the unit tests of the same room.")
@click.option("--seconds", default=120.0, help="For the tests of one change.")
@click.option("--minutes", default=60.0, help="For all changes of one file.")
def main(files: tuple[str, ...], tests: str, seconds: float, minutes: float) -> None:
    """Show which changes of FILES no test notices."""
    with TemporaryDirectory(prefix="mutants") as place:
        folder = copy_of(Path(place))
        for file in files:
            mutate(folder, file, tests or tests_of(file), seconds=seconds, minutes=minutes)


if __name__ == "__main__":
    main()
