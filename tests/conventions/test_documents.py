"""What the pages for people name is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conventions.sources import ROOT, assert_none, tracked

ROOMS = {path.name.removesuffix(".py") for path in (ROOT / "lti_app").iterdir() if path.name[0] != "_"}
PAGES = sorted(path for path in tracked() if path.suffix == ".md")
PATH = re.compile(r"(?<![\w./-])(?:lti_app|tests|docs|templates|migrations)/[\w./*-]*\w")
MODULE = re.compile(r"(?<![\w./-])lti_app(?:\.[a-z_]\w*)+")
SHORT = re.compile(r"`((?:" + "|".join(sorted(ROOMS)) + r")/[\w/]+(?:\.py)?)`")
"""A path below lti_app, as in `sync/plan/diff.py`."""

FILE = re.compile(r"`(\w+\.py)`")
"""A file whose folder is told beside it."""


def _named(text: str) -> Iterator[tuple[str, Path]]:
    """Each place that a text names, and where it would be."""
    for name in PATH.findall(text):
        yield name, ROOT / name
    for name in SHORT.findall(text):
        yield name, ROOT / "lti_app" / name
    for name in MODULE.findall(text):
        yield name, ROOT / name.replace(".", "/")


def _is_there(path: Path) -> bool:
    if "*" in path.name:
        return any(path.parent.glob(path.name))
    if path.exists() or path.with_suffix(".py").exists() or path.with_name(f"{path.name}.py").exists():
        return True
    # A function of a module: lti_app.store.links.write.record.
    module = path.parent.with_name(f"{path.parent.name}.py")
    return module.exists() and re.search(rf"\b{path.name}\b", module.read_text("utf-8")) is not None


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_place_that_a_page_names_is_there(page: Path) -> None:
    text = page.read_text("utf-8")
    assert_none(f"{page.name} names {name}" for name, path in _named(text) if not _is_there(path))


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_that_a_page_names_is_somewhere(page: Path) -> None:
    there = {path.name for path in tracked()}
    assert_none(name for name in FILE.findall(page.read_text("utf-8")) if name not in there)


def test_a_place_that_is_not_there_is_seen() -> None:
    text = "See `sync/witness.py`, lti_app/sync/task.py, lti_app.sync.none and `tests/unit`."
    lost = [name for name, path in _named(text) if not _is_there(path)]
    assert lost == ["sync/witness.py", "lti_app.sync.none"]


def test_no_file_holds_what_a_merge_left_behind() -> None:
    mark = re.compile(r"^(?:<{7} |={7}$|>{7} )", re.MULTILINE)
    texts = (path for path in tracked() if path.suffix in (".md", ".py", ".html", ".cfg", ".toml"))
    assert_none(path.name for path in texts if mark.search(path.read_text("utf-8")))


def _cut_tables(text: str) -> Iterator[int]:
    """Lines that begin with a cell below a blank line, without the rule that a table's second line is."""
    lines = [*text.splitlines(), ""]
    for number, (before, line, after) in enumerate(zip(lines, lines[1:], lines[2:], strict=False), start=2):
        if not before.strip() and line.startswith("|") and not re.fullmatch(r"\|[-| :]+\|", after):
            yield number


def test_no_table_is_cut_by_a_blank_line() -> None:
    assert list(_cut_tables("| a |\n|---|\n| 1 |\n\n| 2 |\n")) == [5]
    assert_none(
        f"{page.relative_to(ROOT)}:{number}"
        for page in PAGES
        for number in _cut_tables(page.read_text("utf-8"))
    )
