"""What a student information system can do, and within which limits.

Each adapter has a class attribute `capabilities`: the static part, which pages know without a call. What only
a connection tells (`SisInfo.measured`) is stored with the connection and laid over it by `measured`.
Whatever is unknown is off, and a limit that no one knows is None.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal, InvalidOperation
from typing import Any


@dataclass(frozen=True)
class Limits:
    """How much the SIS takes of one value; None where no limit is known. Lengths are in characters."""

    title: int | None = None
    detail: int | None = None
    comment: int | None = None
    digits: int | None = None
    """Significant digits of a score."""
    points: Decimal | None = None
    """Most points of an assignment."""
    whole_points: bool = False
    """Points of an assignment are whole numbers."""
    whole_scores: bool = False
    """Scores are whole numbers."""
    batch: int = 100
    """Most scores in one call of put_scores."""


@dataclass(frozen=True)
class ContactType:
    """A kind of contact that the SIS knows; `parent`: such people are parents unless someone chooses."""

    code: str
    name: str
    parent: bool = False


@dataclass(frozen=True)
class Help:
    """What people need to know about one product, as whole sentences; empty where there is nothing to say."""

    access: str = ""
    """How a district gets access."""
    schools: str = ""
    """Where the list of schools comes from."""


@dataclass(frozen=True)
class Capabilities:
    """What one SIS can do."""

    product: str
    """What people call it."""
    grades: bool = False
    """It has a gradebook that can be written."""
    delete: bool = False
    """Assignments can be deleted."""
    clear: bool = False
    """A score can be cleared."""
    exempt: bool = False
    """A score can be exempt without a mark of the school."""
    marks: bool = False
    """A school has marks with codes, told by the gradebook's settings."""
    flags: bool = False
    """A score can be flagged as missing."""
    comments: bool = False
    """A score can have a comment."""
    settings: bool = False
    """The gradebook tells how it counts: total points, drop lowest, missing work, rounding."""
    category_weights: bool = False
    """The gradebook tells the weights of its categories. What isn't told is neither compared nor changed."""
    item_ids: bool = False
    """It keeps the Schoology item's id with the assignment."""
    item_weight: bool = False
    """A single assignment has a weight."""
    publish: bool = False
    """An assignment can be kept from students and parents."""
    averages: bool = False
    """It tells the averages that it calculates."""
    class_days: bool = False
    """It refuses due dates on days without class."""
    narrow: bool = False
    """A read can be narrowed to one record."""
    limits: Limits = Limits()
    contact_types: tuple[ContactType, ...] = ()
    help: Help = field(default=Help())

    @property
    def parent_types(self) -> tuple[str, ...]:
        """The codes of contacts that are parents unless someone chooses."""
        return tuple(each.code for each in self.contact_types if each.parent)

    def measured(self, found: Any) -> Capabilities:
        """These, with what a connection found: {name: bool}, and {"limits": {name: number}}.

        What is not an object, a name that is not known and a value of another kind change nothing: it may
        come from another version of the app.
        """
        if not isinstance(found, Mapping):
            return self
        flags = {each.name for each in fields(self) if isinstance(getattr(self, each.name), bool)}
        changed: dict[str, Any] = {
            name: value for name, value in found.items() if name in flags and isinstance(value, bool)
        }
        return replace(self, **changed, limits=_measured(self.limits, found.get("limits")))


def _measured(limits: Limits, found: Any) -> Limits:
    if not isinstance(found, Mapping):
        return limits
    changed: dict[str, Any] = {}
    for each in fields(limits):
        value = found.get(each.name)
        if isinstance(getattr(limits, each.name), bool):
            changed |= {each.name: value} if isinstance(value, bool) else {}
        elif each.name == "points":
            number = _number(value)
            changed |= {each.name: number} if number is not None else {}
        elif isinstance(value, int) and not isinstance(value, bool) and value > 0:
            changed[each.name] = value
    return replace(limits, **changed)


def _number(value: Any) -> Decimal | None:
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() and found > 0 else None
