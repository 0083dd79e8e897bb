"""An undo gives back former values. One that another record has by now stays there, with its holder named.

What the undone run made stays in Schoology, so a value that went from one record to a new one can't go back.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.models import Action, Change, ChangeState, Run
from lti_app.school.desired import canonical, fingerprint
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import because, several
from lti_app.school.records import OBJECTS, Kind
from lti_app.store import links
from lti_app.store.district import District
from lti_app.sync.plan.unique.claims import Claim, Holder, Holders
from lti_app.sync.plan.unique.collisions import collisions
from lti_app.sync.plan.unique.values import NAMES, plain, values_of

IN_PERIOD = "@"
"""Between section_code and the grading period in which the code is one section's."""


def leave_taken(session: Session, run: Run) -> None:
    """Take values that others have out of the lines of an undo. The caller commits."""
    for kind in OBJECTS:
        updates = (Change.run_id == run.id, Change.kind == kind, Change.action == Action.UPDATE)
        lines = {each.sis_id: each for each in session.scalars(select(Change).where(*updates))}
        claims = {
            sis_id: Claim(
                sis_id,
                each.label,
                each.fingerprint,
                _values(kind, each.after, each.parent),
                _values(kind, each.before, each.parent),
            )
            for sis_id, each in lines.items()
        }
        taken: dict[str, list[tuple[str, Sequence[Holder]]]] = defaultdict(list)
        refused = collisions(claims, _holders(session, run, kind, claims)) if claims else {}
        for (sis_id, name), others in sorted(refused.items()):
            taken[sis_id].append((name.partition(IN_PERIOD)[0], others))
        for sis_id, fields in taken.items():
            _leave(lines[sis_id], fields)
    session.flush()


def _holders(session: Session, run: Run, kind: Kind, claims: Mapping[str, Claim]) -> Holders:
    wanted = {value for claim in claims.values() for value in claim.new_values()}
    found, district = Holders(), District(session, run.installation_id)
    if not wanted:
        return found
    every = links.lists.known_sections(district) if kind == Kind.SECTION else ()
    courses = {sis_id: course for sis_id, course, *_ in every}
    for sis_id, label, in_use, payload in links.lists.known_payloads(district, kind):
        for value in _values(kind, payload, courses.get(sis_id, "")).items():
            if value in wanted:
                found.add(value, Holder(label, sis_id, gone=not in_use))
    return found


def _values(kind: Kind, payload: str, course: str) -> dict[str, str]:
    """Field → value; of a section also its code, once for each grading period."""
    found = values_of(kind, payload)
    held: dict[str, Any] = json.loads(payload or "{}") if kind == Kind.SECTION else {}
    if code := plain(held.get("section_code")):
        periods = held.get("grading_period_ids") or ()
        found |= {f"section_code{IN_PERIOD}{each}": f"{course}:{code}" for each in periods}
    return found


def _leave(line: Change, fields: Sequence[tuple[str, Sequence[Holder]]]) -> None:
    before, after = json.loads(line.before), json.loads(line.after)
    said = {}
    for name, others in fields:
        who = sorted({each.told for each in others})
        said[name] = because(Code.VALUE_TAKEN, name=NAMES[name], value=str(after[name]), who=who)
        after[name] = before.get(name, "")
    line.reason = several(*said.values())
    line.after = canonical(after)
    line.fingerprint = fingerprint(line.after)
    if after == before:
        line.action, line.state = Action.KEEP, ChangeState.DISCARDED
