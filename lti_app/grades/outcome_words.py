"""How a job on grades ended, in a few sentences. Pure."""

from __future__ import annotations

from lti_app.grades.road.travel import Travelled
from lti_app.grades.rules.held import Held
from lti_app.models import Run
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import NO_REASON, Reason, because, several


def pushed_words(done: Travelled) -> Reason:
    """What was sent, what it replaced, and what waits."""
    if done.on_trial:
        return because(Code.PUSH_ON_TRIAL)
    tally = done.tally
    said = several(
        _sent(tally.items, tally.scores),
        _if(Code.REPLACED_SCORES, tally.replaced),
        _if(Code.CLEARED_SCORES, tally.cleared),
        _if(Code.ROUNDED_SCORES, tally.rounded),
        because(Code.CAN_BE_PUT_BACK) if tally.replaced or tally.cleared else NO_REASON,
        _if(Code.ITEMS_INCOMPLETE, tally.failed_items),
        _if(Code.SCORES_WAIT, tally.waiting),
        _if(Code.SCORES_BLOCKED, tally.blocked),
        held_words(done.held),
    )
    if said or done.deleted or done.undeleted:
        return said
    return because(Code.GRADES_UP_TO_DATE)


def held_words(held: Held) -> Reason:
    """What waits for a decision."""
    return several(
        _if(Code.HELD_DELETES, len(held.delete)),
        _if(Code.HELD_CLEARS, held.clears),
        _if(Code.HELD_REPLACES, held.replaces),
        _if(Code.HELD_DUE_DATES, len(held.due)),
    )


def removed_words(done: Travelled, asked: int) -> Reason:
    """The result of a removal."""
    failed = max(0, asked - done.deleted - len(done.held.delete))
    return several(
        because(Code.REMOVED, count=done.deleted), _if(Code.NOT_REMOVED, failed), held_words(done.held)
    )


def put_back_words(run: Run, why: Reason) -> Reason:
    """The result of putting something back; `why` not all of it."""
    if not run.counts.get("outcome", {}).get("failed"):
        return because(Code.PUT_BACK)
    return several(because(Code.PUT_BACK_PARTLY), why)


def _sent(items: int, scores: int) -> Reason:
    if items and scores:
        return because(Code.PUSHED_BOTH, items=items, scores=scores)
    if items:
        return because(Code.PUSHED_ITEMS, items=items)
    return because(Code.PUSHED_SCORES, scores=scores) if scores else NO_REASON


def _if(code: Code, count: int) -> Reason:
    """The reason, when there is anything to count. Its sentence needs the count alone."""
    return Reason(str(code), {"count": count}) if count else NO_REASON
