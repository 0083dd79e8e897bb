"""The blocks of docs/hosting.md, to be run as they stand there; also of a former release's page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from tests.support.processes import ROOT

FENCE = re.compile(r"^ *```(?P<kind>\w+)(?: (?P<name>\w+))?\n(?P<text>.*?)^ *```$", re.MULTILINE | re.DOTALL)


PAGE = ROOT / "docs" / "hosting.md"


@cache
def _blocks(page: Path) -> dict[str, str]:
    """Name of a block, or its kind where it has no name → its text."""
    return {each["name"] or each["kind"]: each["text"] for each in FENCE.finditer(page.read_text("utf-8"))}


def block(name: str, places: Mapping[str, str], page: Path = PAGE) -> str:
    """A block with other places and values than the page's."""
    text = _blocks(page)[name]
    for there, here in places.items():
        text = text.replace(there, here)
    return text


def commands(name: str, places: Mapping[str, str], page: Path = PAGE) -> list[str]:
    """The commands of a block, each on one line."""
    joined = re.sub(r" *\\\n *", " ", block(name, places, page))
    return [line.strip() for line in joined.splitlines() if line.strip()]


def setting(name: str, key: str, places: Mapping[str, str], page: Path = PAGE) -> str:
    """A value of a unit, such as its ExecStart."""
    [found] = re.findall(rf"^{key}=(.*)$", block(name, places, page), re.MULTILINE)
    return str(found)


def names() -> list[str]:
    """The names of all blocks that have one."""
    return list(_blocks(PAGE))
