"""After a restored backup: find again what the app made since, before anything is sent.

Syncing is paused until then, and the look is repeated every hour for as long as it fails.
"""

from __future__ import annotations

from sqlalchemy import update
from sqlalchemy.orm import Session

from lti_app.jobs import queue
from lti_app.models import Action, Change, ChangeState, Installation, Job, Staged, StagedState
from lti_app.school.job_request import JobRequest
from lti_app.school.outside_codes import SetupCode
from lti_app.school.reasons import Reason, because
from lti_app.school.records import Kind
from lti_app.schoology.port import BULK
from lti_app.store import links
from lti_app.store.bulk import chunks
from lti_app.store.district import District
from lti_app.sync.apply.lost_answers import resolve_sent
from lti_app.sync.context import RunContext

RESTORED = because(SetupCode.PAUSED_RESTORED)
"""The reason of such a pause."""


def ask_to_find_again(session: Session, installation: Installation, *, asked_by: str) -> None:
    """Pause an installation and queue the look, or join the one that is queued. The caller commits.

    What it was paused for before is kept, and is the reason again once the look has succeeded.
    """
    paused = installation.paused_reason
    if paused == RESTORED:
        paused = _paused_before(District(session, installation.id))
    installation.paused_reason = RESTORED
    params = JobRequest(recover=True, paused=paused.to_json() or "")
    queue.enqueue(
        District(session, installation.id), "provision", params=params, trigger="cli", asked_by=asked_by
    )


def _paused_before(district: District) -> Reason:
    jobs = district.select(Job).where(Job.kind == "provision")
    last = district.session.scalars(jobs.where(Job.recovers()).order_by(Job.id.desc())).first()
    return Reason.from_json(last.request.paused if last else None)


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
    """Someone who was dropped and enrolled again since the backup has another enrollment id by now; who was
    only dropped, and is wanted, is enrolled again by the next sync."""
    session = context.session
    sections = links.read.known_objects(context.district, Kind.SECTION)
    session.commit()
    for number, batch in enumerate(chunks(sections, BULK)):
        sis_ids = {schoology_id: sis_id for schoology_id, sis_id in batch}
        for section_id, members in context.schoology.members(list(sis_ids)).items():
            if members is not None:
                there = {each.uid: each.enrollment_id for each in members}
                _renew(context, sis_ids[section_id], there)
        context.progress.report("looking_enrollments", number * BULK, len(sections))


def _renew(context: RunContext, section: str, there: dict[str, str]) -> None:
    district = context.district
    seats = links.read.known_seats(district, section)
    uids = links.read.schoology_ids(district, Kind.USER, (each.person for each in seats))
    for seat in seats:
        uid = uids.get(seat.person, "")
        if uid and uid not in there and _is_wanted(context, Kind.ENROLLMENT, seat.sis_id):
            # It was ended since the backup, and the SIS asks for it: it is made again.
            links.write.remove(district, Kind.ENROLLMENT, [seat.sis_id])
            continue
        found = there.get(uid) or seat.schoology_id
        if found != seat.schoology_id and not links.read.by_schoology_id(district, Kind.ENROLLMENT, found):
            # Whoever made it since then, if the SIS does not ask for it, maybe someone did by hand.
            wanted = _is_wanted(context, Kind.ENROLLMENT, seat.sis_id)
            by_hand = _is_wanted(context, Kind.SECTION, section) and not wanted
            links.write.renew_seat(district, seat, found, by_hand=by_hand)


def _is_wanted(context: RunContext, kind: Kind, sis_id: str) -> bool:
    staged = context.session.get(Staged, (context.run_id, kind, sis_id))
    return staged is not None and staged.state == StagedState.OK
