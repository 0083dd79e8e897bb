"""Access that Schoology refused to end: it is sent again when a record that it is about changes, and never
where an administrator decided to keep it."""

from __future__ import annotations

from sqlalchemy import ColumnElement, delete, exists, or_, update
from sqlalchemy.orm import Session

from lti_app.models import Action, Change, ChangeState, Refusal, ReviewState, Run, Staged
from lti_app.models.base import alias
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import because
from lti_app.school.records import Kind, SeatRole
from lti_app.school.run_kinds import RunKind
from lti_app.store import access_review, links, refusals
from lti_app.store.access_review import ReviewTopic
from lti_app.store.district import District

REFUSED = (Code.END_REFUSED, Code.ROLE_CHANGE_REFUSED)
"""The reasons of entries of *Access to review* about what Schoology refused."""


def settle(session: Session, run: Run) -> None:
    """Block the drops of a plan that Schoology refused before, and leave out what is to be kept. The caller
    commits."""
    district = District(session, run.installation_id)
    _leave_kept(district, run)
    if run.what == RunKind.ONE or not refusals.any_of(district, action=Action.DROP):
        return
    session.execute(
        update(Change)
        .where(
            *_planned(run, Action.DROP),
            refusals.is_known(district.id, Change, action=Action.DROP),
            ~_something_changes(run),
        )
        .values(state=ChangeState.BLOCKED, known=True, **refusals.reason_of(district.id, Change))
        .execution_options(synchronize_session=False)
    )
    if not run.plan_only:
        _forget_settled(district, run)


def _leave_kept(district: District, run: Run) -> None:
    for entry in access_review.entries(district, ReviewTopic.DROP, ReviewState.KEPT):
        if entry.reason.code in REFUSED:
            district.session.execute(
                update(Change)
                .where(
                    *_planned(run, Action.DROP, Action.UPDATE),
                    Change.kind == entry.kind,
                    Change.sis_id == entry.sis_id,
                )
                .values(state=ChangeState.DISCARDED, reason=because(Code.ACCESS_KEPT))
                .execution_options(synchronize_session=False)
            )


def _planned(run: Run, *actions: Action) -> tuple[ColumnElement[bool], ...]:
    return (Change.run_id == run.id, Change.state == ChangeState.PLANNED, Change.action.in_(actions))


def _something_changes(run: Run) -> ColumnElement[bool]:
    """The plan changes the person, the section or the parent of a drop, or who teaches the section."""
    other = alias(Change, "changed_too")
    of_line = (other.run_id == run.id, other.state == ChangeState.PLANNED)
    record = other.kind.in_((Kind.USER, Kind.SECTION)) & other.sis_id.in_((Change.parent, Change.person))
    taught = (other.kind == Kind.ENROLLMENT) & (other.parent == Change.parent)
    taught &= (other.role == SeatRole.TEACHER) & (other.action != Action.DROP)
    return exists().where(*of_line, or_(record & (other.action == Action.UPDATE), taught))


def _forget_settled(district: District, run: Run) -> None:
    """Forget refusals of what is in the SIS again, or not in Schoology anymore."""
    mine = (Refusal.installation_id == district.id, Refusal.action == Action.DROP)
    back = exists().where(
        Staged.run_id == run.id, Staged.kind == Refusal.kind, Staged.sis_id == Refusal.sis_id
    )
    there = links.conditions.is_linked(district.id, Refusal.kind, sis_id=Refusal.sis_id)
    district.session.execute(
        delete(Refusal).where(*mine, or_(back, ~there)).execution_options(synchronize_session=False)
    )
