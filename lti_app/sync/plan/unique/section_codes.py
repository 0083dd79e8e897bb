"""The section code, which only one section of a course may have in a grading period.

The app knows sections by their section school codes. So where another section of the app holds the code, such
as last year's in a grading period that goes on, a new one is made without it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.models import LinkState, Run, Staged, StagedState
from lti_app.school.desired import canonical, fingerprint
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import because
from lti_app.school.records import Kind
from lti_app.school.run_kinds import RunKind
from lti_app.store import links
from lti_app.store.bulk import AT_ONCE
from lti_app.store.district import District
from lti_app.sync import scope
from lti_app.sync.plan.unique.values import plain

Place = tuple[str, str, str]
"""Course, section code and grading period."""


def leave_out(session: Session, run: Run) -> None:
    """Take section codes that another section holds out of the rows of a run. The caller commits."""
    if Kind.SECTION not in scope.kinds_of(run):
        return
    rows = _changing(session, run)
    if not rows:
        return
    holders = _holders(session, run, giving=rows)
    for sis_id in sorted(rows):
        wanted, held = rows[sis_id]
        places = _places(*wanted)
        row = session.get_one(Staged, (run.id, Kind.SECTION, sis_id))
        others = {holders[each] for each in places if each in holders} - {sis_id}
        others -= _coming_back(session, run, row, others)
        if others and places != _places(*held):
            _without_code(row, held[1], min(others))
        else:
            holders.update(dict.fromkeys(places, sis_id))
        session.flush()
        session.expunge(row)


Rowed = tuple[str, Mapping[str, Any]]
"""Course and payload."""


def _changing(session: Session, run: Run) -> dict[str, tuple[Rowed, Rowed]]:
    """SIS id → what is wanted and what was last applied, of sections that are new or differ."""
    rows = session.execute(
        links.conditions.with_staged_link(
            select(Staged.sis_id, Staged.parent, Staged.fingerprint, Staged.payload), run.installation_id
        )
        .where(Staged.run_id == run.id, Staged.kind == Kind.SECTION, Staged.state == StagedState.OK)
        .execution_options(yield_per=AT_ONCE)
    )
    return {
        sis_id: ((parent, json.loads(payload)), (parent, json.loads(held or "{}")))
        for sis_id, parent, wanted, payload, applied, held in rows
        if held is None or applied != wanted
    }


def _holders(session: Session, run: Run, giving: Mapping[str, tuple[Rowed, Rowed]]) -> dict[Place, str]:
    """Who holds each code, but for what those give up that change theirs in this run."""
    found: dict[Place, str] = {}
    mine = District(session, run.installation_id)
    for sis_id, parent, _, _, payload in links.lists.known_sections(mine):
        places = _places(parent, json.loads(payload or "{}"))
        if sis_id in giving:
            places &= _places(*giving[sis_id][0])
        found.update(dict.fromkeys(places, sis_id))
    return found


def _coming_back(session: Session, run: Run, row: Staged, others: set[str]) -> set[str]:
    """Those that this very section seems to be under another id: a person decides on that (new_ids)."""
    if run.what == RunKind.ONE:
        return set()
    found = links.read.by_sis_id(District(session, run.installation_id), Kind.SECTION, others)
    return {
        sis_id
        for sis_id, link in found.items()
        if link.state in LinkState.in_use()
        and link.label.casefold() == row.label.casefold()
        and session.get(Staged, (run.id, Kind.SECTION, sis_id)) is None
    }


def _places(parent: str, payload: Mapping[str, Any]) -> set[Place]:
    code = plain(payload.get("section_code"))
    return {(parent, code, str(each)) for each in payload.get("grading_period_ids") or ()} if code else set()


def _without_code(row: Staged, held: Mapping[str, Any], holder: str) -> None:
    payload = json.loads(row.payload)
    code, payload["section_code"] = payload["section_code"], str(held.get("section_code") or "")
    row.payload = canonical(payload)
    row.fingerprint = fingerprint(row.payload)
    row.second_key = plain(code)
    row.reason = because(Code.SECTION_CODE_LEFT_OUT, value=code, section=holder)
