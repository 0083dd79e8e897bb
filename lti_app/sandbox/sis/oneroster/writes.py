"""Line items and results that clients put and delete, kept in the sandbox's gradebook."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from lti_app.sandbox.faults import fault_now
from lti_app.sandbox.numbers import read_number
from lti_app.sandbox.sis.gradebook import Gradebook
from lti_app.sandbox.sis.oneroster.errors import Wrong
from lti_app.sandbox.sis.oneroster.face import Face
from lti_app.sandbox.sis.oneroster.gradebook_rows import Desk, line_item_id, term_of
from lti_app.sandbox.sis.oneroster.roster_rows import marked
from lti_app.sandbox.sis.oneroster.spelling import Spelling, Wire
from lti_app.sandbox.sis.rules import Assignment, Score
from lti_app.sandbox.sis.wire import Refusal

POINTS = 99999
COMMENT = 255
FLAGS = ("late", "missing", "incomplete", "inProgress")


def assignment(book: Gradebook, sourced_id: str) -> Assignment | None:
    """The assignment behind a line item's id."""
    return next((each for each in book.every_assignment() if line_item_id(each) == sourced_id), None)


def put_line_item(desk: Desk, named: str, body: Wire) -> tuple[str, bool]:
    """Create or change a line item: its id, and whether it is new. Raises Wrong."""
    face, book, spelling = desk.face, desk.book, desk.spelling
    if body.get("sourcedId", named) != named:
        raise Wrong(422, "The sourcedId of the body is not that of the address.")
    there = assignment(book, named)
    key = _class_key(book, spelling, body["class"])
    if there is not None and there.section_key != key:
        raise Wrong(422, "A line item cannot move to another class.")
    sourced_id = face.next_id("item") if face.knobs.allocates and there is None else named
    session = marked(book.section(key))
    number = session.number if session else 1
    title, points = str(body["title"]).strip(), _number(body.get("resultValueMax", 100), "resultValueMax")
    due = _day(body["dueDate"], "dueDate")
    _check_line_item(face, title, points)
    term = term_of(book.district, book.section(key), due)
    if term is None:
        raise Wrong(422, f"dueDate {due} lies in no term of the class.")
    if any((term.building, each) in book.locked for each in (term.marking_period,)):
        raise Wrong(422, f"The grading period {term.description} is closed.")
    made = Assignment(
        key,
        number,
        there.number if there else book.next_number(key),
        sourced_id,
        _category(book, key, spelling, body["category"]),
        title,
        str(body.get("description") or ""),
        points,
        Decimal(1),
        _day(body["assignDate"], "assignDate") if body.get("assignDate") else None,
        due,
        publish=True,
    )
    if fault_now() != "accept-only":
        book.keep_assignment(made)
    return sourced_id, there is None


def _check_line_item(face: Face, title: str, points: Decimal) -> None:
    if len(title) > face.knobs.longest_title:
        raise Wrong(422, f"title may have at most {face.knobs.longest_title} characters.")
    if not 0 <= points <= POINTS:
        raise Wrong(422, f"resultValueMax must be a number from 0 to {POINTS}.")
    if face.knobs.whole_points and points != int(points):
        raise Wrong(422, "resultValueMax must be a whole number.")


def delete_line_item(book: Gradebook, sourced_id: str) -> None:
    """Remove a line item with its results. Raises Wrong."""
    there = assignment(book, sourced_id)
    if there is None:
        raise Wrong(404, "There is no such line item.", "unknownobject")
    book.delete_assignment(there.section_key, there.session, there.schoology_id)


def put_result(desk: Desk, named: str, body: Wire) -> tuple[str, bool]:
    """Set a result: its id, and whether it is new. Raises Wrong."""
    face, book, spelling = desk.face, desk.book, desk.spelling
    if body.get("sourcedId", named) != named:
        raise Wrong(422, "The sourcedId of the body is not that of the address.")
    there = assignment(book, _id(body["lineItem"]))
    if there is None:
        raise Wrong(404, "There is no such lineItem.", "unknownobject")
    student = spelling.plain(_id(body["student"])).removeprefix("stu-")
    if student not in book.students(there.section_key):
        raise Wrong(422, "The student is not in the class today.")
    if fault_now() == "refuse-one":
        raise Wrong(422, "This score is refused.")
    comment = str(body.get("comment") or "")
    if len(comment) > COMMENT:
        raise Wrong(422, f"comment may have at most {COMMENT} characters.")
    score = _score(book, there, student, body)
    if fault_now() == "rounded" and score.score is not None:
        score = Score(student, Decimal(round(score.score)), "", "", comment)
    place = (there.section_key, there.session, there.number, student)
    kept = face.extras.get(place)
    given = kept["sourcedId"] if kept else face.next_id("result") if face.knobs.allocates else named
    if fault_now() == "accept-only":
        return given, kept is None
    face.extras[place] = {
        "sourcedId": given,
        "scoreDate": body.get("scoreDate", ""),
        "flags": {name: body[name] for name in FLAGS if name in body},
    }
    book.keep_score(there, Score(student, score.score, score.mark, score.exception, comment))
    return given, kept is None


def _score(book: Gradebook, there: Assignment, student: str, body: Wire) -> Score:
    status, value = body.get("scoreStatus", "fully graded"), body.get("score")
    if status == "exempt":
        marks = book.settings(there.section_key).alpha_marks
        return Score(student, None, next((each.code for each in marks if each.exclude), ""), "", "")
    if status == "not submitted" or value is None:
        return Score(student, None, "", "", "")
    number = _number(value, "score")
    if number < 0:
        raise Wrong(422, "score must be a number from 0.")
    return Score(student, number, "", "OVER" if number > there.points else "", "")


def delete_result(desk: Desk, sourced_id: str) -> None:
    """Clear a score. Raises Wrong."""
    face, book = desk.face, desk.book
    for each in book.every_assignment():
        for row, score in book.scores(each.section_key):
            place = (row.section_key, row.session, row.number, score.student_id)
            own = f"res-{row.section_key}-{row.number}-{score.student_id}"
            if face.extras.get(place, {}).get("sourcedId", own) == sourced_id:
                book.keep_score(row, Score(score.student_id, None, "", "", ""))
                face.extras.pop(place, None)
                return
    raise Wrong(404, "There is no such result.", "unknownobject")


def _class_key(book: Gradebook, spelling: Spelling, ref: Any) -> int:
    key = spelling.plain(_id(ref)).removeprefix("cls-")
    try:
        return book.section(int(key)).section_key
    except (ValueError, Refusal) as error:
        raise Wrong(422, "There is no such class.") from error


def _category(book: Gradebook, key: int, spelling: Spelling, ref: Any) -> str:
    code = spelling.plain(_id(ref)).removeprefix("cat-")
    own = {each.code for each in book.settings(key).categories}
    if code not in own:
        raise Wrong(422, "The class has no such category.")
    return code


def _id(ref: Any) -> str:
    return str(ref.get("sourcedId", "")) if isinstance(ref, dict) else str(ref)


def _number(value: Any, field: str) -> Decimal:
    number = read_number(value)
    if number is None:
        raise Wrong(422, f"{field} must be a number.")
    return number


def _day(value: Any, field: str) -> date:
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError as error:
        raise Wrong(422, f"{field} must be a date.") from error
