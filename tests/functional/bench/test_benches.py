"""Every bench runs to its end at its smallest size. Figures that miss their targets are only printed."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.support.processes import ROOT
from tests.support.seeds import Record

pytestmark = [pytest.mark.long, pytest.mark.long_run]
BENCHES = {
    "roster": ("--students 300 --database sqlite", "--students 300 --database postgresql"),
    "one_by_one": ("--students 150",),
    "sandbox": ("",),
    "grades": ("--items 3 --students 5 --sections 2",),
    "prep": ("--people 1000 --database sqlite", "--people 1000 --database postgresql"),
    "oneroster": ("--students 300",),
    "live": ("--students 600 --samples 4 --flood 3",),
    "disk": ("--students 60 --database sqlite", "--students 60 --database postgresql"),
}
SMALL = [(name, size) for name, sizes in BENCHES.items() for size in sizes]
MISSED = re.compile(r"^.* FAIL$", re.MULTILINE)


def test_none_is_left_out() -> None:
    folder = ROOT / "tests" / "bench"
    there = {each.stem for each in folder.glob("*.py") if '__name__ == "__main__"' in each.read_text("utf-8")}

    assert there == set(BENCHES)


@pytest.mark.parametrize(("name", "size"), SMALL)
def test_a_bench_runs_to_its_end(name: str, size: str, record_property: Record) -> None:
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", f"tests.bench.{name}", *size.split()],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=900,
    )

    missed = MISSED.findall(done.stdout)
    for line in missed:
        record_property("missed", line)
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == len(missed), done.stdout + done.stderr
    assert " PASS" in done.stdout or missed, "it printed no figure that has a target"
