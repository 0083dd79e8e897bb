"""What happened on each of the last thirty days, for the chart of the Overview tab and its table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import case, func

from lti_app import clock
from lti_app.models import SENDING, Installation, Run
from lti_app.school.records import Kind
from lti_app.school.run_kinds import WHOLE, RunKind
from lti_app.store.district import District

DAYS = 30
SERIES = {
    "people": (Kind.USER, Kind.PARENT_LINK),
    "classes": (Kind.COURSE, Kind.SECTION),
    "enrollments": (Kind.ENROLLMENT,),
}
"""Kinds that share one color of the chart."""


@dataclass
class Day:
    """One day of the district's own calendar."""

    day: date
    changes: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SERIES, 0))
    """Name of a series → records that syncs changed or tried to change."""
    problems: int = 0
    """Records that the last sync of the day could not change."""
    seconds: int = 0
    """How long its longest sync took."""
    grades: int = 0
    """Grades and graded items that the SIS took."""


def last_days(district: District) -> list[Day]:
    """The last thirty days, today last."""
    zone = ZoneInfo(district.session.get_one(Installation, district.id).time_zone)
    today = clock.now().astimezone(zone).date()
    days = {each: Day(each) for each in (today - timedelta(days=DAYS - 1 - back) for back in range(DAYS))}
    first = _midnight(min(days), zone)
    for run in _rosters(district, first):
        found = days.get(run.started_at.astimezone(zone).date())
        if found is not None:
            _add(found, run)
    for day, number in _grades(district, list(days), zone):
        days[day].grades = number
    return list(days.values())


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _rosters(district: District, first: datetime) -> Iterable[Run]:
    return district.session.scalars(
        district.select(Run)
        .where(
            Run.what.in_(WHOLE),
            Run.plan_only.is_(False),
            Run.started_at >= first,
            Run.finished_at.is_not(None),
        )
        .order_by(Run.id)
    )


def _add(day: Day, run: Run) -> None:
    plan, outcome = run.counts.get("plan", {}), run.counts.get("outcome", {})
    for name, kinds in SERIES.items():
        actions = (plan.get(kind, {}) for kind in kinds)
        day.changes[name] += sum(each.get(action, 0) for each in actions for action in SENDING)
    day.problems = outcome.get("failed", 0) + outcome.get("blocked", 0)
    if run.finished_at is not None:
        day.seconds = max(day.seconds, round((run.finished_at - run.started_at).total_seconds()))


def _grades(district: District, days: list[date], zone: ZoneInfo) -> Iterable[tuple[date, int]]:
    """Day → what the SIS took; added up in the database, as live sync has a run for each time that a teacher
    saves."""
    starts = [_midnight(each, zone) for each in days]
    bucket = case(*((Run.started_at >= start, place) for place, start in reversed(list(enumerate(starts)))))
    taken = func.sum(func.coalesce(Run.counts["outcome"]["done"].as_integer(), 0))
    rows = district.session.execute(
        district.select(bucket, taken)
        .where(Run.what == RunKind.GRADES, Run.started_at >= starts[0])
        .group_by(bucket)
    )
    return [(days[place], int(number or 0)) for place, number in rows]
