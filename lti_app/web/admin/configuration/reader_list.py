"""Who opened the admin app and who may look, as the Configuration tab shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from lti_app.lti import readers
from lti_app.models import Reader
from lti_app.store.district import District


@dataclass(frozen=True)
class Line:
    """One person of the list."""

    subject: str
    name: str
    is_allowed: bool
    confirmed_at: datetime | None
    seen_at: datetime


def lines(district: District) -> list[Line]:
    """Everybody who opened the admin app, those who wait for a decision first."""
    found = [line_of(each) for each in readers.listed(district)]
    return sorted(found, key=lambda each: each.is_allowed or each.confirmed_at is not None)


def line_of(row: Reader) -> Line:
    """A row as the list shows it."""
    name = row.name or f"Schoology user {row.uid}"
    return Line(row.subject, name, row.allowed_at is not None, row.confirmed_at, row.seen_at)
