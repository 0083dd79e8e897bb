"""Schoology's buildings and grading periods as last read, kept so that pages can offer them immediately."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from lti_app.models import SyncOptions
from lti_app.schoology.port import GradingPeriod, Schoology, SchoologyBuilding
from lti_app.store.district import District


def buildings(district: District) -> list[SchoologyBuilding]:
    """The buildings that can be chosen, by name."""
    rows = _stored(district).get("buildings", [])
    return sorted((SchoologyBuilding(**each) for each in rows), key=lambda each: each.name.casefold())


def grading_periods(district: District) -> list[GradingPeriod]:
    """The grading periods that can be chosen, newest first."""
    rows = _stored(district).get("grading_periods", [])
    found = [
        GradingPeriod(each["id"], each["title"], _day(each["start"]), _day(each["end"])) for each in rows
    ]
    return in_order(found)


def in_order(periods: Iterable[GradingPeriod]) -> list[GradingPeriod]:
    """Newest first."""
    return sorted(periods, key=lambda each: (each.start or date.min, each.title), reverse=True)


def refresh_buildings(district: District, schoology: Schoology) -> int:
    """Refresh and store the buildings; commits. Raises OutboundError, and then the old ones stay."""
    district.session.commit()
    found = schoology.buildings()
    keep_buildings(district, found)
    district.session.commit()
    return len(found)


def refresh_grading_periods(district: District, schoology: Schoology) -> int:
    """Refresh and store the grading periods; commits. Raises OutboundError."""
    district.session.commit()
    found = schoology.grading_periods()
    keep_grading_periods(district, found)
    district.session.commit()
    return len(found)


def keep_buildings(district: District, found: list[SchoologyBuilding]) -> None:
    """Store the list. The caller commits."""
    rows = [{"id": each.id, "name": each.name, "code": each.code} for each in found]
    _store(district, "buildings", rows)


def keep_grading_periods(district: District, found: list[GradingPeriod]) -> None:
    """Store the list. The caller commits."""
    rows = [
        {"id": each.id, "title": each.title, "start": _text(each.start), "end": _text(each.end)}
        for each in found
    ]
    _store(district, "grading_periods", rows)


def _stored(district: District) -> dict[str, Any]:
    row = district.session.get(SyncOptions, district.id)
    return (row.schoology_lists or {}) if row else {}


def _store(district: District, name: str, rows: list[dict[str, Any]]) -> None:
    row = district.session.get(SyncOptions, district.id)
    if row is None:
        row = SyncOptions(installation_id=district.id)
        district.session.add(row)
    row.schoology_lists = {**(row.schoology_lists or {}), name: rows}


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _text(day: date | None) -> str:
    return day.isoformat() if day else ""
