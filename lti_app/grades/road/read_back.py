"""After a push the SIS is read back: what it keeps is remembered, what it lost is an error."""

from __future__ import annotations

from dataclasses import replace

from lti_app.grades.assess import has_of
from lti_app.grades.assignments import read_assignments
from lti_app.grades.context import GradeContext
from lti_app.grades.read import Both, read_averages
from lti_app.grades.road.send import Sender, Sent
from lti_app.grades.rows.conflicts import is_rounded
from lti_app.grades.rows.items import ERROR
from lti_app.grades.rules.compare import counts, is_rounding, is_spelling, text_of, value_of
from lti_app.school.gradebook import Assignment, SisScore
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import because


def check_kept(context: GradeContext, sender: Sender, both: Both) -> Both:
    """Compare what was sent with what the SIS has now; both sides as they are after the push.

    The SIS may spell a number its own way: what it has is what the next comparison goes by.
    """
    key = sender.row.section_key
    sis = replace(
        both.sis,
        assignments=read_assignments(context, key),
        scores=context.sis.scores(key),
        averages=read_averages(context, key),
    )
    after = replace(both, sis=sis)
    for item_id, sent in sender.sent.items():
        _check_item(sender, sent, after.sis.assignment_of(item_id))
    kept: dict[str, dict[str, SisScore]] = {}
    for each in sender.tally.pushed:
        if each.item_id not in kept:
            kept[each.item_id] = has_of(after, each.item_id)
        _check(sender, each, kept[each.item_id].get(each.student_id) or SisScore(each.student_id))
    return after


def _check_item(sender: Sender, sent: Assignment, there: Assignment | None) -> None:
    """Points and weight may be rounded; day and category are what was sent."""
    state = sender.book.item(sent.item_id)
    state.seen = counts(there) if there else ""
    if (
        there is None
        or (there.category, there.due) != (sent.category, sent.due)
        or not is_rounding(sent.points, there.points)
        or (sent.weight is not None and not is_rounding(sent.weight, there.weight))
    ):
        state.status, state.reason, state.seen, state.fingerprint = ERROR, because(Code.ITEM_NOT_KEPT), "", ""
        sender.tally.failed_items += 1


def _check(sender: Sender, sent: Sent, there: SisScore) -> None:
    """What the SIS had before and has still was not kept, unless it says so a second time: then it rounds."""
    row = sender.book.score(sent.item_id, sent.student_id)
    row.seen, row.unchecked = text_of(there), False
    sent_value, seen, before = (value_of(text) for text in (row.pushed, row.seen, text_of(sent.before)))
    unmoved = sent_value != seen == before and not sent.again
    if is_spelling(row.pushed, row.seen) and not unmoved:
        sender.tally.rounded += is_rounded(row)
        return
    row.status, row.reason = ERROR, because(Code.SCORE_NOT_KEPT)
    row.pushed, row.known = row.seen, row.seen != ""
    state = sender.book.item(sent.item_id)
    state.status, state.reason = ERROR, because(Code.SOME_SCORE_NOT_KEPT)
    sender.tally.failed_scores += 1
