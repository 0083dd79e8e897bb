"""Line items, results and categories to values of the gradebook, and the bodies of writes.

Bodies hold exactly the fields of the version that is spoken, and nothing empty (OneRoster 1.1, 4.8 and 4.11;
1.2 gradebook service, LineItem and Result).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from lti_app.school.gradebook import Assignment, ScoreFlag, SisCategory, SisScore
from lti_app.school.reasons import because
from lti_app.school.records import TermKind
from lti_app.school.row_codes import RowCode
from lti_app.sis.oneroster.addresses import Base, encoded
from lti_app.sis.oneroster.roster_codecs import Session
from lti_app.sis.oneroster.rows import Row

SESSION = 1
"""OneRoster does not divide classes."""
NAMES = UUID("6f1c3f0e-2f6b-5d53-9a3f-0d9d3a6d8a11")
"""The space of our ids: the same class and item, or line item and student, have the same id for ever."""
BEGIN, END = "[schoology:", "]"
"""Around the Schoology item's id at the end of a description, so that a line item is found again."""
NO_NUMBER = ("exempt", "not submitted")


def line_item_id(section_key: str, item_id: str) -> str:
    """The id that we choose for the line item of a Schoology item in a class."""
    return str(uuid5(NAMES, f"{len(section_key)}:{section_key}:{item_id}"))


def result_id(line_item: str, student: str) -> str:
    """The id that we choose for a student's result."""
    return str(uuid5(NAMES, f"{len(line_item)}/{line_item}/{student}"))


def category(row: Row) -> SisCategory:
    """A category; OneRoster doesn't say how it counts."""
    key = row.key("sourcedId")
    return SisCategory(SESSION, key, key, row.text("title") or key, ())


def class_of_category(row: Row) -> str:
    """The one class that a category is for, by a widely used extension; empty for all classes."""
    found = row.get("metadata")
    names = {str(name).lower(): value for name, value in found.items()} if isinstance(found, Mapping) else {}
    return str(names.get("classid") or names.get("classsourcedid") or "")


def split_marker(text: str) -> tuple[str, str]:
    """A description without our marker, and the Schoology item's id in it."""
    before, mark, rest = text.rpartition(BEGIN)
    item, end, after = rest.partition(END)
    if not mark or not end or not item.isdecimal() or after.strip():
        return text, ""
    return before.rstrip(), item


def assignment(row: Row) -> Assignment:
    """A line item; one that can't be read says so."""
    due = row.day("dueDate") or row.day("assignDate")
    if due is None:
        row.fault("dueDate", "", RowCode.CELL_EMPTY)
    points = row.number("resultValueMax")
    told = row.told()
    return Assignment(
        session=SESSION,
        item_id="",
        category="" if told else row.ref("category"),
        title=row.text("title"),
        points=Decimal(0) if told else points if points is not None else Decimal(100),
        weight=None,
        due=date.max if due is None or told else due,
        assigned=None if told else row.day("assignDate"),
        detail=split_marker(row.text("description"))[0],
        number=row.text("sourcedId"),
        unreadable=told,
    )


def score(row: Row) -> SisScore:
    """A result; exempt and not submitted mean no number, whatever stands there."""
    status = " ".join(row.text("scoreStatus").lower().replace("_", " ").split())
    number = None if status in NO_NUMBER else row.number("score")
    missing = row.flag("missing") or False
    flag = ScoreFlag.EXEMPT if status == "exempt" else ScoreFlag.MISSING if missing else ScoreFlag.NONE
    told = row.told()
    mark = row.text("textScore") if number is None and status not in NO_NUMBER else ""
    if mark and not told:
        told = because(RowCode.SCORE_IS_TEXT, mark=mark)
    return SisScore(
        student_id=row.ref("student"),
        score=None if told else number,
        comment=row.text("comment"),
        unreadable=told,
        sis_id=row.text("sourcedId"),
        flag=ScoreFlag.NONE if told else flag,
    )


