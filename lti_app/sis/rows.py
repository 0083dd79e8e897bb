"""Raw rows to typed cells, with everything that is wrong with a row told by its field.

A row is decoded by a struct that is made from the columns of a wire profile. A row that does not fit is
judged cell by cell: what fits is kept, so that the row can be named, and each other cell is a Fault.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from lti_app.school.reasons import Reason, because, several
from lti_app.school.row_codes import RowCode
from lti_app.sis.pages import RawRow, UnreadablePage, loads
from lti_app.sis.row_words import FaultyRow

LONGEST_VALUE = 40
"""Characters of a bad value that are shown."""
Cell = str | int | float | None
"""What stands in a plain column; true and false are none of these."""
CELL, CELLS = "cell", "cells"
Columns = Mapping[str, Any]
"""Column → CELL, CELLS for a list of them, or the Columns of a list of rows."""


@dataclass(frozen=True)
class Fault:
    """A cell that can't be read: its column with the way to it, what stands there (shortened), and why."""

    column: str
    value: str
    why: Reason


@dataclass(frozen=True)
class Row:
    """The cells of one row. `faults` is shared with the rows inside: whoever reads a cell adds to it."""

    cells: Any
    faults: list[Fault] = field(default_factory=list)
    path: str = ""

    def get(self, column: str) -> Any:
        """What stands in a column; None when it is empty, missing or faulty."""
        return getattr(self.cells, column, None)

    def rows(self, column: str) -> list[Row]:
        """The rows of a list; empty when there is none."""
        inside = self.get(column) or ()
        return [
            Row(each, self.faults, f"{self.path}{column}[{number}].") for number, each in enumerate(inside)
        ]

    def fault(self, column: str, value: object, code: RowCode, **values: object) -> None:
        """Note that a cell cannot be used; each cell once."""
        name = f"{self.path}{column}"
        if all(each.column != name for each in self.faults):
            self.faults.append(fault(name, value, code, **values))

    def is_faulty(self, column: str) -> bool:
        """Whether a cell cannot be used."""
        return any(each.column == f"{self.path}{column}" for each in self.faults)

    def told(self) -> Reason:
        """All that is wrong with the row; NO_REASON for a sound row."""
        return told(self.faults)

    def faulty(self) -> FaultyRow:
        """The same for an error."""
        return FaultyRow(tuple(each.column for each in self.faults), self.told())

    def take_faults(self) -> Reason:
        """What `told` says, and no fault from then on: for a value that carries its own fault."""
        found = self.told()
        self.faults.clear()
        return found


def fault(column: str, value: object, code: RowCode, **values: object) -> Fault:
    """What is wrong with a cell; one without content is empty, whatever was expected of it."""
    shown = shortened(value)
    if not shown:
        return Fault(column, shown, because(RowCode.CELL_EMPTY, column=column))
    return Fault(column, shown, because(code, column=column, value=shown, **values))


def told(faults: Iterable[Fault]) -> Reason:
    """All faults of a row as one reason, each of them once."""
    return several(*dict.fromkeys(each.why for each in faults))


class NotARow(ValueError):
    """What stands in the place of a row is no object."""


class RowType:
    """The rows of one call."""

    def __init__(self, name: str, columns: Columns) -> None:
        self.columns = columns
        self._struct = _struct(name, columns)
        self._decoder = msgspec.json.Decoder(self._struct)

    def read(self, raw: RawRow) -> Row:
        """A raw row with its typed cells. Raises NotARow."""
        try:
            if isinstance(raw, msgspec.Raw):
                return Row(self._decoder.decode(raw))
        except (msgspec.DecodeError, RecursionError):
            raw = _again(raw)
        if not isinstance(raw, Mapping):
            raise NotARow
        found = Row(None)
        return Row(_by_cell(self._struct, self.columns, raw, found), found.faults)


def shortened(value: object) -> str:
    """A value that fits into a sentence, with every character that no page can show written out."""
    text = value if isinstance(value, str) else repr(value)
    text = text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"
    return text.replace("\x00", "\\x00").encode("utf-8", "backslashreplace").decode("utf-8")


def is_storable(text: str) -> bool:
    """Whether a text has neither a lone surrogate nor a NUL, which no database keeps."""
    return "\x00" not in text and (text.isascii() or not any("\ud800" <= each <= "\udfff" for each in text))


def _struct(name: str, columns: Columns) -> type[msgspec.Struct]:
    kinds: dict[str, Any] = {CELL: Cell, CELLS: list[Cell] | None}
    fields = [
        (column, kinds[kind] if isinstance(kind, str) else list[_struct(column, kind)] | None, None)  # type: ignore[misc]
        for column, kind in columns.items()
    ]
    return msgspec.defstruct(name, fields, gc=False)


def _again(raw: msgspec.Raw) -> Any:
    try:
        return loads(bytes(raw))
    except UnreadablePage as error:
        raise NotARow from error


def _by_cell(struct: type[msgspec.Struct], columns: Columns, raw: Mapping[str, Any], row: Row) -> Any:
    """The struct with what fits; all else is a fault of the row."""
    kept: dict[str, Any] = {}
    for column, kind in columns.items():
        value = raw.get(column)
        if value is None:
            continue
        if isinstance(kind, str):
            kept[column] = _cells(value, column, row) if kind == CELLS else _cell(value, column, row)
        else:
            kept[column] = list(_inside(value, column, kind, row))
    return struct(**kept)


def _inside(value: Any, column: str, columns: Columns, row: Row) -> Iterator[Any]:
    struct = _struct(column, columns)
    for number, each in enumerate(_list(value, column, row)):
        if isinstance(each, Mapping):
            deeper = Row(None, row.faults, f"{row.path}{column}[{number}].")
            yield _by_cell(struct, columns, each, deeper)
        else:
            row.fault(f"{column}[{number}]", each, RowCode.CELL_NOT_AN_OBJECT)


def _cells(value: Any, column: str, row: Row) -> list[Cell]:
    found = _list(value, column, row)
    return [_cell(each, f"{column}[{number}]", row) for number, each in enumerate(found)]


def _list(value: Any, column: str, row: Row) -> Sequence[Any]:
    if isinstance(value, list):
        return value
    row.fault(column, value, RowCode.CELL_NOT_A_LIST)
    return []


def _cell(value: Any, column: str, row: Row) -> Cell:
    if isinstance(value, bool) or not isinstance(value, str | int | float | None):
        row.fault(column, value, RowCode.CELL_NOT_PLAIN)
    elif isinstance(value, float) and not abs(value) < float("inf"):
        row.fault(column, value, RowCode.CELL_TOO_LARGE)
    elif isinstance(value, str) and not is_storable(value):
        row.fault(column, value, RowCode.CELL_BROKEN_TEXT)
    else:
        return value
    return None
