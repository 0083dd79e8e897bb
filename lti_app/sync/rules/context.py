"""What the rules know besides the record, and what they answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from lti_app.school.options import ProvisioningOptions
from lti_app.school.reasons import NO_REASON, Reason
from lti_app.school.records import Kind

TermKey = tuple[str, int, bool, str, str]
"""Building, school year, summer, track, marking period."""

State = Literal["ok", "out", "blocked"]


@dataclass(frozen=True)
class BuildingChoice:
    """A SIS building: where it is mapped to and for which tabs it is ticked."""

    name: str
    code: str
    schoology_id: str
    for_users: bool
    for_courses: bool
    for_sections: bool


@dataclass(frozen=True)
class TermChoice:
    """A marking period: its days and the grading period it is mapped to (empty: not mapped)."""

    name: str
    start: date
    end: date
    grading_period_id: str


@dataclass(frozen=True)
class RuleContext:
    """The choices of an installation on one day (local to its time zone)."""

    options: ProvisioningOptions
    today: date
    buildings: Mapping[str, BuildingChoice]
    terms: Mapping[TermKey, TermChoice]
    known_role_ids: frozenset[str] = frozenset()
    """Role ids that Schoology has; empty when they were not read."""
    course_titles: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """One staged row: wanted (ok, with its payload), left out, or blocked, with the reason."""

    kind: Kind
    sis_id: str
    building: str
    state: State = "ok"
    reason: Reason = NO_REASON
    payload: Mapping[str, Any] | None = None
    parent: str = ""
    person: str = ""
    natural_key: str = ""
    second_key: str = ""
    label: str = ""
    record: str = ""
    """What the SIS says of it, where it is not wanted (lti_app.sync.stage.facts)."""
