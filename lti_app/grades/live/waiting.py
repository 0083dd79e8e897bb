"""Which work live sync takes for old, and which the SIS refused."""

from __future__ import annotations

from collections.abc import Callable

from lti_app.grades.read import Both
from lti_app.grades.rows.items import ERROR, NOT_YET, Book
from lti_app.grades.rules.compare import ScoreLine, fingerprint
from lti_app.grades.rules.work import ItemWork


def has_failed(book: Book, work: ItemWork, line: ScoreLine | None) -> bool:
    """Whether the SIS refused the item, or the score."""
    state = book.items[work.item_id]
    scores = book.scores_of(work.item_id)
    if line is None:
        desired = work.judged.assignment
        return state.status == ERROR and desired is not None and state.fingerprint != fingerprint(desired)
    row = scores.get(line.student_id)
    had_no_turn = row is None or row.status == NOT_YET
    return (row is not None and row.status == ERROR) or (state.status == ERROR and had_no_turn)


def older_than(since: int, both: Both) -> Callable[[ItemWork, ScoreLine | None], bool]:
    """Whether Schoology says that something was changed before a moment."""
    seats = {student: seat for seat, student in both.schoology.students.items()}
    moments = {(each.item_id, each.enrollment_id): each.timestamp for each in both.schoology.grades.grades}

    def is_old(work: ItemWork, line: ScoreLine | None) -> bool:
        if line is None:
            return work.judged.item.last_updated < since
        return moments.get((line.item_id, seats.get(line.student_id, "")), 0) < since

    return is_old
