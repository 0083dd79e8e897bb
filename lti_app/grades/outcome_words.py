"""How a job on grades ended, in one to four sentences. Pure."""

from __future__ import annotations

from lti_app.grades.send import Tally
from lti_app.models import Run
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import NO_REASON, Reason, because, several


def pushed_words(tally: Tally, on_trial: bool) -> Reason:
    """The result of a push."""
    if on_trial:
        return because(Code.PUSH_ON_TRIAL)
    said = several(
        _sent(tally.items, tally.scores),
        because(Code.ITEMS_INCOMPLETE, count=tally.failed_items) if tally.failed_items else NO_REASON,
        because(Code.SCORES_WAIT, count=tally.waiting) if tally.waiting else NO_REASON,
        because(Code.SCORES_BLOCKED, count=tally.blocked) if tally.blocked else NO_REASON,
    )
    return said or because(Code.GRADES_UP_TO_DATE)


def _sent(items: int, scores: int) -> Reason:
    if items and scores:
        return because(Code.PUSHED_BOTH, items=items, scores=scores)
    if items:
        return because(Code.PUSHED_ITEMS, items=items)
    return because(Code.PUSHED_SCORES, scores=scores) if scores else NO_REASON


def removed_words(run: Run) -> Reason:
    """The result of a removal."""
    outcome = run.counts.get("outcome", {})
    done, failed = outcome.get("done", 0), outcome.get("failed", 0)
    left = because(Code.NOT_REMOVED, count=failed) if failed else NO_REASON
    return several(because(Code.REMOVED, count=done), left)


def put_back_words(run: Run) -> Reason:
    """The result of putting something back."""
    failed = run.counts.get("outcome", {}).get("failed")
    return because(Code.PUT_BACK_PARTLY if failed else Code.PUT_BACK)
