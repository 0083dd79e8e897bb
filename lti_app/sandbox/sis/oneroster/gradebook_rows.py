"""Categories, line items and results, read from the sandbox's gradebook."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from lti_app.sandbox.district.records import District, Section, Term
from lti_app.sandbox.sis.gradebook import Gradebook
from lti_app.sandbox.sis.oneroster.face import Face
from lti_app.sandbox.sis.oneroster.roster_rows import class_id, marked, session_id
from lti_app.sandbox.sis.oneroster.spelling import Spelling, Wire, told
from lti_app.sandbox.sis.rules import Assignment, Score
from lti_app.sandbox.sis.settings import DISTRICT_CATEGORIES, Settings


def categories(spelling: Spelling, settings: Settings | None = None) -> list[Wire]:
    """The categories of the district, or those of one section with their weights where it has any."""
    if settings is None:
        return [_category(spelling, code, name) for code, (_, name) in DISTRICT_CATEGORIES.items()]
    own = {each.code: each for each in settings.categories}
    return [
        _category(spelling, code, each.description)
        | ({} if settings.use_total_points or spelling.version == "1.1" else {"weight": float(each.weight)})
        for code, each in own.items()
    ]


def _category(spelling: Spelling, code: str, name: str) -> Wire:
    return spelling.head(f"cat-{code}") | {"title": name}


def term_of(district: District, section: Section, due: date) -> Term | None:
    """The shortest marking period that holds a day, of those in which the section meets and their parts."""
    session = marked(section)
    own = district.terms_of(section, session) if session else []
    place = (section.building, section.track, section.school_year)
    inside = [
        each
        for each in district.terms
        if (each.building, each.track, each.school_year) == place
        and each.start <= due <= each.end
        and any(term.start <= each.start and each.end <= term.end for term in own)
    ]
    return min(inside, key=lambda each: each.end - each.start, default=None)


def line_items(book: Gradebook, district: District, key: int, spelling: Spelling) -> list[Wire]:
    """The line items of a class; those made in another way have an id of their own."""
    return [line_item(district, each, spelling) for each in book.assignments(key)]


def line_item_id(row: Assignment) -> str:
    """The sourcedId of an assignment: what the client chose, or one for an assignment of other origin."""
    return row.schoology_id if not row.schoology_id.isdecimal() else f"itm-{row.section_key}-{row.number}"


def line_item(district: District, row: Assignment, spelling: Spelling) -> Wire:
    """One line item."""
    section = district.sections[row.section_key]
    term = term_of(district, section, row.due_date)
    body = spelling.head("") | {"sourcedId": line_item_id(row)}
    body |= told(
        {
            "title": row.description,
            "description": row.detail,
            "assignDate": _noon(row.assign_date or row.due_date),
            "dueDate": _noon(row.due_date),
            "class": spelling.ref("class", class_id(row.section_key)),
            "category": spelling.ref("category", f"cat-{row.category}"),
        }
    )
    if term is not None:
        body["gradingPeriod"] = spelling.ref("academicSession", session_id(term))
    if spelling.version == "1.2":
        body["school"] = spelling.ref("org", f"org-{section.building}")
    return body | {"resultValueMin": 0.0, "resultValueMax": float(row.points)}


@dataclass(frozen=True)
class Desk:
    """A gradebook as one version of the standard sees it."""

    face: Face
    book: Gradebook
    spelling: Spelling


def results(desk: Desk, key: int) -> list[Wire]:
    """The results of a class."""
    return [result(desk, row, score) for row, score in desk.book.scores(key)]


def result(desk: Desk, row: Assignment, score: Score) -> Wire:
    """One result; a mark that excludes the work is exempt, another mark is text."""
    face, book, spelling = desk.face, desk.book, desk.spelling
    place = (row.section_key, row.session, row.number, score.student_id)
    kept = face.extras.get(place, {})
    mark = book.settings(row.section_key).mark(score.mark) if score.mark else None
    exempt = mark is not None and mark.exclude
    graded = score.score is not None or (score.mark and not exempt)
    status = "exempt" if exempt else "fully graded" if graded else "not submitted"
    sourced_id = kept.get("sourcedId") or f"res-{row.section_key}-{row.number}-{score.student_id}"
    body: Wire = spelling.head("") | {
        "sourcedId": sourced_id,
        "lineItem": spelling.ref("lineItem", line_item_id(row), foreign=True),
        "student": spelling.ref("user", f"stu-{score.student_id}"),
        "scoreStatus": status,
        "scoreDate": kept.get("scoreDate") or row.due_date.isoformat(),
    }
    if score.score is not None:
        body["score"] = _number(score.score)
    elif spelling.version == "1.1":
        body["score"] = 0.0
    if score.mark and not exempt and spelling.version == "1.2":
        body["textScore"] = score.mark
    body |= {"comment": score.comment} if score.comment else {}
    return body | (kept.get("flags", {}) if spelling.version == "1.2" else {})


def _number(value: Decimal) -> float:
    return float(value)


def _noon(day: date) -> str:
    return Spelling.moment(datetime.combine(day, time(12), UTC))


def found_by_id(rows: list[Wire], sourced_id: str) -> Any:
    """The row of this id, or None."""
    return next((each for each in rows if each["sourcedId"] == sourced_id), None)
