"""One live job: read the section again and send what is new in it, by the path of the teacher's page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from lti_app import clock
from lti_app.grades import doubt
from lti_app.grades.context import SENDING, GradeContext
from lti_app.grades.course.setup import is_mapped
from lti_app.grades.first_score import confirmed
from lti_app.grades.live import last_seen
from lti_app.grades.live.last_seen import Kept
from lti_app.grades.live.trip import OFF, LiveTrip
from lti_app.grades.outcome_words import pushed_words
from lti_app.grades.refresh import refresh
from lti_app.grades.road.travel import Travelled, travel
from lti_app.grades.rows import live
from lti_app.grades.rows.section import NoGrades, settings_row
from lti_app.school.course_codes import CourseCode
from lti_app.school.ending_codes import EndingCode
from lti_app.school.reasons import NO_REASON, Reason, because, several
from lti_app.store.district import District

READ_WHOLE = timedelta(hours=24)
"""At least so often all grades are read, and not only those that Schoology says have changed."""


@dataclass
class Done:
    """How a live job ended. `why`: why nothing may be sent automatically; then nothing was done."""

    why: Reason = NO_REASON
    travelled: Travelled | None = None

    @property
    def sent(self) -> int:
        """Items and scores that were changed in the SIS."""
        return self.travelled.sent if self.travelled else 0

    @property
    def troubled(self) -> bool:
        """Whether someone should look at it."""
        return self.travelled is not None and self.travelled.troubled


def live_push(context: GradeContext, job_id: int, *, whole: bool = False) -> Done:
    """Deal with whatever events of the section, or a sweep, may be about; may be repeated at any point.

    Raises NoGrades, SisError, OutboundError, and whatever `context.report` raises.
    """
    session = context.session
    section = live.live_section(District(session, context.installation_id), context.section_id)
    live.take_events(session, section)
    before = Kept.load(section.far)
    whole = whole or section.compared_at is None or section.compared_at < clock.now() - READ_WHOLE
    never_seen = (
        settings_row(District(session, context.installation_id), context.section_id).looked_at is None
    )
    try:
        fresh, schoology = last_seen.read(context.schoology, context.section_id, Kept() if whole else before)
        reading = refresh(replace(context, schoology=schoology), sends=True)
    except NoGrades as error:
        _give_up(context, error)
        raise
    context = replace(context, report=_while_on(context))
    why = _why_not(context)
    done = Done(why=why)
    if not why:
        trip = LiveTrip(whole, fresh.items != before.items, never_seen)
        done = Done(travelled=travel(context, job_id, reading, trip))
    # That it is off is no fault of the course, and is over once live sync is on again.
    section.why = NO_REASON if why == OFF else why
    section.owed, section.far, section.dealt_at = why == doubt.STOPPED, fresh.dump(), clock.now()
    if whole:
        section.compared_at = clock.now()
    if done.sent:
        section.pushed_at = section.active_at = clock.now()
    context.save()
    return done


def _give_up(context: GradeContext, error: NoGrades) -> None:
    """The course itself cannot be synced: it says why, and only the daily sweep tries again. Commits."""
    context.session.rollback()
    section = live.live_section(context.district, context.section_id)
    section.why, section.owed, section.dealt_at = error.reason, False, clock.now()
    context.session.commit()


def _while_on(context: GradeContext) -> Callable[[str, int, int], None]:
    """Reports, and raises NoGrades before anything is sent once live sync is off."""

    def report(phase: str, done: int, total: int) -> None:
        context.report(phase, done, total)
        if phase == SENDING and done < total and not live.is_on(context.district):
            raise NoGrades(OFF)

    return report


def _why_not(context: GradeContext) -> Reason:
    """Why nothing of this section goes by itself."""
    district = context.district
    if not live.is_on(district):
        return OFF
    if not is_mapped(district.session, settings_row(district, context.section_id)):
        return because(CourseCode.LIVE_NOT_MATCHED)
    if doubt.find(district) is not None:
        return doubt.STOPPED
    return NO_REASON if confirmed(district) else because(CourseCode.LIVE_NOT_CONFIRMED)


def done_words(done: Done) -> Reason:
    """The result of a live job."""
    if done.travelled is None:
        return because(EndingCode.LIVE_NOT_SENT, why=done.why)
    trip = done.travelled
    said = several(
        pushed_words(trip) if trip.run is not None or trip.held.waits else NO_REASON,
        because(EndingCode.LIVE_DELETED, count=trip.deleted) if trip.deleted else NO_REASON,
        because(EndingCode.LIVE_UNDELETED, count=trip.undeleted) if trip.undeleted else NO_REASON,
    )
    return said or because(EndingCode.LIVE_NOTHING)
