"""What the rules know besides the record, and what they answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, Literal

from lti_app.school.options import ProvisioningOptions
from lti_app.school.reasons import NO_REASON, Reason
from lti_app.school.records import Kind

State = Literal["ok", "out", "blocked", "left"]


@dataclass(frozen=True)
class BuildingChoice:
    """An SIS building: where it is mapped to and for which tabs it is selected."""

    name: str
    code: str
    schoology_id: str
    for_users: bool
    for_courses: bool
    for_sections: bool


@dataclass(frozen=True)
class TermChoice:
    """A term: its days and the grading period it is mapped to (empty: not mapped)."""

    name: str
    start: date
    end: date
    grading_period_id: str
    parent: str = ""
    """The key of the term that it is a part of."""
    buildings: frozenset[str] = frozenset()
    """The schools that have it; none means all."""

    def is_of(self, building: str) -> bool:
        """Whether a school has this term."""
        return not self.buildings or building in self.buildings


@dataclass(frozen=True)
class CourseFacts:
    """What a section says of its course."""

    title: str
    code: str


@dataclass(frozen=True)
class RuleContext:
    """The choices of an installation on one day (local to its time zone)."""

    options: ProvisioningOptions
    today: date
    buildings: Mapping[str, BuildingChoice]
    terms: Mapping[str, TermChoice]
    """By key."""
    known_role_ids: frozenset[str] = frozenset()
    """Role ids that Schoology has; empty when they were not read."""
    courses: Mapping[str, CourseFacts] = field(default_factory=dict)
    """By key."""
    section_buildings: Mapping[str, str] = field(default_factory=dict)
    """Key of a section → its school."""

    account_ids: Mapping[str, str] = field(default_factory=dict)
    """Key of a linked person → the unique id that their account has (lti_app.sync.context.with_accounts)."""

    @cached_property
    def terms_in(self) -> Mapping[str, Sequence[str]]:
        """Key of a term → keys of the terms that are a part of it."""
        found: dict[str, list[str]] = {}
        for key, term in self.terms.items():
            if term.parent:
                found.setdefault(term.parent, []).append(key)
        return found


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
    role: str = ""
    number: str = ""
    natural_key: str = ""
    second_key: str = ""
    label: str = ""
    kept_fields: tuple[str, ...] = ()
    """Fields of the payload that the SIS tells badly: an account keeps what it has there."""
    hides: str = ""
    """Whose absence it may explain (Hides), where it isn't understood."""
    birth_mark: str = ""
    """A keyed hash of the name and the birth date of a person, if the SIS tells both."""
    record: str = ""
    """What the SIS says of it, where it is not wanted (lti_app.sync.stage.facts)."""
