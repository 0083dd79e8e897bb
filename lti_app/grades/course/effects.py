"""What the next sync would do to averages, as the Sync tab shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from lti_app.grades.rules import shown
from lti_app.grades.rules.snapshot import Snapshot
from lti_app.models import SectionSettings


@dataclass(frozen=True)
class DropView:
    """An average that the next sync would lower. `items`: title and id of the work that does it."""

    name: str
    period: str
    before: Decimal
    after: Decimal
    schoology: Decimal | None
    items: tuple[tuple[str, str], ...]
    blank: bool
    missing: bool = False


@dataclass(frozen=True)
class LateView:
    """A student who joined late, with the work that was due before."""

    student_id: str
    name: str
    joined: date
    titles: tuple[str, ...]
    elsewhere: int
    section: str
    digest: str
    """Stands for all of it: a decision carries it."""


def drops(row: SectionSettings, snapshot: Snapshot) -> tuple[DropView, ...]:
    """Every average that would drop, by name."""
    periods = {each.code: each.name for each in snapshot.periods}
    found = [_drop(each, snapshot.students, periods) for each in row.effects.get("drops", [])]
    return tuple(sorted(found, key=lambda each: (each.name, each.period)))


def late(row: SectionSettings, snapshot: Snapshot) -> tuple[LateView, ...]:
    """Who joined late, by name."""
    found = [
        LateView(
            each["student_id"],
            _name(each["student_id"], snapshot.students),
            date.fromisoformat(each["joined"]),
            tuple(title for title, _ in each["items"]),
            int(each["elsewhere"]),
            str(each["section"]),
            late_digest(each),
        )
        for each in row.effects.get("late", [])
        if each["student_id"] not in row.excused
    ]
    return tuple(sorted(found, key=lambda each: each.name))


def late_digest(kept: Mapping[str, Any]) -> str:
    """Stands for what is shown of someone who joined late."""
    return shown.digest(kept)


def excused(row: SectionSettings, snapshot: Snapshot) -> tuple[tuple[str, str], ...]:
    """SIS id and name of those who are excused from earlier work."""
    return tuple((each, _name(each, snapshot.students)) for each in row.excused)


def named(finding: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """A finding with the names of the students it is about."""
    students = sorted(_name(each, names) for each in finding.get("students", []))
    return {**finding, "students": students}


def _drop(kept: Mapping[str, Any], names: Mapping[str, str], periods: Mapping[str, str]) -> DropView:
    ours = kept["schoology"]
    return DropView(
        _name(kept["student_id"], names),
        periods.get(kept["period"], kept["period"]),
        Decimal(kept["before"]),
        Decimal(kept["after"]),
        Decimal(ours) if ours else None,
        tuple((title, item) for title, item in kept["items"]),
        bool(kept["blank"]),
        bool(kept.get("missing")),
    )


def _name(student: str, names: Mapping[str, str]) -> str:
    return names.get(student) or f"Student {student} (not in this course in Schoology)"
