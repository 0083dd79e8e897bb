"""The grading scales of the sandbox Schoology: numbers, letters, and pass or fail."""

from __future__ import annotations

from typing import Any

from lti_app.sandbox.schoology.objects import StoreError

Row = dict[str, Any]
PERCENT, LETTERS, PASS_FAIL = 1, 2, 3
LEVELS = {
    LETTERS: (("A", 90, 95), ("B", 80, 85), ("C", 70, 75), ("D", 60, 65), ("F", 0, 5)),
    PASS_FAIL: (("Pass", 60, 100), ("Fail", 0, 0)),
}
"""Scale → (name, least percentage, percentage that it stands for) of each level."""
TITLES = {PERCENT: "Percent", LETTERS: "Letters", PASS_FAIL: "Pass/fail"}


def rows() -> list[Row]:
    """Every scale as the API shows it."""
    return [
        {
            "id": number,
            "title": title,
            "type": 1,
            "auto_averaging": 1,
            "hide_numeric": 0,
            "scale": {
                "level": [
                    {"grade": name, "cutoff": cutoff, "average": average}
                    for name, cutoff, average in LEVELS.get(number, ())
                ]
            },
        }
        for number, title in TITLES.items()
    ]


def points(scale: int, letter: str, most: float) -> float:
    """The points that a letter stands for. Raises StoreError for one that the scale does not have."""
    for name, _cutoff, average in LEVELS.get(scale, ()):
        if name.casefold() == letter.casefold():
            return average * most / 100
    raise StoreError(f"{letter} isn't in the item's grading scale.")
