"""Several rows of one feed with one id: the same twice, the same for several schools, or a contradiction.

Rows that say the same are one record. Accounts that differ only in their schools are merged. Any other
difference blocks the record, and the first one is named.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.models import Staged, StagedState
from lti_app.school.clean import written_out
from lti_app.school.desired import canonical, fingerprint
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import NO_REASON, because
from lti_app.school.records import Kind
from lti_app.sis.port import Feed

MARK = "\x1f"
TOLD = ("state", "building", "label", "payload", "parent")
KEEP_BOTH = (
    "ON CONFLICT (run_id, kind, sis_id) DO UPDATE SET twins = staged.twins || "
    + f" || '{MARK}' || ".join(f"excluded.{each}" for each in TOLD)
    + " || '\n' WHERE staged.feed = excluded.feed AND ("
    + " OR ".join(f"staged.{each} <> excluded.{each}" for each in (*TOLD, "record"))
    + ")"
)
"""What differs stays beside the first row. A guardian that PEOPLE brought already stays as PEOPLE told."""
SCHOOLS = ("building_id", "additional_building_ids")


@dataclass(frozen=True)
class _Twin:
    state: str
    building: str
    label: str
    payload: str
    parent: str


def compare(session: Session, run_id: int, feed: Feed) -> None:
    """Settle every record of a feed of which several rows came."""
    rows = select(Staged).where(Staged.run_id == run_id, Staged.feed == feed, Staged.twins != "")
    for row in session.scalars(rows).all():
        for line in row.twins.rstrip("\n").split("\n"):
            _settle(row, _Twin(*line.split(MARK, len(TOLD) - 1)))
        row.twins = ""
    session.flush()


def _settle(row: Staged, twin: _Twin) -> None:
    difference = _difference(row, twin)
    if difference:
        field, first, second = difference
        row.state, row.payload, row.fingerprint, row.kept_fields = StagedState.BLOCKED, "", "", ""
        row.reason = because(
            Code.ROWS_CONTRADICT, field=field, first=written_out(first), second=written_out(second)
        )
    elif row.state != StagedState.OK and twin.state == StagedState.OK:
        row.state, row.building, row.payload = StagedState.OK, twin.building, twin.payload
        row.fingerprint, row.reason = fingerprint(twin.payload), NO_REASON
    elif row.state == twin.state == StagedState.OK:
        _merge(row, twin.building, json.loads(twin.payload))


def _difference(row: Staged, twin: _Twin) -> tuple[str, str, str] | None:
    """The first field in which two rows contradict each other, with both values."""
    if row.state == StagedState.BLOCKED or twin.state == StagedState.BLOCKED:
        if row.state != twin.state or row.label != twin.label:
            field = "name" if row.label != twin.label else "username"
            return field, row.label, twin.label
        return None
    if row.label != twin.label:
        return "name", row.label, twin.label
    if row.parent != twin.parent:
        return "course", row.parent, twin.parent
    if row.kind == Kind.SECTION and row.building != twin.building:
        return "building_id", row.building, twin.building
    first, second = _payload(row.payload), _payload(twin.payload)
    if not first or not second:
        return None
    for field in sorted((first.keys() | second.keys()) - set(SCHOOLS)):
        if first.get(field) != second.get(field):
            return field, str(first.get(field) or ""), str(second.get(field) or "")
    return None


def _merge(row: Staged, building: str, other: dict[str, Any]) -> None:
    """One account in all of its schools, at home in the lowest id; a course of two schools is in none."""
    mine = _payload(row.payload)
    if row.kind == Kind.USER:
        homes = {each[SCHOOLS[0]] for each in (mine, other)}.union(
            *(each[SCHOOLS[1]] for each in (mine, other))
        )
        row.building = min(row.building, building)
        home = mine[SCHOOLS[0]] if row.building != building else other[SCHOOLS[0]]
        mine |= {SCHOOLS[0]: home, SCHOOLS[1]: sorted(homes - {home})}
    elif mine.get("building_id") != other.get("building_id"):
        mine["building_id"] = ""
    row.payload = canonical(mine)
    row.fingerprint = fingerprint(row.payload)


def _payload(text: str) -> dict[str, Any]:
    return dict(json.loads(text or "{}"))
