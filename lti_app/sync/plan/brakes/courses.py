"""Courses whose key or whose meaning changed: a person is asked before anything in Schoology is renamed."""

from __future__ import annotations

import json
import re
from difflib import SequenceMatcher

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from lti_app.models import Action, Change, Run
from lti_app.school.reason_codes import Code
from lti_app.school.records import Kind
from lti_app.store import links
from lti_app.store.bulk import AT_ONCE, chunks
from lti_app.store.district import District
from lti_app.sync.plan.brakes.lines import Trip, hold_each, open_lines

WORD = re.compile(r"[^\W\d_]{3,}")
"""What a title is compared by; numbers and short words are in many."""
ALIKE = 0.5
"""From this ratio of common letters on two titles may be one course's."""


def hold_courses(session: Session, run: Run) -> list[Trip]:
    """Courses under a new key with all of their sections, and courses that became another subject."""
    return [*_renamed(session, run), *_reused(session, run)]


def _renamed(session: Session, run: Run) -> list[Trip]:
    found = links.todays.renamed_courses(session, run) if Kind.COURSE in _kinds(session, run) else {}
    if not found:
        return []
    course = Change.kind == Kind.COURSE
    hold_each(session, run, Change.sis_id, found.values(), course, Change.action == Action.CREATE)
    hold_each(session, run, Change.sis_id, found, course, Change.action == Action.RELEASE)
    _ask_once(session, run, found)
    return [Trip("course_renamed", Kind.COURSE, "", len(found), len(found), "any")]


def _kinds(session: Session, run: Run) -> set[str]:
    """The kinds of records that a plan would make."""
    return set(session.scalars(select(Change.kind).where(*open_lines(run, Action.CREATE)).distinct()))


def _ask_once(session: Session, run: Run, renamed: dict[str, str]) -> None:
    """Sections of these courses move with them: no one is asked about each of them as well."""
    district = District(session, run.installation_id)
    for part in chunks(links.todays.sections_of(district, renamed.keys()), AT_ONCE):
        session.execute(
            delete(Change)
            .where(
                Change.run_id == run.id,
                Change.kind == Kind.SECTION,
                Change.reason_code == str(Code.SECTION_OTHER_COURSE),
                Change.sis_id.in_(part),
            )
            .execution_options(synchronize_session=False)
        )


def _reused(session: Session, run: Run) -> list[Trip]:
    rows = session.execute(
        select(Change.sis_id, Change.building, Change.before, Change.after)
        .where(*open_lines(run, Action.UPDATE), Change.kind == Kind.COURSE, Change.before != "")
        .execution_options(yield_per=1000)
    )
    found: dict[str, list[str]] = {}
    for sis_id, building, before, after in rows:
        if _unrelated(json.loads(before).get("title") or "", json.loads(after or "{}").get("title") or ""):
            found.setdefault(building, []).append(sis_id)
    for keys in found.values():
        hold_each(session, run, Change.sis_id, keys, Change.kind == Kind.COURSE)
    return [
        Trip("code_reused", Kind.COURSE, building, len(keys), len(keys), "any")
        for building, keys in sorted(found.items())
    ]


def _unrelated(before: str, after: str) -> bool:
    """Whether two titles have nothing in common: no word, no beginning of one, and few letters in order."""
    old, new = before.casefold(), after.casefold()
    if not old or not new or old == new:
        return False
    words = [(a, b) for a in WORD.findall(old) for b in WORD.findall(new)]
    if any(a.startswith(b) or b.startswith(a) for a, b in words):
        return False
    return SequenceMatcher(None, old, new).ratio() < ALIKE
