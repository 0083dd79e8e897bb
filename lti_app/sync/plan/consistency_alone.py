"""A record that is synced alone is judged beside the others as well: those last read, and the linked.

A full run would let two people with one unique id block each other, and part a shared email address; so does
a run that reads only one of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from lti_app.models import Run, Staged, StagedState
from lti_app.school.desired import canonical, fingerprint
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import because
from lti_app.school.records import OBJECTS, Kind, PersonGroup
from lti_app.school.run_kinds import RunKind
from lti_app.store import links
from lti_app.store.district import District
from lti_app.sync.data_prep import undecided


def check_one_record(session: Session, run: Run) -> None:
    """Block what would share a key with another record, and take a shared email address away."""
    for row in _rows(session, run.id):
        beside = _last_full_run(District(session, run.installation_id), Kind(row.kind))
        if other := row.natural_key and _has_its_key(District(session, run.installation_id), row, beside):
            row.state = StagedState.BLOCKED
            row.reason = because(Code.KEY_SHARED_WITH, other=other, kind=row.kind, key=row.natural_key)
        elif row.second_key and not _may_keep_email(session, row, beside):
            without_email(row)
    session.flush()


def _rows(session: Session, run_id: int) -> Iterator[Staged]:
    ok = (Staged.run_id == run_id, Staged.state == StagedState.OK)
    yield from session.scalars(select(Staged).where(*ok, Staged.kind.in_(OBJECTS))).all()


def _last_full_run(district: District, kind: Kind) -> int:
    """The newest run whose reading of this kind is still kept; 0 when there is none."""
    full = district.select(Run.id).where(
        Run.what.in_(RunKind.covering(kind)),
        Run.digest != "",
        ~Run.rehearses(),
    )
    return district.session.scalar(full.order_by(Run.id.desc()).limit(1)) or 0


def _has_its_key(district: District, row: Staged, beside: int) -> str | None:
    """The SIS id of another record with this key: as it was read, or else as it is linked."""
    read = select(Staged.sis_id).where(
        Staged.run_id == beside,
        Staged.kind == row.kind,
        Staged.natural_key == row.natural_key,
        Staged.sis_id != row.sis_id,
        Staged.reason_code != str(Code.NUMBER_SHARED),
    )
    return district.session.scalar(read.limit(1)) or links.read.other_with_key(
        district, row.kind, row.natural_key, but=row.sis_id
    )


def _may_keep_email(session: Session, row: Staged, beside: int) -> bool:
    """As among the rows of a full run: only the one member of staff keeps what several share."""
    sharing = session.scalars(
        select(Staged.role).where(
            Staged.run_id == beside,
            Staged.kind == Kind.USER,
            Staged.second_key == row.second_key,
            Staged.sis_id != row.sis_id,
            or_(Staged.state == StagedState.OK, Staged.payload != ""),
            Staged.reason_code.not_in(undecided.REASONS.values()),
        )
    ).all()
    return not sharing or (row.role == PersonGroup.STAFF and PersonGroup.STAFF not in sharing)


def without_email(row: Staged) -> None:
    payload = json.loads(row.payload)
    if not payload["username"]:
        row.state = StagedState.BLOCKED
        row.reason = because(Code.EMAIL_SHARED_NO_USERNAME)
        return
    payload["email"] = ""
    row.payload = canonical(payload)
    row.fingerprint = fingerprint(row.payload)
    row.reason = because(Code.EMAIL_SHARED)
