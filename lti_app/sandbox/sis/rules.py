"""The rules by which the sandbox's gradebook refuses an assignment or a score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from lti_app.sandbox.district.records import District, Section, Session, Term
from lti_app.sandbox.numbers import read_number
from lti_app.sandbox.sis.settings import Settings
from lti_app.sandbox.sis.wire import Refusal

_TITLE = 255
_COMMENT = 255
_SCORE_DIGITS = 9
_ASSIGNMENT_FIELDS = frozenset(
    ("CATEGORY", "DESCRIPTION", "DETAIL", "POINTS", "WEIGHT", "ASSIGN_DATE", "DUE_DATE", "PUBLISH")
)
_SCORE_FIELDS = frozenset(("STUDENT_ID", "ASMT_SCORE", "ASMT_ALPHA_MARK", "COMMENT"))


@dataclass(frozen=True, slots=True)
class Assignment:
    """A column of a session's gradebook; the Schoology item id is its key from outside."""

    section_key: int
    session: int
    number: int
    schoology_id: str
    category: str
    description: str
    detail: str
    points: Decimal
    weight: Decimal
    assign_date: date | None
    due_date: date
    publish: bool


@dataclass(frozen=True, slots=True)
class Score:
    """A cell of the gradebook."""

    student_id: str
    score: Decimal | None
    mark: str
    exception: str
    comment: str


@dataclass(frozen=True)
class Place:
    """Where an assignment is to stand, with what decides whether it may."""

    district: District
    section: Section
    session: Session
    settings: Settings
    locked: frozenset[tuple[int, str]]


def read_assignment(place: Place, number: int, schoology_id: str, body: Mapping[str, Any]) -> Assignment:
    """An assignment from a request. Raises Refusal for the first rule that it breaks."""
    _known_fields(body, _ASSIGNMENT_FIELDS)
    title = str(body.get("DESCRIPTION") or "").strip()
    if not title:
        raise Refusal("TITLE_REQUIRED", "An assignment needs a description.")
    if len(title) > _TITLE:
        raise Refusal("TITLE_TOO_LONG", f"The description may have {_TITLE} characters, it has {len(title)}.")
    due = _date(body, "DUE_DATE")
    if due is None:
        raise Refusal("DATE_OUTSIDE_TERM", "An assignment needs a due date inside a marking period.")
    term = meeting_term(place, due)
    return Assignment(
        place.section.section_key,
        place.session.number,
        number,
        schoology_id,
        _category(place, str(body.get("CATEGORY") or "").strip(), term),
        title,
        str(body.get("DETAIL") or ""),
        _positive(body, "POINTS", None),
        _positive(body, "WEIGHT", Decimal(1)),
        _date(body, "ASSIGN_DATE"),
        due,
        _flag(body, "PUBLISH"),
    )


def meeting_term(place: Place, due: date) -> Term:
    """The marking period of a day on which the class meets. Raises Refusal when there is none."""
    terms = [
        row for row in place.district.terms_of(place.section, place.session) if row.start <= due <= row.end
    ]
    if not terms:
        raise Refusal("DATE_OUTSIDE_TERM", f"{due} lies in no marking period of the section.")
    if due.weekday() > 4 or due in place.district.holidays:
        raise Refusal("NOT_MEETING_DAY", f"The class does not meet on {due}.")
    raise_if_closed(place, due)
    return terms[0]


def raise_if_closed(place: Place, due: date) -> None:
    """Raises Refusal for a day in a closed marking period, whose assignments and scores stay as they are."""
    for term in place.district.terms_of(place.section, place.session):
        closed = (place.section.building, term.marking_period) in place.locked
        if closed and term.start <= due <= term.end:
            raise Refusal("PERIOD_LOCKED", f"{term.description} is closed.")


def read_score(settings: Settings, assignment: Assignment, entry: Mapping[str, Any]) -> Score:
    """A score from a request. Raises Refusal; more than the points is accepted and flagged."""
    _known_fields(entry, _SCORE_FIELDS)
    comment = str(entry.get("COMMENT") or "")
    if len(comment) > _COMMENT:
        raise Refusal("SCORE_REJECTED", f"A comment may have {_COMMENT} characters.")
    mark = str(entry.get("ASMT_ALPHA_MARK") or "").strip()
    if mark and settings.mark(mark) is None:
        raise Refusal("MARK_CODE_UNKNOWN", f"The building has no mark {mark!r}.")
    score = _score(entry.get("ASMT_SCORE"))
    if mark and score is not None:
        raise Refusal("SCORE_REJECTED", "Either a number or an alpha mark, not both.")
    over = score is not None and score > assignment.points
    return Score(str(entry["STUDENT_ID"]).strip(), score, mark, "OVER" if over else "", comment)


def _known_fields(body: Mapping[str, Any], known: frozenset[str]) -> None:
    unknown = sorted(set(body) - known)
    if unknown:
        raise Refusal("BAD_CALL", f"Unknown field {unknown[0]}.")


def _category(place: Place, code: str, term: Term) -> str:
    own = place.settings.in_period(place.session.number, term.marking_period)
    if all(each.code != code for each in own):
        raise Refusal("CATEGORY_UNKNOWN", f"The session has no category {code!r} in {term.description}.")
    return code


def _date(body: Mapping[str, Any], field: str) -> date | None:
    value = body.get(field)
    if value in (None, ""):
        return None
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise Refusal("BAD_CALL", f"{field} must be YYYY-MM-DD.") from error


def _flag(body: Mapping[str, Any], field: str) -> bool:
    value = body.get(field, "N")
    if value not in ("Y", "N", None):
        raise Refusal("BAD_CALL", f"{field} must be Y or N.")
    return bool(value == "Y")


def _number(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    return read_number(value)


def _positive(body: Mapping[str, Any], field: str, default: Decimal | None) -> Decimal:
    value = body.get(field)
    number = default if value is None else _number(value)
    if number is None or not 0 <= number <= 99999:
        raise Refusal("POINTS_INVALID", f"{field} must be a number from 0 to 99999.")
    return number


def _score(value: object) -> Decimal | None:
    if value in (None, ""):
        return None
    number = _number(value)
    if number is None or number < 0 or len(number.as_tuple().digits) > _SCORE_DIGITS:
        raise Refusal("SCORE_REJECTED", f"A score is a number from 0 of at most {_SCORE_DIGITS} digits.")
    return number
