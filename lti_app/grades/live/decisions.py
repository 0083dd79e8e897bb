"""What a person decides under live sync: release the backlog, let held deletes go, or keep them away."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.grades import wishes
from lti_app.grades.live import dispatch
from lti_app.grades.live.view import label_of
from lti_app.grades.rows import conflicts, live
from lti_app.grades.rules import shown
from lti_app.grades.rules.held import Held
from lti_app.grades.rules.waiting import RELEASED, Waiting
from lti_app.grades.wishes import Asked, Asker
from lti_app.models import Event, LiveSection
from lti_app.school.job_request import JobRequest
from lti_app.store.district import District


def release(session: Session, section: LiveSection) -> int:
    """Let the backlog of a course go; the job to submit, 0 when another comes first. Commits."""
    section.backlog = {} if section.begun else {RELEASED: True}
    return _ask(session, section)


def with_backlog(district: District) -> list[LiveSection]:
    """The courses in which something of before waits."""
    found = district.session.scalars(district.select(LiveSection))
    return [each for each in found.all() if waits(each)]


def digest(sections: Iterable[LiveSection]) -> str:
    """Stands for exactly what waits in these courses."""
    return shown.digest(sorted([each.section_id, Waiting.load(each.backlog).digest] for each in sections))


def waits(section: LiveSection) -> bool:
    """Whether something of before waits in a course."""
    return bool(Waiting.load(section.backlog).dump())


def release_held(session: Session, section: LiveSection, asker: Asker) -> Asked:
    """Carry out in the SIS exactly what was shown, also where live sync is off. Commits."""
    held = Held.load(section.held)
    held.approve()
    section.held = held.dump()
    district = District(session, section.installation_id)
    request = JobRequest(approved_only=True, course=label_of(district, section.section_id))
    return wishes.ask(district, section.section_id, request, asker)


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
    """Leave in the SIS what it has: items are spared for good, scores until Schoology's change. Commits.

    Due dates go on waiting: they are sent, or not, once the Acting User's time zone is right.
    """
    held = Held.load(section.held)
    section.spared = sorted({*section.spared, *held.delete})
    place = (section.installation_id, section.section_id)
    for each in held.clear:
        row = conflicts.find(session, place, each.item, each.student)
        if row is not None:
            conflicts.keep_as_is(row, each)
    held.delete, held.clear = {}, set()
    section.held = held.dump()
    session.commit()
