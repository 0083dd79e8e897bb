"""Every promise in docs/promises.md names code and a test that exist, or says that it isn't kept."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.conventions.sources import ROOT, assert_none, sources

NOT_KEPT = "**not kept**"
ROW = re.compile(r"^\| (?P<promise>.+?) \| (?P<module>.+?) \| (?P<proof>.+?) \|$")
MODULE = re.compile(r"`(lti_app/[\w/]+\.py)`")
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def _rows(text: str) -> Iterator[tuple[str, str, str]]:
    for line in text.splitlines():
        if (found := ROW.match(line)) and found["promise"] != "Promise" and not line.startswith("|---"):
            yield found["promise"], found["module"], found["proof"]


def _problems(text: str, tests: set[str]) -> list[str]:
    """What is wrong with the table: one entry for each row and problem."""
    found = []
    for promise, module, proof in _rows(text):
        modules = MODULE.findall(module)
        named = [f"{path}::{name}" for path, name in TEST.findall(proof)]
        if module == NOT_KEPT:
            continue
        if not modules or not named:
            found.append(f"{promise}: names no module or no test")
        found += [f"{promise}: {each} doesn't exist" for each in modules if not (ROOT / each).is_file()]
        found += [f"{promise}: {each} doesn't exist" for each in named if each not in tests]
    return found


def _tests() -> set[str]:
    return {
        f"{source.name}::{function.name}"
        for source in sources("tests")
        for function in source.functions()
        if function.name.startswith("test_")
    }


def test_every_promise_names_a_module_and_a_test_that_exist() -> None:
    text = (ROOT / "docs" / "promises.md").read_text("utf-8")
    assert len(list(_rows(text))) >= 100
    assert_none(_problems(text, _tests()))


def test_a_promise_without_code_or_test_is_seen() -> None:
    text = "\n".join(
        [
            "| Promise | Kept by | Proved by |",
            "|---|---|---|",
            "| kept | `lti_app/clock.py` | `tests/unit/test_a.py::test_a` |",
            "| no module | `lti_app/never.py` | `tests/unit/test_a.py::test_a` |",
            "| no test | `lti_app/clock.py` | `tests/unit/test_a.py::test_b` |",
            "| empty | nothing | nothing |",
            f"| open | {NOT_KEPT} | because of this |",
        ]
    )
    assert _problems(text, {"tests/unit/test_a.py::test_a"}) == [
        "no module: lti_app/never.py doesn't exist",
        "no test: tests/unit/test_a.py::test_b doesn't exist",
        "empty: names no module or no test",
    ]
