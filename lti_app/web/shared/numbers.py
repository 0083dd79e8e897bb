"""Whole numbers that a browser sends."""

from __future__ import annotations

LARGEST = 2**31 - 1
"""What every column of whole numbers holds, in both databases."""


def whole(text: str) -> int:
    """A whole number that a database can be asked for. Raises ValueError: a form takes that for no number."""
    number = int(text)
    if abs(number) > LARGEST:
        raise ValueError("no number that we have given to anything")
    return number
