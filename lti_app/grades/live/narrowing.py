"""Which part of an item goes by itself. Pure."""

from __future__ import annotations

from collections.abc import Callable, Set
from dataclasses import replace

from lti_app.grades.book import ERROR, NOT_YET, Book
from lti_app.grades.compare import ScoreLine, fingerprint, is_blank, text_of
from lti_app.grades.live.held import Held, pairs
from lti_app.grades.live.waiting import Waiting
from lti_app.grades.read import Both
from lti_app.grades.work import ItemWork


def narrowing(
    backlog: Waiting, refused: Waiting, held: Held, kept: Set[tuple[str, str]]
) -> Callable[[ItemWork], ItemWork | None]:
    """`kept`: (item, student) that a person has just decided to keep as the SIS has them."""
    waiting = kept | set(pairs(held.clear))

    def narrow(work: ItemWork) -> ItemWork | None:
        if work.judged.assignment is None:
            return None
        left = refused.without(backlog.without(work))
        lines = tuple(each for each in left.sends if (each.item_id, each.student_id) not in waiting)
        return replace(left, lines=lines) if lines or left.send_assignment else None

    return narrow


def clears_score(line: ScoreLine) -> bool:
    """Whether a score is taken away from somebody who has one in the SIS."""
    return is_blank(text_of(line.desired)) and not is_blank(text_of(line.before))


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


def everything(_work: ItemWork, _line: ScoreLine | None) -> bool:
    """All of it is old."""
    return True


def older_than(since: int, both: Both) -> Callable[[ItemWork, ScoreLine | None], bool]:
    """Whether Schoology says that something was changed before a moment."""
    seats = {student: seat for seat, student in both.schoology.students.items()}
    moments = {(each.item_id, each.enrollment_id): each.timestamp for each in both.schoology.grades.grades}

    def is_old(work: ItemWork, line: ScoreLine | None) -> bool:
        if line is None:
            return work.judged.item.last_updated < since
        return moments.get((line.item_id, seats.get(line.student_id, "")), 0) < since

    return is_old
