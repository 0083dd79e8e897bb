"""Schoology's buildings and grading periods as last read, kept so that pages can offer them at once."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from lti_app.models import SyncOptions
from lti_app.schoology.port import GradingPeriod, Schoology, SchoologyBuilding


def buildings(session: Session, installation_id: int) -> list[SchoologyBuilding]:
    """The buildings that can be chosen, by name."""
    rows = _stored(session, installation_id).get("buildings", [])
    return sorted((SchoologyBuilding(**each) for each in rows), key=lambda each: each.name.casefold())


def grading_periods(session: Session, installation_id: int) -> list[GradingPeriod]:
    """The grading periods that can be chosen, newest first."""
    rows = _stored(session, installation_id).get("grading_periods", [])
    found = [
        GradingPeriod(each["id"], each["title"], _day(each["start"]), _day(each["end"])) for each in rows
    ]
    return sorted(found, key=lambda each: (each.start or date.min, each.title), reverse=True)


def refresh_buildings(session: Session, installation_id: int, schoology: Schoology) -> int:
    """Read the buildings anew and keep them; commits. Raises OutboundError, the former ones then stay."""
    session.commit()
    found = schoology.buildings()
    keep_buildings(session, installation_id, found)
    session.commit()
    return len(found)


def refresh_grading_periods(session: Session, installation_id: int, schoology: Schoology) -> int:
    """Read the grading periods anew and keep them; commits. Raises OutboundError."""
    session.commit()
    found = schoology.grading_periods()
    keep_grading_periods(session, installation_id, found)
    session.commit()
    return len(found)


def keep_buildings(session: Session, installation_id: int, found: list[SchoologyBuilding]) -> None:
    """Store the list. The caller commits."""
    rows = [{"id": each.id, "name": each.name, "code": each.code} for each in found]
    _store(session, installation_id, "buildings", rows)


def keep_grading_periods(session: Session, installation_id: int, found: list[GradingPeriod]) -> None:
    """Store the list. The caller commits."""
    rows = [
        {"id": each.id, "title": each.title, "start": _text(each.start), "end": _text(each.end)}
        for each in found
    ]
    _store(session, installation_id, "grading_periods", rows)


def _stored(session: Session, installation_id: int) -> dict[str, Any]:
    row = session.get(SyncOptions, installation_id)
    return (row.schoology_lists or {}) if row else {}


def _store(session: Session, installation_id: int, name: str, rows: list[dict[str, Any]]) -> None:
    row = session.get(SyncOptions, installation_id)
    if row is None:
        row = SyncOptions(installation_id=installation_id)
        session.add(row)
    row.schoology_lists = {**(row.schoology_lists or {}), name: rows}


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _text(day: date | None) -> str:
    return day.isoformat() if day else ""
