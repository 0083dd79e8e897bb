"""A row of the SIS's list of schools or terms that can't be used: it is told, and every other row counts."""

from __future__ import annotations

from dataclasses import dataclass

from lti_app.school.reasons import Reason


@dataclass(frozen=True)
class BadRow:
    """`key` is that of the school or term that it would have been, or empty where that can't be read."""

    key: str
    reason: Reason
    """What is wrong with it: each field that can't be read, and its value."""
