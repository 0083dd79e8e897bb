"""How a live job ended, in a sentence or two. Pure."""

from __future__ import annotations

from lti_app.grades.live.sending import Done
from lti_app.grades.summary import number, pushed_words

NOTHING = "Nothing had to be sent."


def done_words(done: Done) -> str:
    """The result of a live job."""
    if done.why:
        return f"Both gradebooks were read, and nothing was sent. {done.why}"
    parts = [pushed_words(done.pushed.tally, False)] if done.pushed else []
    if done.removed:
        parts.append(f"{number(done.removed, 'item')} deleted in Schoology: deleted in the SIS too.")
    if done.undeleted:
        parts.append(f"The SIS refused {number(done.undeleted, 'delete')}: Logs says why.")
    if done.held.delete:
        parts.append(f"{number(len(done.held.delete), 'delete')} held for a person to decide.")
    if done.held.clear:
        parts.append(f"{number(done.held.scores, 'cleared score')} held for a person to decide.")
    return " ".join(parts) or NOTHING
