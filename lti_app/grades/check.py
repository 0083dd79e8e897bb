"""After a push the SIS is read back: what it keeps is remembered, what it lost is an error."""

from __future__ import annotations

from dataclasses import replace

from lti_app.grades.book import ERROR
from lti_app.grades.compare import counts, is_blank, is_rounding, score_of, text_of
from lti_app.grades.context import GradeContext
from lti_app.grades.read import Both
from lti_app.grades.send import Sender
from lti_app.grades.words import ITEM_NOT_KEPT, NOT_KEPT
from lti_app.grades.work import has_of
from lti_app.school.gradebook import Assignment, SisScore


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
    for item_id, sent in sender.sent.items():
        _check_item(sender, sent, after.sis.assignment_of(item_id), both.sis.assignment_of(item_id))
    kept: dict[str, dict[str, SisScore]] = {}
    for item_id, student_id, before in sender.tally.pushed:
        if item_id not in kept:
            kept[item_id] = has_of(after, item_id)
        _check(sender, item_id, kept[item_id].get(student_id) or SisScore(student_id), before)
    return after


def _check_item(
    sender: Sender, sent: Assignment, there: Assignment | None, before: Assignment | None
) -> None:
    """Points and weight may be rounded; day and category are what was sent."""
    state = sender.book.item(sent.item_id)
    state.seen = counts(there) if there else ""
    if there is None or (there.category, there.due) != (sent.category, sent.due):
        kept = False
    else:
        moved = before is None or counts(there) != counts(before) or counts(sent) == counts(before)
        numbers = ((sent.points, there.points), (sent.weight, there.weight))
        kept = moved or all(is_rounding(ours, theirs) for ours, theirs in numbers)
    if not kept:
        state.status, state.reason, state.seen, state.fingerprint = ERROR, ITEM_NOT_KEPT, "", ""
        sender.tally.failed_items += 1


def _check(sender: Sender, item_id: str, there: SisScore, before: SisScore) -> None:
    row = sender.book.score(item_id, there.student_id)
    row.seen, row.unchecked = text_of(there), False
    if _is_kept(row.pushed, row.seen, text_of(before)):
        return
    row.status, row.reason = ERROR, NOT_KEPT
    row.pushed, row.known = row.seen, row.seen != ""
    state = sender.book.item(item_id)
    state.status, state.reason = ERROR, "The SIS did not keep a score. Retry."
    sender.tally.failed_scores += 1


def _is_kept(pushed: str, seen: str, before: str) -> bool:
    """Whether the SIS has what was sent, as it spells it, and neither nothing nor what it had before."""
    if pushed == seen:
        return True
    if is_blank(pushed) or is_blank(seen):
        return is_blank(pushed) and is_blank(seen)
    ours, theirs = score_of("", pushed), score_of("", seen)
    return seen != before or (ours.mark == theirs.mark and is_rounding(ours.score, theirs.score))