@dataclass(frozen=True)
class Writer:
    """Spells bodies of one version. `moment` is when they are sent."""

    base: Base
    moment: datetime
    sessions: Mapping[str, Session]

    def line_item(self, sourced_id: str, value: Assignment, item_id: str, where: Row) -> dict[str, Any]:
        """The body of a line item. `where` is its class."""
        period = grading_period(self.sessions, where.refs("terms"), value.due)
        marker = f"{BEGIN}{item_id}{END}"
        body = self._head(sourced_id) | {
            "title": value.title,
            "description": f"{value.detail} {marker}".strip() if item_id.isdigit() else value.detail,
            "assignDate": _noon(value.assigned or value.due),
            "dueDate": _noon(value.due),
            "class": self._ref("classes", where.text("sourcedId"), "class"),
            "category": self._ref("categories", value.category, "category"),
            "resultValueMin": 0,
            "resultValueMax": number(value.points),
        }
        if period:
            body["gradingPeriod"] = self._ref("academicSessions", period, "academicSession")
        if self.base.version == "1.2" and where.ref("school"):
            body["school"] = self._ref("orgs", where.ref("school"), "org")
        return {"lineItem": {name: each for name, each in body.items() if each != ""}}

    def result(self, sourced_id: str, line_item: str, value: SisScore) -> dict[str, Any]:
        """The body of a result; 1.1 wants a score even for one that is exempt."""
        exempt = value.flag is ScoreFlag.EXEMPT
        blank = value.score is None and not exempt
        body = self._head(sourced_id) | {
            "lineItem": self._ref("lineItems", line_item, "lineItem"),
            "student": self._ref("users", value.student_id, "user"),
            "scoreStatus": "exempt" if exempt else "not submitted" if blank else "fully graded",
            "scoreDate": self.moment.date().isoformat(),
        }
        if value.score is not None and not exempt:
            body["score"] = number(value.score)
        elif self.base.version == "1.1":
            body["score"] = 0
        if value.flag is ScoreFlag.MISSING and self.base.version == "1.2":
            body["missing"] = "true"
        return {"result": body | ({"comment": value.comment} if value.comment else {})}

    def _head(self, sourced_id: str) -> dict[str, Any]:
        return {"sourcedId": sourced_id, "status": "active", "dateLastModified": _moment(self.moment)}

    def _ref(self, path: str, sourced_id: str, kind: str) -> dict[str, str]:
        root = self.base.gradebook if kind in ("category", "lineItem") else self.base.roster
        return {"href": f"{root}/{path}/{encoded(sourced_id)}", "sourcedId": sourced_id, "type": kind}


def number(value: Decimal) -> int | float:
    """A JSON number with the decimals that there are."""
    return int(value) if value == value.to_integral_value() else float(value)


def _noon(day: date) -> str:
    """Noon by UTC: no time zone of a server makes another day of it."""
    return _moment(datetime.combine(day, time(12), UTC))


def _moment(value: datetime) -> str:
    """A moment of UTC with milliseconds, as the standard writes it."""
    return f"{value.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def grading_period(sessions: Mapping[str, Session], terms: Sequence[str], due: date) -> str:
    """The grading period of a day in a class: a part of one of its terms that holds the day, else that term,
    else the class's first term."""
    own = [
        each for each in sessions.values() if _within(each, terms, sessions) and each.start <= due <= each.end
    ]
    periods = [each for each in own if each.kind == TermKind.GRADING_PERIOD]
    shortest = sorted(periods or own, key=lambda each: (each.end - each.start, each.key))
    return shortest[0].key if shortest else terms[0] if terms else ""


def _within(one: Session, terms: Sequence[str], sessions: Mapping[str, Session]) -> bool:
    """Whether a session is one of these, or a part of one."""
    seen: set[str] = set()
    key = one.key
    while key and key not in seen:
        if key in terms:
            return True
        seen.add(key)
        above = sessions[key].parent if key in sessions else ""
        key = above or next((each.key for each in sessions.values() if key in each.children), "")
    return False
