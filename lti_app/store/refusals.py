"""What Schoology refused, or what a plan found taken: not sent again until something changes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select

from lti_app import clock
from lti_app.models import Refusal
from lti_app.models.reasons import stored
from lti_app.school.reasons import Reason
from lti_app.school.records import Kind
from lti_app.store.bulk import AT_ONCE, chunks, upsert
from lti_app.store.district import District

LEFT_OUT = "email"
"""The action of a refusal that cost a record nothing but its email address."""
WAITS = "wait"
"""The action of what was not sent because another record, of which something was refused, keeps a value."""
COMPARED = ("action", "fingerprint", "reason_code", "reason_values", "words", "asked", "holder")


@dataclass(frozen=True)
class Known:
    """A record and what was refused of it: `fingerprint` is that of the payload."""

    kind: str
    sis_id: str
    action: str
    fingerprint: str
    reason: Reason
    words: str = ""
    asked: str = ""
    holder: str = ""
    since: datetime | None = None


def of(district: District, kind: Kind) -> dict[str, Known]:
    """SIS id → what is known of records of a kind."""
    rows = district.session.scalars(district.select(Refusal).where(Refusal.kind == kind))
    return {row.sis_id: _known(row) for row in rows}


def every(district: District) -> Iterator[Known]:
    """All of them."""
    yield from (_known(row) for row in district.session.scalars(district.select(Refusal)))


def any_of(district: District, *, action: str = "") -> bool:
    """Whether anything is known to be refused, of an action or at all."""
    asked = [Refusal.action == action] if action else []
    return bool(
        district.session.scalar(select(exists().where(Refusal.installation_id == district.id, *asked)))
    )


def note(district: District, found: Iterable[Known]) -> None:
    """Remember refusals; one that is known as it is keeps its moment. The caller commits."""
    now = clock.now()
    own = {"since": now, "installation_id": district.id}
    rows = [{**_columns(each), **own} for each in found]
    if not rows:
        return
    statement = upsert(district.session, Refusal)
    fresh = {name: getattr(statement.excluded, name) for name in COMPARED}
    keys = ["installation_id", "kind", "sis_id"]
    district.session.execute(statement.on_conflict_do_update(index_elements=keys, set_=fresh), rows)


def forget(
    district: District, kind: str, sis_ids: Collection[str], *, fingerprints: Collection[str] = ()
) -> None:
    """What was refused worked, or is to be tried again; only that of these payloads, if any are given. The
    caller commits."""
    which = [Refusal.fingerprint.in_(list(fingerprints))] if fingerprints else []
    for part in chunks(sorted(sis_ids), AT_ONCE):
        district.session.execute(
            district.delete(Refusal)
            .where(Refusal.kind == kind, Refusal.sis_id.in_(part), *which)
            .execution_options(synchronize_session=False)
        )


def count(district: District) -> int:
    """How many records wait because something of them was refused or is taken."""
    mine = (Refusal.installation_id == district.id, Refusal.action != LEFT_OUT)
    return district.session.scalar(select(func.count()).where(*mine)) or 0


def forget_all(district: District) -> int:
    """Have the next sync try everything again; how many records that are. The caller commits."""
    number = count(district)
    district.session.execute(district.delete(Refusal).execution_options(synchronize_session=False))
    return number


def is_known(owner: int, row: type, *, action: str = "") -> ColumnElement[bool]:
    """The condition that just this was refused before: of a staged row or of a line of a plan."""
    asked = [Refusal.action == action] if action else []
    return exists().where(
        Refusal.installation_id == owner,
        Refusal.kind == row.kind,  # type: ignore[attr-defined]
        Refusal.sis_id == row.sis_id,  # type: ignore[attr-defined]
        Refusal.fingerprint == row.fingerprint,  # type: ignore[attr-defined]
        *asked,
    )


def reason_of(owner: int, row: type) -> dict[str, Any]:
    """What was said of such a row: the two columns of a reason."""
    mine = (
        Refusal.installation_id == owner,
        Refusal.kind == row.kind,  # type: ignore[attr-defined]
        Refusal.sis_id == row.sis_id,  # type: ignore[attr-defined]
    )
    return {
        "reason_code": select(Refusal.reason_code).where(*mine).scalar_subquery(),
        "reason_values": select(Refusal.reason_values).where(*mine).scalar_subquery(),
    }


def _columns(known: Known) -> dict[str, Any]:
    told = {name: value for name, value in vars(known).items() if name != "reason"}
    return {**told, **stored(known.reason)}


def _known(row: Refusal) -> Known:
    told = {each: getattr(row, each) for each in ("words", "asked", "holder", "since")}
    return Known(row.kind, row.sis_id, row.action, row.fingerprint, row.reason, **told)
