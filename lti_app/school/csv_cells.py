"""Cells of lists that leave the app: a spreadsheet can open them without harm. Pure."""

from __future__ import annotations

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""A cell that begins with one of these may be run as a formula by a spreadsheet (OWASP, "CSV Injection")."""


def safe_cell(value: object) -> str:
    """The text of a cell, with an apostrophe before anything that could be a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text
