"""Neutral payloads to Schoology's spelling and back.

Ids come as numbers or as text, and flags as 0, "0" or null, depending on the call: everything is compared as
text.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from lti_app.school.records import Kind

Row = dict[str, Any]

USER = {
    "school_uid": "school_uid",
    "role_id": "role_id",
    "first_name": "name_first",
    "middle_name": "name_middle",
    "last_name": "name_last",
    "username": "username",
    "email": "primary_email",
    "building_id": "building_id",
}
COURSE = {"code": "course_code", "title": "title", "building_id": "building_id", "department": "department"}


def user_row(payload: Mapping[str, Any], cleared: Collection[str] = ()) -> Row:
    """A user as Schoology takes it; what is empty or not given is left out, so that it is left alone, but
    for fields that are to be emptied."""
    row = {**_blanks(cleared, {**USER, "graduation_year": "grad_year"}), **_filled(payload, USER)}
    if "additional_building_ids" in payload:
        row["additional_buildings"] = ",".join(payload["additional_building_ids"] or [])
    if payload.get("graduation_year"):
        row["grad_year"] = str(payload["graduation_year"])
    row["synced"] = 1
    return row


def course_row(payload: Mapping[str, Any], cleared: Collection[str] = ()) -> Row:
    """A course as Schoology takes it."""
    return {**_blanks(cleared, COURSE), **_filled(payload, COURSE), "synced": 1}


def _filled(payload: Mapping[str, Any], names: Mapping[str, str]) -> Row:
    return {theirs: payload[ours] for ours, theirs in names.items() if payload.get(ours)}


def _blanks(cleared: Collection[str], names: Mapping[str, str]) -> Row:
    """Empty texts, by which Schoology is assumed to empty a field."""
    return {theirs: "" for ours, theirs in names.items() if ours in cleared}


def section_row(payload: Mapping[str, Any], cleared: Collection[str] = ()) -> Row:
    """A section as Schoology takes it."""
    row: Row = {
        "title": payload["title"],
        "section_school_code": payload["section_school_code"],
        "grading_periods": [int(each) for each in payload["grading_period_ids"]],
        "synced": 1,
    }
    if payload.get("section_code") or "section_code" in cleared:
        row["section_code"] = payload.get("section_code") or ""
    return row


def neutral(kind: Kind, row: Mapping[str, Any]) -> dict[str, Any]:
    """An object that was read, in our spelling."""
    if kind == Kind.USER:
        fields = {ours: _text(row.get(theirs)) for ours, theirs in USER.items()}
        extra = _text(row.get("additional_buildings"))
        fields["additional_building_ids"] = sorted(each for each in extra.split(",") if each)  # type: ignore[assignment]
        fields["graduation_year"] = _text(row.get("grad_year"))
        return dict(fields)
    if kind == Kind.COURSE:
        return {ours: _text(row.get(theirs)) for ours, theirs in COURSE.items()}
    if kind == Kind.SECTION:
        return {
            "title": _text(row.get("section_title") or row.get("title")),
            "section_code": _text(row.get("section_code")),
            "section_school_code": _text(row.get("section_school_code")),
            "grading_period_ids": sorted(_text(each) for each in row.get("grading_periods") or []),
        }
    return {"admin": _text(row.get("admin")) == "1"}


def _text(value: Any) -> str:
    return "" if value is None else str(value)
