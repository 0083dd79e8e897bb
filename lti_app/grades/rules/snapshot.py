"""What the course's pages show of both sides between two readings. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from lti_app.grades.rules.dates import Period
from lti_app.school import gradebook_json
from lti_app.school.gradebook import GradeCategory, SectionGrading


@dataclass(frozen=True)
class Snapshot:
    """`students`: SIS id → name. `strangers`: students of the course that the SIS section does not have, as
    (name, reason). `counts`: Schoology category id → number of items, the empty id for items without one."""

    session: int = 1
    building: str = ""
    course_code: str = ""
    grading: SectionGrading = SectionGrading(False)
    categories: tuple[GradeCategory, ...] = ()
    periods: tuple[Period, ...] = ()
    students: Mapping[str, str] = field(default_factory=dict)
    strangers: tuple[tuple[str, str], ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """What the database should hold."""
        found: dict[str, Any] = gradebook_json.to_json(self)
        return found

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Snapshot:
        """A snapshot from what the database holds; a blank one from nothing."""
        if not kept:
            return cls()
        return cls(
            **{
                **kept,
                "grading": SectionGrading(**kept["grading"]),
                "categories": tuple(gradebook_json.category(each) for each in kept["categories"]),
                "strangers": tuple((name, reason) for name, reason in kept["strangers"]),
                "periods": tuple(_period(each) for each in kept["periods"]),
            }
        )


def _period(kept: Mapping[str, Any]) -> Period:
    days = {name: date.fromisoformat(kept[name]) for name in ("start", "end")}
    return Period(**{**kept, **days})
