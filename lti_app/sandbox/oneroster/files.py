"""Reading OneRoster 1.1 CSV files, with errors that name file, line, column and remedy."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

_COLUMNS = {
    "orgs.csv": ("sourcedId", "status", "name", "type", "identifier"),
    "academicSessions.csv": ("sourcedId", "status", "title", "type", "startDate", "endDate", "schoolYear"),
    "courses.csv": ("sourcedId", "status", "title", "courseCode"),
    "classes.csv": ("sourcedId", "status", "title", "courseSourcedId", "schoolSourcedId", "termSourcedIds"),
    "users.csv": (
        *("sourcedId", "status", "enabledUser", "orgSourcedIds", "role", "username"),
        *("givenName", "familyName", "identifier", "email"),
    ),
    "enrollments.csv": (
        "classSourcedId",
        "userSourcedId",
        "role",
        "primary",
        "beginDate",
        "endDate",
        "status",
    ),
}
"""The columns without which a file cannot be used; others are read when they are there."""


class RosterError(ValueError):
    """A bundle cannot be used; the message names the file, the line, the column and the remedy."""

    def __init__(self, place: str, problem: str, remedy: str) -> None:
        super().__init__(f"{place}: {problem}. {remedy}.")


@dataclass(frozen=True)
class Row:
    """One line of a file; values come trimmed, and a missing optional column is empty."""

    file: str
    line: int
    number: int
    values: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.values.get(column, "")

    def listed(self, column: str) -> list[str]:
        """The parts of a value that is a comma-separated list."""
        return [part.strip() for part in self[column].split(",") if part.strip()]

    def day(self, column: str) -> date | None:
        """A date, or None when it is blank. Raises RosterError when it is not YYYY-MM-DD."""
        text = self[column]
        if not text:
            return None
        try:
            return date.fromisoformat(text)
        except ValueError as error:
            raise self.error(column, f"{text!r} is not a date", "Write it as YYYY-MM-DD") from error

    def needed_day(self, column: str) -> date:
        """A date that may not be blank."""
        day = self.day(column)
        if day is None:
            raise self.error(column, "is blank", "Give a date as YYYY-MM-DD")
        return day

    def error(self, column: str, problem: str, remedy: str) -> RosterError:
        """An error about one value of this line."""
        return RosterError(f"{self.file}, line {self.line}, column {column}", problem, remedy)

    @property
    def deleted(self) -> bool:
        """Whether the row says that its object is gone."""
        return self["status"].lower() == "tobedeleted"


class Bundle:
    """The files of a folder; rows are numbered from 1 without the header, deleted ones included."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        if not folder.is_dir():
            raise RosterError(
                str(folder), "is not a folder", "Name the folder that contains orgs.csv and the other files"
            )

    def rows(self, name: str) -> Iterator[Row]:
        """Every row of a file, in order. Raises RosterError for a file that cannot be used."""
        path = self._folder / name
        try:
            with path.open(encoding="utf-8-sig", newline="") as stream:
                yield from self._parse(name, csv.reader(stream))
        except FileNotFoundError as error:
            remedy = "Put it into the folder; bulk bundles include it"
            raise RosterError(str(path), "is missing", remedy) from error
        except (UnicodeDecodeError, csv.Error) as error:
            raise RosterError(
                str(path), f"is not CSV in UTF-8 ({error})", "Save it as CSV in UTF-8"
            ) from error

    def index(self, name: str) -> dict[str, Row]:
        """Rows by sourcedId. Raises RosterError when one is blank or used twice."""
        found: dict[str, Row] = {}
        for row in self.rows(name):
            if not row["sourcedId"]:
                raise row.error("sourcedId", "is blank", "Give each row its own")
            if row["sourcedId"] in found:
                earlier = found[row["sourcedId"]].line
                raise row.error("sourcedId", f"was used on line {earlier}", "Give each row its own")
            found[row["sourcedId"]] = row
        return found

    def _parse(self, name: str, reader: Iterator[list[str]]) -> Iterator[Row]:
        header = [column.strip() for column in next(reader, [])]
        missing = [column for column in _COLUMNS[name] if column not in header]
        if missing:
            remedy = "Use the headers of OneRoster 1.1"
            raise RosterError(f"{name}, line 1, column {missing[0]}", "is missing from the header", remedy)
        line = 1
        for number, values in enumerate(filter(None, reader), 1):
            line = getattr(reader, "line_num", line + 1)
            if len(values) != len(header):
                problem = f"has {len(values)} values, the header has {len(header)}"
                raise RosterError(f"{name}, line {line}", problem, "Check its commas and quotes")
            yield Row(name, line, number, dict(zip(header, map(str.strip, values), strict=True)))


def follow(
    row: Row, column: str, index: dict[str, Row], *, target: str, source_id: str | None = None
) -> Row | None:
    """The row that a reference means, or None if that is deleted. Raises RosterError for an unknown id.

    `source_id` is one part of a column that is a list.
    """
    wanted = row[column] if source_id is None else source_id
    found = index.get(wanted)
    if found is None:
        problem = f"{wanted!r} is no sourcedId of {target}"
        raise row.error(column, problem, f"Add it to {target} or correct the reference")
    return None if found.deleted else found
