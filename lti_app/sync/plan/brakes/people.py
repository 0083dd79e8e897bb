"""Administrators of Schoology: no one becomes one, and no one stops being one, without a person's word.

What the app last sent does not say what someone is now, so the present role of everyone whose role would be
sent is read from Schoology first; a night on which no role changes asks nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from lti_app import formats
from lti_app.models import Action, Change, Run
from lti_app.school.records import Kind
from lti_app.schoology.port import BULK, Schoology
from lti_app.store import links
from lti_app.store.bulk import chunks
from lti_app.sync.changes import fields_to_send
from lti_app.sync.data_prep import likely_present
from lti_app.sync.plan.brakes.lines import Trip, hold, hold_each, open_lines

NUMBERED_APART = 5
"""From so many shared numbers on, the lists of an SIS are numbered apart; fewer are single mistakes."""


def read_present_roles(
    session: Session, schoology: Schoology, run: Run, report: Callable[[int, int], None]
) -> dict[str, str]:
    """Schoology id → role id of the users whose role this plan would send. Commits before it asks."""
    ids = sorted({schoology_id for _, _, schoology_id, _, _ in _role_updates(session, run)})
    if not ids:
        return {}
    session.commit()
    present: dict[str, str] = {}
    for number, part in enumerate(chunks(ids, BULK)):
        report(BULK * number, len(ids))
        for schoology_id, found in schoology.users(part).items():
            if found is not None:
                present[schoology_id] = str(found.fields.get("role_id") or "")
    return present


def hold_admin_roles(
    session: Session, run: Run, admin_roles: Collection[str], present: Mapping[str, str]
) -> list[Trip]:
    """Hold every line that would make or unmake an administrator."""
    if not admin_roles:
        return []
    found = dict(_new_admins(session, run, admin_roles))
    for change_id, building, schoology_id, last_sent, wanted in _role_updates(session, run):
        now = present.get(schoology_id, last_sent)
        if now != wanted and {now, wanted} & set(admin_roles):
            found[change_id] = building
    hold_each(session, run, Change.id, found)
    counts = Counter(found.values())
    return [
        Trip("admin_role", Kind.USER, building, number, number, "any")
        for building, number in sorted(counts.items())
    ]


def _new_admins(session: Session, run: Run, admin_roles: Collection[str]) -> Iterator[tuple[int, str]]:
    """(line, building) of accounts that would be made with the role of an administrator."""
    roles = (Change.after.contains(f'"role_id":"{each}"', autoescape=True) for each in admin_roles)
    rows = session.execute(
        select(Change.id, Change.building).where(
            *open_lines(run, Action.CREATE), Change.kind == Kind.USER, or_(*roles)
        )
    )
    yield from ((change_id, building) for change_id, building in rows)


def _role_updates(session: Session, run: Run) -> Iterator[tuple[int, str, str, str, str]]:
    """(line, building, Schoology id, role last sent, role wanted) of updates that would send a role."""
    lines = select(Change.id, Change.building, Change.schoology_id, Change.before, Change.after)
    rows = session.execute(
        links.conditions.with_applied(lines)
        .where(*open_lines(run, Action.UPDATE), Change.kind == Kind.USER)
        .execution_options(yield_per=1000)
    )
    for change_id, building, schoology_id, before, after, applied in rows:
        sent: dict[str, Any] = fields_to_send(before if applied else "", after)
        if sent.get("role_id"):
            last = str(fields_to_send("", before).get("role_id") or "")
            yield change_id, building, schoology_id, last, str(sent["role_id"])


def hold_shared_numbers(session: Session, run: Run) -> list[Trip]:
    """The people of a first sync, where several of one list have the numbers of others: the prefix that
    separates them is chosen before anybody has an account."""
    told = run.counts.get("shared_numbers", {})
    number = told.get("number", 0)
    if number < NUMBERED_APART:
        return []
    hold(session, run, Change.kind == Kind.USER)
    return [Trip("shared_numbers", Kind.USER, "", number, number, told["prefix"], who=told["group"])]


def hold_people_already_there(session: Session, run: Run) -> list[Trip]:
    """Hold every new person when more of them than the share have a name or address that is there."""
    found = likely_present.of_run(run)
    if found is None or not found.is_many:
        return []
    hold(session, run, Change.kind == Kind.USER, Change.action == Action.CREATE)
    return [
        Trip("already_there", Kind.USER, "", found.number, found.of, formats.percent(likely_present.SHARE))
    ]
