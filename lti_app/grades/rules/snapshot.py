"""What the course's pages show of both sides between two readings. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from lti_app.grades.rules.dates import Period
from lti_app.school import gradebook_json
from lti_app.school.gradebook import GradeCategory, SectionGrading
from lti_app.school.reasons import Reason, other


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
    strangers: tuple[tuple[str, Reason], ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """What the database should hold."""
        found: dict[str, Any] = gradebook_json.to_json(replace(self, strangers=()))
        return {**found, "strangers": [[name, reason.to_json()] for name, reason in self.strangers]}

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
                "strangers": tuple((name, _reason(why)) for name, why in kept["strangers"]),
                "periods": tuple(_period(each) for each in kept["periods"]),
            }
        )


def _reason(kept: Mapping[str, Any] | str) -> Reason:
    """An older version kept the words."""
    return other(kept) if isinstance(kept, str) else Reason.from_json(kept)


def _period(kept: Mapping[str, Any]) -> Period:
    days = {name: date.fromisoformat(kept[name]) for name in ("start", "end")}
    return Period(**{**kept, **days})
