"""After a restored backup: find again what the app made since, before anything is sent."""

from __future__ import annotations

from sqlalchemy import ColumnElement, select, update

from lti_app import links
from lti_app.models import Action, Change, ChangeState, Link
from lti_app.school.records import Kind
from lti_app.schoology.port import BULK
from lti_app.sync.bulk import chunks
from lti_app.sync.context import RunContext
from lti_app.sync.diff import KNOWN
from lti_app.sync.lookup import resolve_sent


def find_again(context: RunContext) -> None:
    """Look up every create of the plan, and the ids of linked enrollments. Commits.

    What is there and reads as planned is linked; the caller discards the rest.
    """
    session = context.session
    session.execute(
        update(Change)
        .where(
            Change.run_id == context.run_id,
            Change.action == Action.CREATE,
            Change.state.in_((ChangeState.PLANNED, ChangeState.HELD)),
        )
        .values(state=ChangeState.SENT)
        .execution_options(synchronize_session=False)
    )
    session.commit()
    resolve_sent(session, context.schoology, context.installation_id, context.run_id)
    _renew_seats(context)


def _renew_seats(context: RunContext) -> None:
    """Somebody who was dropped and enrolled again since the backup has another enrollment id by now."""
    session = context.session
    sections = session.execute(
        select(Link.schoology_id, Link.sis_id).where(*_linked(context, Kind.SECTION)).order_by(Link.sis_id)
    ).all()
    session.commit()
    for number, batch in enumerate(chunks(sections, BULK)):
        sis_ids = {schoology_id: sis_id for schoology_id, sis_id in batch}
        for section_id, members in context.schoology.members(list(sis_ids)).items():
            there = {each.uid: each.enrollment_id for each in members or () if each.enrollment_id}
            _renew(context, sis_ids[section_id], there)
        context.progress.report("looking_enrollments", number * BULK, len(sections))


def _renew(context: RunContext, section: str, there: dict[str, str]) -> None:
    session, mine = context.session, context.installation_id
    seats = session.scalars(
        select(Link).where(*_linked(context, Kind.ENROLLMENT), Link.parent == section)
    ).all()
    uids = links.schoology_ids(session, mine, Kind.USER, (each.person for each in seats))
    for seat in seats:
        found = there.get(uids.get(seat.person, ""), seat.schoology_id)
        if found != seat.schoology_id and not links.by_schoology_id(session, mine, Kind.ENROLLMENT, found):
            seat.schoology_id = found
            session.flush()


def _linked(context: RunContext, kind: Kind) -> tuple[ColumnElement[bool], ...]:
    return (Link.installation_id == context.installation_id, Link.kind == kind, Link.state.in_(KNOWN))
