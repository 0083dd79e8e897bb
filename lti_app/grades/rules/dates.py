"""Which day an assignment gets in the SIS: inside a term, on a day with class. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

SATURDAY = 5


@dataclass(frozen=True)
class Period:
    """A term of the session that receives marks; both days belong to it."""

    code: str
    name: str
    start: date
    end: date
    grading_period_id: str = ""


@dataclass(frozen=True)
class Calendar:
    """The terms in order, the days that the SIS refused as days without class, and today.

    `class_days`: the SIS refuses days without class, which weekends are.
    """

    periods: tuple[Period, ...]
    today: date
    closed: frozenset[date] = frozenset()
    class_days: bool = False

    def period_of(self, day: date) -> Period | None:
        """The first term that holds a day."""
        return next((each for each in self.periods if each.start <= day <= each.end), None)

    def meets(self, day: date) -> bool:
        """Whether the class may meet on a day; holidays are known once the SIS has refused them."""
        return day not in self.closed and not (self.class_days and day.weekday() >= SATURDAY)


@dataclass(frozen=True)
class Chosen:
    """The day that is used; `why` says what was wrong with the one that was given: empty for nothing,
    no_due, outside or no_class."""

    day: date
    period: Period
    why: str = ""


def local_day(due: datetime, account_zone: str, zone: str) -> date:
    """The calendar day of a due moment in the district's time zone.

    Schoology writes the moment in the zone of the account that reads it, without naming it.
    """
    if not account_zone or account_zone == zone:
        return due.date()
    return due.replace(tzinfo=ZoneInfo(account_zone)).astimezone(ZoneInfo(zone)).date()


def choose(due: date | None, grading_period_id: str, calendar: Calendar) -> Chosen | None:
    """The day to use for a due date, or for none; None when no term has a day with class."""
    if not calendar.periods:
        return None
    if due is None:
        period = _period_without_due(grading_period_id, calendar)
        return _nearest(period.end, period, calendar, "no_due")
    inside = calendar.period_of(due)
    if inside is None:
        period, day = _closest(due, calendar)
        return _nearest(day, period, calendar, "outside")
    return _nearest(due, inside, calendar, "")


def _period_without_due(grading_period_id: str, calendar: Calendar) -> Period:
    """The item's own grading period, else the one under way, else the last that began, else the first."""
    own = (
        each for each in calendar.periods if grading_period_id and each.grading_period_id == grading_period_id
    )
    begun = [each for each in calendar.periods if each.start <= calendar.today]
    fallback = begun[-1] if begun else calendar.periods[0]
    return next(own, calendar.period_of(calendar.today) or fallback)


def _closest(due: date, calendar: Calendar) -> tuple[Period, date]:
    """The end of the last period before the day, or the start of the first one."""
    before = [each for each in calendar.periods if each.end < due]
    if before:
        last = max(before, key=lambda each: each.end)
        return last, last.end
    first = min(calendar.periods, key=lambda each: each.start)
    return first, first.start


def _nearest(day: date, period: Period, calendar: Calendar, why: str) -> Chosen | None:
    """The day itself if the class meets, else the day before it, else the day after, in the same period."""
    for each in _around(day, period):
        if calendar.meets(each):
            return Chosen(each, period, why or ("" if each == day else "no_class"))
    return None


def _around(day: date, period: Period) -> Iterator[date]:
    earlier = (day - timedelta(days=n) for n in range((day - period.start).days + 1))
    later = (day + timedelta(days=n) for n in range(1, (period.end - day).days + 1))
    yield from earlier
    yield from later
