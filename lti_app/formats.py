"""Dates, times, numbers and plurals as people read them: one style for pages, emails and commands.

American English through Babel's CLDR data, with patterns of our own, because Babel's hold narrow no-break
spaces, which neither a search box nor a plain-text email copes with. ISO dates are for CSV and machines.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_time
from babel.numbers import format_decimal

LOCALE = Locale("en", "US")
DAY = "MMM d, y"
SHORT_DAY = "MMM d"
CLOCK = "h:mm a"
CLOCK_BARE = "h:mm"
MOMENT = f"{DAY}, {CLOCK}"


def moment(at: datetime, zone: str) -> str:
    """An aware moment on the clock of an IANA zone: Nov 30, 2026, 3:09 PM EST."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{format_datetime(local, MOMENT, locale=LOCALE)} {local:%Z}"


def clock(at: datetime, zone: str) -> str:
    """The time of day of an aware moment, where its day is known: 3:09 PM EST."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{format_time(local.time(), CLOCK, locale=LOCALE)} {local:%Z}"


def day(value: date) -> str:
    """A calendar day: Nov 30, 2026."""
    return str(format_date(value, DAY, locale=LOCALE))


def stored(text: str) -> str:
    """A day, or a moment on a district's own clock, that is kept as ISO text; empty text stays empty.

    Raises ValueError for text that is neither.
    """
    if "T" not in text and " " not in text:
        return day(date.fromisoformat(text)) if text else ""
    return str(format_datetime(datetime.fromisoformat(text), MOMENT, locale=LOCALE))


def short_day(value: date) -> str:
    """A calendar day in a year that is clear: Nov 30."""
    return str(format_date(value, SHORT_DAY, locale=LOCALE))


def days(first: date, last: date) -> str:
    """A range of days, the year said once where it is the same: Aug 24 – Nov 6, 2026."""
    start = short_day(first) if first.year == last.year else day(first)
    return f"{start} – {day(last)}"


def hours(first: time, last: time) -> str:
    """A range of the day, AM or PM said once where both are the same: 12:00–3:00 AM, 9:00 AM–12:00 PM."""
    same_half = (first.hour < 12) == (last.hour < 12)
    start = format_time(first, CLOCK_BARE if same_half else CLOCK, locale=LOCALE)
    return f"{start}–{format_time(last, CLOCK, locale=LOCALE)}"


def number(count: float) -> str:
    """A number: 1,717."""
    return str(format_decimal(count, locale=LOCALE))


def plural(count: float, one: str, many: str = "") -> str:
    """The word that agrees with a count; `many` is `one` with an s unless given."""
    return one if LOCALE.plural_form(count) == "one" else many or f"{one}s"


def counted(count: float, one: str, many: str = "") -> str:
    """A count and its word: 0 records, 1 record, 1,717 records."""
    return f"{number(count)} {plural(count, one, many)}"


def percent(share: float) -> str:
    """A share as a whole percentage: 0.05 is 5%."""
    return f"{number(round(share * 100))}%"


def average(value: Decimal) -> str:
    """An average of a gradebook: 87.50."""
    return f"{value:.2f}"


def listed(names: Sequence[str]) -> str:
    """A list in a sentence: A and B; A, B, and C; A, B, C, and 2 more."""
    shown = [*names[:3], f"{number(len(names) - 3)} more"] if len(names) > 3 else list(names)
    return f"{', '.join(shown[:-1])}, and {shown[-1]}" if len(shown) > 2 else " and ".join(shown)


def duration(seconds: float) -> str:
    """A length of time: 40 sec, 12 min, 2 hr 5 min."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} sec"
    minutes = round(whole / 60)
    return f"{minutes} min" if minutes < 60 else f"{number(minutes // 60)} hr {minutes % 60} min"


def zone_name(zone: str) -> str:
    """An IANA zone in a sentence: America/New York."""
    return zone.replace("_", " ")
