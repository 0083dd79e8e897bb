"""docs/security.md has a row for each control of OWASP ASVS 4.0.3, levels 1 and 2, with tests that exist."""

from __future__ import annotations

import re

from tests.conventions.sources import ROOT, assert_none

TEXT = (ROOT / "docs" / "security.md").read_text("utf-8")
ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| (.+) \| (.+) \|$", re.MULTILINE)
TEST = re.compile(r"`(tests/[\w/]+(?:\.py)?)`")
CONTROLS = {
    "1": "1:1-7 2:1-4 4:1,4-5 5:1-4 6:1-4 7:1-2 8:1-2 9:1-2 10:1 11:1-2 12:2 14:1-6",
    "2": "1:1-12 2:1-3 3:1-3 4:1-5 5:1-7 6:1-3 7:1-6 8:1-7 9:1-3 10:1-4",
    "3": "1:1 2:1-4 3:1-4 4:1-5 5:1-3 7:1",
    "4": "1:1-3,5 2:1-2 3:1-3",
    "5": "1:1-5 2:1-8 3:1-10 4:1-3 5:1-4",
    "6": "1:1-3 2:1-6 3:1-2 4:1-2",
    "7": "1:1-4 2:1-2 3:1,3-4 4:1-3",
    "8": "1:1-4 2:1-3 3:1-8",
    "9": "1:1-3 2:1-4",
    "10": "2:1-2 3:1-3",
    "11": "1:1-8",
    "12": "1:1-3 2:1 3:1-6 4:1-2 5:1-2 6:1",
    "13": "1:1,3-5 2:1-3,5-6 3:1-2 4:1-2",
    "14": "1:1-4 2:1-6 3:2-3 4:1-7 5:1-4",
}
"""Chapter → section:controls of levels 1 and 2; those that are missing were deleted or are of level 3."""
HELD = ("not applicable: ", "**open**: ", "`", "the host’s work", "the history of")


def _every_control() -> set[str]:
    found = set()
    for chapter, sections in CONTROLS.items():
        for section, numbers in (each.split(":") for each in sections.split()):
            for part in numbers.split(","):
                first, _, last = part.partition("-")
                named = range(int(first), int(last or first) + 1)
                found |= {f"{chapter}.{section}.{number}" for number in named}
    return found


def test_every_control_has_one_row() -> None:
    rows = [number for number, _, _ in ROW.findall(TEXT)]

    assert len(rows) == len(set(rows)) > 250
    assert set(rows) == _every_control()


def test_every_row_says_what_holds_it_or_why_nothing_has_to() -> None:
    assert_none(number for number, _, held in ROW.findall(TEXT) if not held.startswith((*HELD, "Ruff ")))


def test_every_test_that_is_named_exists() -> None:
    assert_none(each for each in TEST.findall(TEXT) if not (ROOT / each).exists())
