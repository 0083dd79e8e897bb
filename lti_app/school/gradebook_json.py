"""Gradebook values as JSON and back: numbers as text, so that no decimal is lost. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from lti_app.school.gradebook import Calculation, GradebookSettings, GradeCategory, SchoolMark, SisCategory


def to_json(value: Any) -> Any:
    """Dataclasses become objects, tuples lists, decimals and days text."""
    if is_dataclass(value):
        return {each.name: to_json(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): to_json(each) for name, each in value.items()}
    if isinstance(value, list | tuple | frozenset):
        return [to_json(each) for each in value]
    if isinstance(value, Decimal | date):
        return str(value)
    return value


def settings(stored: Mapping[str, Any]) -> GradebookSettings:
    """The SIS settings behind what `to_json` made of them."""
    return GradebookSettings(
        section_key=stored["section_key"],
        total_points=stored["total_points"],
        truncates=stored["truncates"],
        categories=tuple(_sis_category(each) for each in stored["categories"]),
        marks=tuple(SchoolMark(**{**each, "percent": decimal(each["percent"])}) for each in stored["marks"]),
        # A row of an earlier version doesn't tell: the only SIS that there was counted points by points.
        calculation=_calculation(stored.get("calculation", Calculation.TOTAL_POINTS)),
    )


def _calculation(stored: str | None) -> Calculation | None:
    return None if stored is None else Calculation(stored)


def _sis_category(stored: Mapping[str, Any]) -> SisCategory:
    values = {
        **stored,
        "terms": tuple(stored["terms"]),
        "weight": decimal(stored["weight"]),
    }
    return SisCategory(**values)


def category(stored: Mapping[str, Any]) -> GradeCategory:
    """The Schoology category behind what `to_json` made of it."""
    values = {
        **stored,
        "calculation": Calculation(stored["calculation"]),
        "weight": decimal(stored["weight"]),
    }
    return GradeCategory(**values)


def decimal(text: str | None) -> Decimal | None:
    """A number, or None."""
    return None if text is None else Decimal(text)
