"""After a push the SIS is read back: what it keeps is remembered, what it lost is an error."""

from __future__ import annotations

from dataclasses import replace

from lti_app.grades.book import ERROR
from lti_app.grades.compare import text_of
from lti_app.grades.context import GradeContext
from lti_app.grades.read import Both
from lti_app.grades.send import Sender
from lti_app.grades.words import NOT_KEPT
from lti_app.grades.work import has_of
from lti_app.school.gradebook import SisScore


def check_kept(context: GradeContext, sender: Sender, both: Both) -> Both:
    """Compare what was sent with what the SIS has now; both sides as they are after the push.

    The SIS may spell a number its own way: what it has is what the next comparison goes by.
    """
    key = sender.row.section_key
    sis = replace(
        both.sis,
        assignments=tuple(context.sis.assignments(key)),
        scores=context.sis.scores(key),
        averages=tuple(context.sis.averages(key)),
    )
    after = replace(both, sis=sis)
    kept: dict[str, dict[str, SisScore]] = {}
    for item_id, student_id in sender.tally.pushed:
        if item_id not in kept:
            kept[item_id] = has_of(after, item_id)
        _check(sender, item_id, student_id, kept[item_id].get(student_id))
    return after


def _check(sender: Sender, item_id: str, student_id: str, there: SisScore | None) -> None:
    row = sender.book.score(item_id, student_id)
    row.seen = text_of(there) if there else ""
    if row.pushed and not row.seen:
        row.status, row.reason, row.known = ERROR, NOT_KEPT, False
        state = sender.book.item(item_id)
        state.status, state.reason = ERROR, "The SIS did not keep a score. Retry."
        sender.tally.failed_scores += 1
