"""How a job on grades ended, in one or two sentences. Pure."""

from __future__ import annotations

from lti_app.grades.road.travel import Travelled
from lti_app.grades.rules.held import Held
from lti_app.models import Run

UP_TO_DATE = "Everything was up to date: nothing was sent."

ON_TRIAL = (
    "As a check, one item with one score was sent and read back. Look at both on the Sync tab and say "
    "whether they are right: the rest is sent then."
)


def pushed_words(done: Travelled) -> str:
    """What was sent, what it replaced, and what waits."""
    if done.on_trial:
        return ON_TRIAL
    tally = done.tally
    parts = []
    sent = [number(count, word) for count, word in ((tally.items, "item"), (tally.scores, "score")) if count]
    if sent:
        parts.append(f"Sent: {' and '.join(sent)}.")
    if tally.replaced:
        parts.append(f"{number(tally.replaced, 'score')} replaced what the SIS had.")
    if tally.cleared:
        parts.append(f"{number(tally.cleared, 'score')} cleared in the SIS.")
    if tally.replaced or tally.cleared:
        parts.append("They can be put back for 30 days.")
    if tally.failed_items:
        parts.append(f"{number(tally.failed_items, 'item')} could not be sent whole: each says why.")
    if tally.waiting:
        parts.append(f"{number(tally.waiting, 'score')} changed in the SIS and wait for you.")
    if tally.blocked:
        parts.append(f"{number(tally.blocked, 'score')} cannot be sent: each says why.")
    parts += held_words(done.held)
    return " ".join(parts) or ("" if done.deleted or done.undeleted else UP_TO_DATE)


def held_words(held: Held) -> list[str]:
    """What waits for a decision."""
    waiting = (
        (len(held.delete), "delete"),
        (held.clears, "cleared score"),
        (held.replaces, "replaced score"),
        (len(held.due), "moved due date"),
    )
    return [f"On hold until you decide: {number(count, word)}." for count, word in waiting if count]


def removed_words(done: Travelled, asked: int) -> str:
    """The result of a removal."""
    parts = [f"{number(done.deleted, 'assignment')} removed from the SIS."]
    failed = asked - done.deleted - len(done.held.delete)
    if failed > 0:
        parts.append(f"{number(failed, 'assignment')} could not be removed: Logs says why.")
    return " ".join([*parts, *held_words(done.held)])


def put_back_words(run: Run) -> str:
    """The result of putting something back."""
    if run.counts.get("outcome", {}).get("failed"):
        return "Not all of it was put back: Logs says why."
    return "It is in the SIS again."


def number(count: int, word: str) -> str:
    """So many of something."""
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"
