"""What Schoology holds stays where the SIS tells a field badly, or tells the same text in other characters.

A typing error must not empty an email address that someone signs in with, and cleaning texts must not
become an update of everybody who was synced before texts were cleaned.
"""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from lti_app.models import Run, Staged, StagedState
from lti_app.school.clean import cleaned_value
from lti_app.school.desired import canonical, fingerprint
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import because, several
from lti_app.school.records import OBJECTS, Kind
from lti_app.store import links
from lti_app.store.bulk import AT_ONCE

WAYS_IN = ("username", "email")


def keep(session: Session, run: Run) -> None:
    """Fill the fields that are left out from what was last applied. The caller commits."""
    last: tuple[str, str] = ("", "")
    while rows := _differing(session, run, last):
        for row, applied in rows:
            _fill(row, json.loads(applied or "{}"))
            last = (row.kind, row.sis_id)
        session.flush()
        for row, _ in rows:
            session.expunge(row)


def _differing(session: Session, run: Run, last: tuple[str, str]) -> list[tuple[Staged, str]]:
    link = links.conditions.applied_to(run.installation_id, OBJECTS)
    wanted = or_(
        Staged.state == StagedState.OK,
        and_(Staged.state == StagedState.BLOCKED, Staged.kept_fields != "", Staged.payload != ""),
    )
    after = or_(Staged.kind > last[0], and_(Staged.kind == last[0], Staged.sis_id > last[1]))
    query = (
        select(Staged, link.c.payload)
        .join(link, and_(link.c.kind == Staged.kind, link.c.sis_id == Staged.sis_id))
        .where(
            Staged.run_id == run.id,
            Staged.kind.in_(OBJECTS),
            wanted,
            link.c.fingerprint != Staged.fingerprint,
            after,
        )
        .order_by(Staged.kind, Staged.sis_id)
        .limit(AT_ONCE)
    )
    return [(row, applied) for row, applied in session.execute(query)]


def _fill(row: Staged, applied: dict[str, Any]) -> None:
    payload = json.loads(row.payload)
    fields = row.kept_fields.split()
    kept = {name: applied[name] for name in fields if applied.get(name)}
    payload |= kept
    if row.kind == Kind.USER and row.state == StagedState.BLOCKED:
        if not any(payload[name] for name in WAYS_IN):
            return
        row.state = StagedState.OK
        row.reason = because(Code.USERNAME_KEPT, value=payload["username"] or payload["email"])
    elif kept.get("username") and not row.reason:
        row.reason = several(row.reason, because(Code.USERNAME_KEPT, value=kept["username"]))
    if "email" in kept:
        row.second_key = str(kept["email"]).lower()
    if cleaned_value(applied) == payload:
        payload = applied
    row.payload = canonical(payload)
    row.fingerprint = fingerprint(row.payload)
