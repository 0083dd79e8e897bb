"""A file of pairs as spreadsheets write it: any of their encodings, separators and line ends.

Pure: what the lines mean is checked elsewhere.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from lti_app.school.prep import LineCode
from lti_app.school.reasons import NO_REASON, Reason, Told, because

SCHOOLOGY_ID, MAPPING_ID = "Schoology ID", "Mapping ID"
SEPARATORS = (",", ";", "\t")
NUMBER, DAY = r"\d+([.,]\d+)?E[+-]?\d+|\d{16,}", r"\d{1,2}[-/]\d{1,2}([-/]\d{2,4})?"
CHANGED = re.compile(f"{NUMBER}|{DAY}|true|false", re.IGNORECASE)
"""What a spreadsheet makes another number or a day of, for good. Numbers have 15 digits there."""
SHORTENED = re.compile(r"\d([.,]\d+)?[eE]\+?\d+")
ENCODINGS = ("utf-8-sig", "cp1252")
"""Excel writes UTF-8 with a mark, or the code page of the country (Western Europe and America: 1252)."""

PART = 65536
"""Bytes that are read at a time."""
MOST_ROWS = 250_000
"""Rows of a file: more than the people of a district of 100,000 students with their parents and staff."""


class NotAFile(Told):
    """The file can't be used at all; the reason says why and what to do."""


@dataclass(frozen=True)
class Cells:
    """What one line says, or why it cannot be read."""

    line: int
    schoology_id: str = ""
    mapping_id: str = ""
    problem: Reason = NO_REASON
    marked: tuple[str, ...] = ("", "")
    """Both ids with the apostrophe that may mark them as text, or may be the first character of an id."""


def read(file: BinaryIO) -> Iterator[Cells]:
    """The lines below the header, read as they are asked for. Raises NotAFile, also in between."""
    text = io.TextIOWrapper(file, encoding=_encoding(file), errors="replace", newline="")
    first = next((each for each in text if each.strip()), "")
    text.seek(0)
    separator = max(SEPARATORS, key=first.count)
    lines = csv.reader(text, delimiter=separator)
    try:
        header = [_cell(each) for each in next((each for each in lines if any(each)), [])]
    except csv.Error as error:
        raise NotAFile(because(LineCode.FILE_QUOTE_OPEN)) from error
    missing = [name for name in (SCHOOLOGY_ID, MAPPING_ID) if name not in header]
    if missing:
        raise NotAFile(because(LineCode.FILE_WITHOUT_COLUMN, column=missing[0]))
    places = header.index(SCHOOLOGY_ID), header.index(MAPPING_ID)
    return _lines(lines, len(header), places)


def _encoding(file: BinaryIO) -> str:
    """How the file is written, found by reading it once in parts. Raises NotAFile for a workbook."""
    first = file.read(2)
    file.seek(0)
    if first in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    if first == b"PK":
        raise NotAFile(because(LineCode.FILE_IS_WORKBOOK))
    found = next((each for each in ENCODINGS if _decodes(file, each)), "latin-1")
    file.seek(0)
    return found


def _decodes(file: BinaryIO, encoding: str) -> bool:
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while part := file.read(PART):
            decoder.decode(part)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _lines(lines: Iterator[list[str]], width: int, places: tuple[int, int]) -> Iterator[Cells]:
    number, rows = 1, 0
    while True:
        try:
            row = next(lines)
        except StopIteration:
            return
        except csv.Error as error:
            raise NotAFile(because(LineCode.FILE_BROKEN, line=number, words=str(error))) from error
        number = getattr(lines, "line_num", number + 1)
        rows += 1
        if rows > MOST_ROWS:
            raise NotAFile(because(LineCode.FILE_TOO_LONG, most=MOST_ROWS))
        if not any(each.strip() for each in row):
            continue
        if len(row) < width and len(row) <= max(places):
            short = because(LineCode.LINE_TOO_SHORT, found=len(row), wanted=width)
            yield Cells(number, problem=short)
            continue
        yield cells_of(number, row[places[0]], row[places[1]])


def cells_of(line: int, uid: str, mapping: str) -> Cells:
    """One line, from both cells as they stand in the file."""
    marked = tuple(each.replace("\0", "").strip() for each in (uid, mapping))
    return Cells(line, _cell(uid), _cell(mapping), marked=marked)


def kept(ident: str) -> str:
    """An id as a cell that a spreadsheet leaves alone: with an apostrophe before what it would take for a
    number, a day or a mark of its own. `_cell` takes one apostrophe off again."""
    return f"'{ident}" if ident.startswith("'") or CHANGED.fullmatch(ident) else ident


def _cell(text: str) -> str:
    """A cell without blanks around it, without the apostrophe that marks text in a spreadsheet, and without
    the character 0, which a database doesn't take."""
    return text.replace("\0", "").strip().removeprefix("'").strip().removeprefix("\ufeff")
