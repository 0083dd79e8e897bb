"""What was refused before is not sent again until the record changes, someone tries again, or the check of
Schoology finds the value free."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.orm import Session

from lti_app.models import Action, Change, ChangeState, Run, Staged, StagedState
from lti_app.models.base import alias
from lti_app.school.reasons import encoded
from lti_app.school.records import Kind
from lti_app.school.run_kinds import RunKind
from lti_app.store import links, refusals
from lti_app.store.bulk import insert_rows
from lti_app.store.district import District
from lti_app.sync.changes import TARGET
from lti_app.sync.plan.unique.settle import Collision


def block_staged(session: Session, run: Run, kinds: Collection[Kind]) -> None:
    """Records that Schoology refused just like this. What someone asks for is tried again."""
    if run.what == RunKind.ONE or not refusals.any_of(District(session, run.installation_id)):
        return
    linked = links.conditions.is_linked(run.installation_id, Staged.kind, sis_id=Staged.sis_id)
    session.execute(
        update(Staged)
        .where(
            Staged.run_id == run.id,
            Staged.kind.in_(kinds),
            Staged.state == StagedState.OK,
            ~linked,
            refusals.is_known(run.installation_id, Staged, action=Action.CREATE),
        )
        .values(state=StagedState.BLOCKED, **refusals.reason_of(run.installation_id, Staged))
        .execution_options(synchronize_session=False)
    )


def block_lines(session: Session, run: Run, found: Sequence[Collision]) -> None:
    """Updates that were refused just like this, and a line for each value that a linked record did not get.
    Marks what was known before, and what hangs on it. The caller commits."""
    district = District(session, run.installation_id)
    before = refusals.any_of(district)
    if before and run.what != RunKind.ONE:
        session.execute(
            update(Change)
            .where(
                Change.run_id == run.id,
                Change.action == Action.UPDATE,
                Change.state == ChangeState.PLANNED,
                refusals.is_known(run.installation_id, Change, action=Action.UPDATE),
            )
            .values(state=ChangeState.BLOCKED, **refusals.reason_of(run.installation_id, Change))
            .execution_options(synchronize_session=False)
        )
    waiting = [each for each in found if each.linked and each.waits]
    if waiting:
        _add_lines(session, run, waiting)
    if before:
        _mark(session, run)
    if not run.plan_only:
        refusals.note(district, (each.known() for each in found))


def _add_lines(session: Session, run: Run, found: Iterable[Collision]) -> None:
    last = session.scalar(select(func.max(Change.seq)).where(Change.run_id == run.id)) or 0
    rows = []
    for seq, each in enumerate(found, start=last + 1):
        link = links.read.one(District(session, run.installation_id), each.kind, each.sis_id)
        values: dict[str, Any] = dict.fromkeys(TARGET, "")
        values |= {"building": link.building, "label": link.label} if link else {}
        values |= {
            "installation_id": run.installation_id,
            "run_id": run.id,
            "seq": seq,
            "kind": str(each.kind),
            "action": str(Action.BLOCK),
            "sis_id": each.sis_id,
            "fingerprint": each.fingerprint,
            "state": str(ChangeState.BLOCKED),
            "batch": 0,
            "reason_code": each.reason.code,
            "reason_values": encoded(each.reason.values),
        }
        rows.append(tuple(values[name] for name in TARGET))
    insert_rows(session, "change", TARGET, rows)


def _mark(session: Session, run: Run) -> None:
    blocked = (Change.run_id == run.id, Change.state == ChangeState.BLOCKED)
    said = refusals.reason_of(run.installation_id, Change)
    same = and_(said["reason_code"] == Change.reason_code, said["reason_values"] == Change.reason_values)
    waited = refusals.is_known(run.installation_id, Change, action=refusals.WAITS)
    mark = update(Change).values(known=True).execution_options(synchronize_session=False)
    session.execute(
        mark.where(*blocked, or_(waited, and_(refusals.is_known(run.installation_id, Change), same)))
    )
    for kind, on in (
        (Kind.SECTION, Kind.COURSE),
        (Kind.ENROLLMENT, Kind.SECTION),
        (Kind.ENROLLMENT, Kind.USER),
        (Kind.PARENT_LINK, Kind.USER),
    ):
        cause = alias(Change, "refused")
        because = select(cause.sis_id).where(cause.run_id == run.id, cause.kind == on, cause.known.is_(True))
        hangs = or_(
            Change.parent.in_(because.scalar_subquery()), Change.person.in_(because.scalar_subquery())
        )
        session.execute(mark.where(*blocked, Change.kind == kind, hangs))


def count(session: Session, run_id: int) -> int:
    """Blocked lines that were known before."""
    mine = (Change.run_id == run_id, Change.known.is_(True), Change.state == ChangeState.BLOCKED)
    return session.scalar(select(func.count()).where(*mine)) or 0
