"""What a person decides under live sync: release the backlog, let held deletes go, or keep them away."""

from __future__ import annotations

from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.grades.live import dispatch
from lti_app.grades.live.waiting import RELEASED, Waiting
from lti_app.grades.rows import conflicts, live
from lti_app.grades.rows.items import SYNCED
from lti_app.grades.rules.held import Held, pairs
from lti_app.models import Event, LiveSection
from lti_app.school.reasons import NO_REASON
from lti_app.store.district import District


def release(session: Session, section: LiveSection) -> int:
    """Let the backlog of a course go; the job to submit, 0 when another comes first. Commits."""
    section.backlog = {} if section.begun else {RELEASED: True}
    return _ask(session, section)


def with_backlog(district: District) -> list[LiveSection]:
    """The courses in which something of before waits."""
    found = district.session.scalars(district.select(LiveSection))
    return [each for each in found.all() if waits(each)]


def waits(section: LiveSection) -> bool:
    """Whether something of before waits in a course."""
    return bool(Waiting.load(section.backlog).dump())


def release_held(session: Session, section: LiveSection) -> int:
    """Delete and clear in the SIS exactly what was shown; the job to submit, or 0. Commits."""
    held = Held.load(section.held)
    held.approve()
    section.held = held.dump()
    return _ask(session, section)


def _ask(session: Session, section: LiveSection) -> int:
    """A job that runs may have decided already: as after an event, another one follows it. Commits."""
    session.commit()
    job_id = dispatch.ask(District(session, section.installation_id), section.section_id)
    if not job_id:
        place = {"installation_id": section.installation_id, "section_id": section.section_id}
        session.add(Event(**place, received_at=clock.now(), body=live.ASKED, state=live.NEW))
        session.commit()
    return job_id


def keep(session: Session, section: LiveSection) -> None:
    """Leave in the SIS what it has: items are spared for good, scores until Schoology's change. Commits."""
    held = Held.load(section.held)
    section.spared = sorted({*section.spared, *held.delete})
    place = (section.installation_id, section.section_id)
    for item_id, student_id in pairs(held.clear):
        row = conflicts.find(session, place, item_id, student_id)
        if row is not None:
            row.pushed, row.known, row.kept, row.status, row.reason = "", True, True, SYNCED, NO_REASON
    section.held = {}
    session.commit()
