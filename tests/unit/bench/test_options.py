"""The benches that `make bench` calls know its options; the long run also runs each of them to its end."""

from __future__ import annotations

import importlib
import re
import shlex
import sys

import pytest

from tests.support.processes import ROOT

CALLED = re.compile(r"\$\(call (?:measure|together),\\\n(.*?)\)$", re.DOTALL | re.MULTILINE)
"""The lists of benches in the Makefile, each bench as one word of the shell."""


def calls() -> list[tuple[str, ...]]:
    """Name and options of each bench that is called."""
    lists = CALLED.findall((ROOT / "Makefile").read_text("utf-8"))
    words = [word for each in lists for word in shlex.split(each.replace("\\\n", " "))]
    return sorted({tuple(word.split()) for word in words})


def test_the_makefile_calls_each_bench_with_options_that_it_knows(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = calls()
    folder = ROOT / "tests" / "bench"
    there = {each.stem for each in folder.glob("*.py") if '__name__ == "__main__"' in each.read_text("utf-8")}

    assert {name for name, *_ in found} == there
    for name, *options in found:
        module = importlib.import_module(f"tests.bench.{name}")
        monkeypatch.setattr(sys, "argv", [name, "--help"])
        if options:
            with pytest.raises(SystemExit):
                module.main()
        told = capsys.readouterr().out
        assert [each for each in options if each.startswith("--") and each not in told] == []
