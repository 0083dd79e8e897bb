"""How a job on grades ended, in one or two sentences. Pure."""

from __future__ import annotations

from lti_app.grades.send import Tally
from lti_app.models import Run

ON_TRIAL = (
    "As a check, one item with one score was sent and read back. Look at both on the Sync tab and say "
    "whether they are right: the rest is sent then."
)


def pushed_words(tally: Tally, on_trial: bool) -> str:
    """The result of a push."""
    if on_trial:
        return ON_TRIAL
    parts = []
    sent = [number(count, word) for count, word in ((tally.items, "item"), (tally.scores, "score")) if count]
    if sent:
        parts.append(f"Sent: {' and '.join(sent)}.")
    if tally.failed_items:
        parts.append(f"{number(tally.failed_items, 'item')} could not be sent whole: each says why.")
    if tally.waiting:
        parts.append(f"{number(tally.waiting, 'score')} changed in the SIS and wait for you.")
    if tally.blocked:
        parts.append(f"{number(tally.blocked, 'score')} cannot be sent: each says why.")
    return " ".join(parts) or "Everything was up to date: nothing was sent."


def removed_words(run: Run) -> str:
    """The result of a removal."""
    outcome = run.counts.get("outcome", {})
    done, failed = outcome.get("done", 0), outcome.get("failed", 0)
    words = f"{number(done, 'assignment')} removed from the SIS."
    return f"{words} {number(failed, 'assignment')} could not be removed: Logs says why." if failed else words


def put_back_words(run: Run) -> str:
    """The result of putting something back."""
    if run.counts.get("outcome", {}).get("failed"):
        return "Not all of it was put back: Logs says why."
    return "It is in the SIS again."


def number(count: int, word: str) -> str:
    """So many of something."""
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"
