"""What a person changed in the SIS's assignment since our last push: shown before it is replaced. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lti_app.grades.rules import shown
from lti_app.grades.rules.compare import counts
from lti_app.grades.rules.findings import Finding, Level
from lti_app.grades.rules.timing import Choices
from lti_app.school.finding_codes import FindingCode
from lti_app.school.gradebook import Assignment
from lti_app.school.reasons import Reason, because, several

EDITED, KEPT = "edited_in_sis", "kept_in_sis"
NAMES = ("sis_category", "points", "item_weight", "due")
"""The lines of what enters an average (lti_app.grades.rules.compare.counts)."""

Edit = tuple[str, str, str]
"""Name of a field, what the SIS has, what Schoology has."""


def edits(desired: Assignment, there: Assignment | None, pushed: str, seen: str) -> list[Edit]:
    """The fields that the SIS has otherwise than after our last push, and otherwise than they should be.

    `pushed` is the fingerprint of what was sent, `seen` what the SIS had of it then; empty where that is not
    known, and then nothing is taken for an edit.
    """
    if there is None or not pushed or not seen:
        return []
    if desired.weight is None:
        desired = replace(desired, weight=there.weight)
    return list(_differing(desired, there, pushed, seen))


def _differing(desired: Assignment, there: Assignment, pushed: str, seen: str) -> Iterator[Edit]:
    sent = pushed.split("\n")[1].strip()
    if there.title.strip() not in (sent, desired.title.strip()):
        yield "title", there.title, desired.title
    rows = (counts(there).split("\n"), counts(desired).split("\n"), seen.split("\n"))
    for name, has, wants, had in zip(NAMES, *rows, strict=True):
        if has not in (had, wants):
            yield name, has, wants


def judge(found: list[Edit], choices: Choices) -> Finding | None:
    """What the page says of edits: they wait for the teacher, or the SIS keeps them by a choice about exactly
    these values; None where Schoology's may be sent."""
    about = shown.digest(found)
    if not found or choices.ours == about:
        return None
    told = several(*(_said(*each) for each in found))
    if choices.theirs == about:
        return Finding(KEPT, Level.NOTE, because(FindingCode.ITEM_KEPT_IN_SIS, why=told), about=about)
    return Finding(EDITED, Level.WAIT, because(FindingCode.ITEM_EDITED_IN_SIS, why=told), about=about)


def _said(name: str, theirs: str, ours: str) -> Reason:
    code = FindingCode.SIS_HAS_OTHER_DAY if name == "due" else FindingCode.SIS_HAS_OTHER
    return because(code, name=name, theirs=theirs, ours=ours)
