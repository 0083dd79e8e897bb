"""The cells of a row of eSchoolPLUS: padded text is trimmed, flags, numbers and dates are read strictly.

A cell that cannot be read becomes a fault of its row, and a stand-in is given back: look at `row.faults`
before the values are used.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation

from lti_app.school.row_codes import RowCode
from lti_app.sis.rows import Row, is_storable

BLANKS = " \t\r\n\v\f\ufeff\xa0"
"""What pads a text; a byte order mark may stand anywhere."""
DIGITS = frozenset("0123456789")
EMPTY_YEAR = 1900
"""Dates of this year and before are what .NET, SQL Server and spreadsheets make of an empty one."""
LONGEST_NUMBER = 18
"""Digits of a whole number or a power of ten; nothing in a school is larger."""


def text(row: Row, column: str) -> str:
    """Trimmed text; null and missing are empty."""
    return trimmed(row, column, row.get(column))


def trimmed(row: Row, column: str, value: object) -> str:
    """One value of a column as trimmed text."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 10**LONGEST_NUMBER:
        value = int(value)
    found = "" if value is None else str(value).strip(BLANKS)
    if not is_storable(found):
        row.fault(column, found, RowCode.CELL_BROKEN_TEXT)
        return ""
    return found


def texts(row: Row, column: str) -> list[str]:
    """A list of trimmed texts."""
    return [trimmed(row, column, each) for each in row.get(column) or ()]


def key(row: Row, column: str) -> str:
    """A text that names a record."""
    value = text(row, column)
    if not value:
        row.fault(column, "", RowCode.CELL_EMPTY)
    return value


def number(row: Row, column: str) -> int:
    """A whole number in plain digits."""
    value = text(row, column)
    if (
        value.removeprefix("-")
        and DIGITS.issuperset(value.removeprefix("-"))
        and len(value) <= LONGEST_NUMBER
    ):
        return int(value)
    row.fault(column, value, RowCode.CELL_NOT_WHOLE)
    return 0


def number_or_none(row: Row, column: str) -> int | None:
    """A whole number in plain digits, or None for an empty cell."""
    return number(row, column) if text(row, column) else None


def flag(row: Row, column: str, default: str = "N") -> bool:
    """Y or N."""
    value = text(row, column) or default
    if value not in ("Y", "N"):
        row.fault(column, value, RowCode.CELL_NOT_YES_OR_NO)
    return value == "Y"


def flag_or_none(row: Row, column: str) -> bool | None:
    """Y or N, or None for an empty cell."""
    return flag(row, column) if text(row, column) else None


def day(row: Row, column: str) -> date:
    """A calendar day."""
    found = day_or_none(row, column)
    if found is None:
        row.fault(column, "", RowCode.CELL_EMPTY)
    return found or date.max


def day_or_none(row: Row, column: str) -> date | None:
    """A calendar day in the form 2026-11-30, whatever time stands behind it, or None for an empty cell."""
    value = text(row, column)
    if not value:
        return None
    try:
        found = date.fromisoformat(value[:10])
        if found.year > EMPTY_YEAR:
            return found
    except ValueError:
        pass
    row.fault(column, value, RowCode.CELL_NOT_A_DATE)
    return None


def decimal_or_none(row: Row, column: str) -> Decimal | None:
    """A finite decimal number, or None for an empty cell."""
    value = text(row, column)
    if not value:
        return None
    try:
        found = Decimal(value) if value.isascii() and "_" not in value else Decimal("NaN")
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or abs(found.adjusted()) > LONGEST_NUMBER:
        row.fault(column, value, RowCode.CELL_NOT_A_NUMBER)
        return None
    return found


def decimal(row: Row, column: str) -> Decimal:
    """A finite decimal number."""
    found = decimal_or_none(row, column)
    if found is None:
        row.fault(column, "", RowCode.CELL_EMPTY)
    return found or Decimal(0)
