"""A row as tolerantly as it can be read: other cases, numbers as text, one where a list is meant, and null.

What cannot be understood becomes a fault of the row; what is empty in any way is absent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import unquote

import msgspec

from lti_app.school.reasons import Reason
from lti_app.school.row_codes import RowCode
from lti_app.sis import rows
from lti_app.sis.pages import RawRow, UnreadablePage, loads
from lti_app.sis.rows import Fault, NotARow, is_storable

BLANKS = " \t\r\n\v\f\ufeff\xa0"
TRUE, FALSE = ("true", "1", "yes", "y", "t"), ("false", "0", "no", "n", "f")
EMPTY_YEAR = 1900
"""Dates of this year and before are what servers make of an empty one."""
AMERICAN = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?:\D.*)?")
DELETED = frozenset(("tobedeleted", "deleted", "inactive"))
ADDRESS = re.compile(
    r"/(?:orgs|schools|academicSessions|terms|gradingPeriods|courses|classes|users|students|teachers|categories|"
    r"lineItems)/([^/?#]+)/?$",
    re.IGNORECASE,
)
"""The id at the end of an href."""
LARGEST = 18
"""Powers of ten; nothing in a school is larger."""


class Row:
    """One object of a list, or an object inside of it; faults are shared with those inside."""

    __slots__ = ("_values", "faults", "path")

    def __init__(self, values: Any, faults: list[Fault] | None = None, path: str = "") -> None:
        self._values = values
        self.faults: list[Fault] = [] if faults is None else faults
        self.path = path

    def get(self, name: str) -> Any:
        """What stands there; None for everything that is empty."""
        values = self._values
        found = values.get(name) if isinstance(values, Mapping) else getattr(values, name, None)
        return None if found in ("", [], {}) else found

    def fault(self, name: str, value: object, code: RowCode, **values: object) -> None:
        """Note that a value cannot be used."""
        self.faults.append(rows.fault(f"{self.path}{name}", value, code, **values))

    def told(self) -> Reason:
        """All that is wrong with the row; NO_REASON for a sound row."""
        return rows.told(self.faults)

    def text(self, name: str) -> str:
        """Trimmed text; the first of a list."""
        return self._text(name, self.get(name))

    def _text(self, name: str, value: Any) -> str:
        while isinstance(value, list):
            value = value[0] if value else None
        if value is None:
            return ""
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, Decimal | float) and value == value and abs(value) < 10**LARGEST:
            value = int(value) if value == int(value) else value
        if not isinstance(value, str | int | float | Decimal):
            self.fault(name, value, RowCode.CELL_NOT_TEXT)
            return ""
        found = str(value).strip(BLANKS)
        if not is_storable(found):
            self.fault(name, found, RowCode.CELL_BROKEN_TEXT)
            return ""
        return found

    def key(self, name: str) -> str:
        """Text that names something; a fault where there is none."""
        found = self.text(name)
        if not found and all(each.column != f"{self.path}{name}" for each in self.faults):
            self.fault(name, "", RowCode.CELL_EMPTY)
        return found

    def texts(self, name: str) -> list[str]:
        """A list of texts; one text may hold several, with commas between them."""
        value = self.get(name)
        if isinstance(value, str):
            value = value.split(",")
        every = value if isinstance(value, list) else [] if value is None else [value]
        return [found for each in every if (found := self._text(name, each))]

    def rows(self, name: str) -> list[Row]:
        """The objects of a list; a single object counts as one."""
        value = self.get(name)
        every = value if isinstance(value, list) else [] if value is None else [value]
        return [
            Row(each, self.faults, f"{self.path}{name}[{number}].")
            for number, each in enumerate(every)
            if isinstance(each, Mapping)
        ]

    def refs(self, name: str) -> list[str]:
        """The ids of all references of a field."""
        value = self.get(name)
        every = value if isinstance(value, list) else [] if value is None else [value]
        found = (self._ref(name, each) for each in every)
        return list(dict.fromkeys(each for each in found if each))

    def ref(self, name: str) -> str:
        """The id of a reference; the first of several."""
        found = self.refs(name)
        return found[0] if found else ""

    def _ref(self, name: str, value: Any) -> str:
        if not isinstance(value, Mapping):
            return self._text(name, value)
        names = {str(each).lower(): each for each in value}
        for known in ("sourcedid", "id"):
            if known in names and (found := self._text(name, value[names[known]])):
                return found
        address = ADDRESS.search(str(value.get("href") or ""))
        return unquote(address[1]) if address else ""

    def flag(self, name: str) -> bool | None:
        """A boolean, however it is spelled; None where there is none."""
        value = self.get(name)
        if value is None or isinstance(value, bool):
            return value
        word = self._text(name, value).lower()
        if word in TRUE:
            return True
        if word not in FALSE:
            self.fault(name, value, RowCode.CELL_NOT_TRUE_OR_FALSE)
        return False

    def day(self, name: str) -> date | None:
        """A calendar day, whatever time stands behind it."""
        value = self.text(name)
        if not value:
            return None
        american = AMERICAN.fullmatch(value)
        try:
            if american:
                found = date(int(american[3]), int(american[1]), int(american[2]))
            else:
                found = date.fromisoformat(value[:10])
        except ValueError:
            self.fault(name, value, RowCode.CELL_NOT_A_DATE)
            return None
        return found if found.year > EMPTY_YEAR else None

    def number(self, name: str) -> Decimal | None:
        """A finite number, also where it is text."""
        value = self.get(name)
        text = "" if value is None else self._text(name, value)
        if not text:
            return None
        try:
            found = Decimal(text) if text.isascii() and "_" not in text else Decimal("NaN")
        except InvalidOperation:
            found = Decimal("NaN")
        if not found.is_finite() or abs(found.adjusted()) > LARGEST:
            self.fault(name, value, RowCode.CELL_NOT_A_NUMBER)
            return None
        return found

    @property
    def is_deleted(self) -> bool:
        """Whether the server says that the object is gone; every other status means that it is there."""
        return self.text("status").lower().replace(" ", "").replace("_", "") in DELETED


class RowType:
    """The fields of one kind of object; all others are skipped unread."""

    def __init__(self, name: str, fields: str) -> None:
        names = ["sourcedId", "status", *fields.split()]
        self._struct = msgspec.defstruct(name, [(each, Any, None) for each in names], gc=False)
        self._decoder = msgspec.json.Decoder(self._struct, float_hook=Decimal)
        self._names = {each.lower(): each for each in names}

    def read(self, raw: RawRow) -> Row:
        """A raw row. Raises NotARow."""
        try:
            if isinstance(raw, msgspec.Raw):
                found: Any = self._decoder.decode(raw)
                if found.sourcedId is not None:
                    return Row(found)
        except (msgspec.DecodeError, RecursionError):
            pass
        return Row(self._in_other_cases(raw))

    def _in_other_cases(self, raw: RawRow) -> dict[str, Any]:
        try:
            values = loads(bytes(raw)) if isinstance(raw, msgspec.Raw) else raw
        except UnreadablePage as error:
            raise NotARow from error
        if not isinstance(values, Mapping):
            raise NotARow
        return {self._names.get(str(name).lower(), str(name)): value for name, value in values.items()}


ORG = RowType("Org", "name type identifier parent")
SESSION = RowType("AcademicSession", "title startDate endDate type parent children schoolYear")
COURSE = RowType("CourseRow", "title courseCode org")
CLASS = RowType("ClassRow", "title classCode course school terms periods")
USER = RowType(
    "User",
    "username givenName familyName middleName role roles orgs primaryOrg identifier email grades agents "
    "userIds userMasterIdentifier userProfiles",
)
ENROLLMENT = RowType("Enrollment", "user class role primary beginDate endDate")
CATEGORY = RowType("Category", "title metadata")
LINE_ITEM = RowType(
    "LineItem", "title description assignDate dueDate class category resultValueMin resultValueMax"
)
RESULT = RowType("Result", "lineItem student scoreStatus score textScore comment missing dateLastModified")
