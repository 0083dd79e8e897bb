"""How a job on grades ended, in a few sentences. Pure."""

from __future__ import annotations

from lti_app.grades.road.travel import Travelled
from lti_app.grades.rules.held import Held
from lti_app.models import Run
from lti_app.school.ending_codes import EndingCode
from lti_app.school.reasons import NO_REASON, Reason, because, several


def pushed_words(done: Travelled) -> Reason:
    """What was sent, what it replaced, and what waits."""
    if done.on_trial:
        return because(EndingCode.PUSH_ON_TRIAL)
    tally = done.tally
    said = several(
        _sent(tally.items, tally.scores),
        _if(EndingCode.REPLACED_SCORES, tally.replaced),
        _if(EndingCode.CLEARED_SCORES, tally.cleared),
        _if(EndingCode.ROUNDED_SCORES, tally.rounded),
        because(EndingCode.CAN_BE_PUT_BACK) if tally.replaced or tally.cleared else NO_REASON,
        _if(EndingCode.ITEMS_INCOMPLETE, tally.failed_items),
        _if(EndingCode.SCORES_WAIT, tally.waiting),
        _if(EndingCode.SCORES_BLOCKED, tally.blocked),
        held_words(done.held),
    )
    if said or done.deleted or done.undeleted:
        return said
    return because(EndingCode.GRADES_UP_TO_DATE)


def held_words(held: Held) -> Reason:
    """What waits for a decision."""
    return several(
        _if(EndingCode.HELD_DELETES, len(held.delete)),
        _if(EndingCode.HELD_CLEARS, held.clears),
        _if(EndingCode.HELD_REPLACES, held.replaces),
        _if(EndingCode.HELD_DUE_DATES, len(held.due)),
    )


def removed_words(done: Travelled, asked: int) -> Reason:
    """The result of a removal."""
    failed = max(0, asked - done.deleted - len(done.held.delete))
    return several(
        because(EndingCode.REMOVED, count=done.deleted),
        _if(EndingCode.NOT_REMOVED, failed),
        held_words(done.held),
    )


def put_back_words(run: Run, why: Reason) -> Reason:
    """The result of putting something back; `why` not all of it."""
    if not run.counts.get("outcome", {}).get("failed"):
        return because(EndingCode.PUT_BACK)
    return several(because(EndingCode.PUT_BACK_PARTLY), why)


def _sent(items: int, scores: int) -> Reason:
    if items and scores:
        return because(EndingCode.PUSHED_BOTH, items=items, scores=scores)
    if items:
        return because(EndingCode.PUSHED_ITEMS, items=items)
    return because(EndingCode.PUSHED_SCORES, scores=scores) if scores else NO_REASON


def _if(code: EndingCode, count: int) -> Reason:
    """The reason, when there is anything to count. Its sentence needs the count alone."""
    return Reason(str(code), {"count": count}) if count else NO_REASON
