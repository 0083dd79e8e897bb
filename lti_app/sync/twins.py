"""Records that left the SIS and came back under new ids: found by name and code, linked on request."""

from __future__ import annotations

import json
from collections import defaultdict

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app import links
from lti_app.models import Action, Change, ChangeState, Run
from lti_app.school.records import Kind

OPEN = (ChangeState.PLANNED, ChangeState.HELD)
TELLING = ("section_code", "graduation_year")
"""Payload fields that must agree too; a course is told by its title and a person by the name."""


def pairs(session: Session, run: Run, kind: Kind, building: str) -> dict[str, str]:
    """Old SIS id → new SIS id, of lines of a plan in one building. Namesakes are left out."""
    leaving = _by_name(session, run, Action.RELEASE, kind=kind, building=building)
    coming = _by_name(session, run, Action.CREATE, kind=kind, building=building)
    return {
        leaving[name][0]: coming[name][0]
        for name in leaving.keys() & coming.keys()
        if len(leaving[name]) == 1 and len(coming[name]) == 1
    }


def relink(session: Session, run: Run) -> int:
    """Give the links of a held plan the new ids of their twins; how many. The caller commits."""
    number = 0
    for trip in run.counts.get("trips", []):
        if trip["brake"] == "regenerated_ids":
            kind = Kind(trip["kind"])
            renamed = pairs(session, run, kind, trip["building"])
            number += links.relink(session, run.installation_id, kind, renamed)
    return number


def _by_name(
    session: Session, run: Run, action: Action, *, kind: Kind, building: str
) -> dict[tuple[str, ...], list[str]]:
    lines = session.execute(
        select(Change.sis_id, Change.label, Change.before, Change.after)
        .where(
            Change.run_id == run.id,
            Change.kind == kind,
            Change.building == building,
            Change.action == action,
            Change.state.in_(OPEN),
        )
        .execution_options(yield_per=5000)
    )
    found: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for sis_id, label, before, after in lines:
        payload = json.loads(after or before or "{}")
        found[label.casefold(), *(str(payload.get(name, "")) for name in TELLING)].append(sis_id)
    return found
