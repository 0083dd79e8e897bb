"""What goes first over a wire that no one has confirmed."""

from __future__ import annotations

from decimal import Decimal

from lti_app.grades.first_score import first_of
from lti_app.grades.rules.compare import ScoreAction, ScoreLine
from lti_app.grades.rules.preflight import judge
from lti_app.grades.rules.work import ItemWork
from lti_app.school.gradebook import SisScore
from tests.unit.grades.courses import course, item

BLANK = SisScore("s1")


def work(item_id: str, *, sends: bool = False, score: SisScore | None = None) -> ItemWork:
    (judged,) = judge([item(id=item_id)], course())
    assert judged.assignment is not None
    lines = (ScoreLine(item_id, "s1", ScoreAction.SEND, score, BLANK),) if score else ()
    return ItemWork(judged, sends, lines, None if sends else judged.assignment)


def test_one_item_with_one_score_goes_first() -> None:
    (first,) = first_of([work("1"), work("2", sends=True, score=SisScore("s1", Decimal(9)))])

    assert (first.item_id, len(first.sends)) == ("2", 1)


def test_an_item_that_needs_nothing_is_not_what_is_shown() -> None:
    (first,) = first_of([work("1"), work("2", sends=True)])
    assert (first.item_id, first.send_assignment) == ("2", True)

    (first,) = first_of([work("1"), work("2", score=SisScore("s1", None, "EX"))])
    assert (first.item_id, [each.desired.mark for each in first.sends]) == ("2", ["EX"])

    assert first_of([work("1")]) == []
