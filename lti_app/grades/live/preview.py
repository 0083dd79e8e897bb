"""Before live sync is turned on every course that is set up is read; what waits there is the backlog."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from lti_app import clock
from lti_app.grades.context import GradeContext, silent
from lti_app.grades.course.setup import is_mapped
from lti_app.grades.live import last_seen
from lti_app.grades.live.last_seen import Kept
from lti_app.grades.refresh import Overtaken, refresh
from lti_app.grades.rows import live
from lti_app.grades.rows.section import NoGrades
from lti_app.grades.rules.waiting import Waiting, everything
from lti_app.models import LiveSection, SectionSettings
from lti_app.outbound.errors import OutboundError, Refused, ToDo
from lti_app.school.course_codes import CourseCode
from lti_app.school.reasons import NO_REASON, Reason, because
from lti_app.sis.errors import SisError, SisRejected
from lti_app.store import links
from lti_app.store.district import District


class IsOn(Exception):
    """Live sync is on: what is read now goes by itself, and would never go as backlog."""


@dataclass(frozen=True)
class Waits:
    """What waits in one course: items, scores, and how many of these overwrite what the SIS has."""

    section_id: str
    label: str
    items: int
    scores: int
    over: int
    why: Reason


def look_at_all(context: GradeContext, since: datetime) -> tuple[int, int]:
    """Read every course that is set up and was not read since; how many were read, and could not be read.

    Raises IsOn, SisError, OutboundError, and whatever `context.report` raises; it may be repeated and goes
    on. A course that cannot be read stops the others only when it is the last of many in a row, or when none
    can be read.
    """
    district = context.district
    sections = _set_up(district)
    failed: list[Exception] = []
    read, in_a_row = 0, 0
    for number, section_id in enumerate(sections):
        context.report("reading_courses", number, len(sections))
        section = live.live_section(district, section_id)
        district.session.commit()
        error = None
        if section.compared_at is None or section.compared_at < since:
            error = _look_at(replace(context, section_id=section_id, report=silent), section)
        read += not section.why
        in_a_row = in_a_row + 1 if error else 0
        failed += [error] if error else []
        if error and in_a_row >= MOST_IN_A_ROW:
            raise error
    context.report("reading_courses", len(sections), len(sections))
    if failed and not read:
        raise failed[-1]
    live.live_sync(district).previewed_at = clock.now()
    district.session.commit()
    return read, len(sections) - read


def _set_up(district: District) -> list[str]:
    found = district.session.scalars(
        district.select(SectionSettings).order_by(SectionSettings.section_id)
    ).all()
    return [each.section_id for each in found if each.own_map or is_mapped(district.session, each)]


def _look_at(context: GradeContext, section: LiveSection) -> Exception | None:
    """Read one course; all that waits is backlog from now on. Commits. Answers an error that may pass, with
    the course still to be read; raises IsOn."""
    district = context.district
    try:
        fresh, schoology = last_seen.read(context.schoology, section.section_id, Kept())
        work = refresh(replace(context, schoology=schoology)).work
    except Overtaken as error:
        section.why = BUSY
        district.session.commit()
        return error
    except OF_A_COURSE as error:
        district.session.rollback()
        words = words_of(error)
        if not words:
            raise
        section.why = words
        if may_pass(error):
            district.session.commit()
            return error
    else:
        waiting = Waiting()
        waiting.add(work.items, everything)
        live.lock(district)
        if live.is_on(district):
            district.session.rollback()
            raise IsOn
        # Begun is set by its first job: what changes until live sync is on waits too, and nothing that is
        # gone from Schoology by then is deleted by itself.
        section.backlog, section.begun, section.far, section.why = (
            waiting.dump(),
            False,
            fresh.dump(),
            NO_REASON,
        )
        section.spared = sorted({*section.spared, *(each.item_id for each in work.gone)})
    section.compared_at = clock.now()
    district.session.commit()
    return None


def backlog(district: District) -> list[Waits]:
    """The courses in which something waits, or that could not be read, by name."""
    called = links.conditions.label_of_section(district.id, LiveSection.section_id).label("called")
    found = district.session.execute(
        district.select(LiveSection, called).order_by(called, LiveSection.section_id)
    )
    lines = []
    for section, label in found:
        waiting = Waiting.load(section.backlog)
        if section.backlog or section.why:
            items = len({*waiting.items, *waiting.scores})
            name = label or section.section_id
            lines.append(
                Waits(section.section_id, name, items, waiting.count, over=waiting.over, why=section.why)
            )
    return lines


MOST_IN_A_ROW = 5
"""So many courses that cannot be read, one after the other, are an outage and not their own fault."""
BUSY = because(CourseCode.LIVE_COURSE_BUSY)
OF_A_COURSE = (NoGrades, OutboundError, SisError)


def words_of(error: Exception) -> Reason:
    """Why a course could not be read; empty for what is no course's fault: credentials or settings."""
    if isinstance(error, NoGrades):
        return error.reason
    if isinstance(error, SisError):
        silent = error.to_do is ToDo.WAIT or isinstance(error, SisRejected)
        return because(CourseCode.LIVE_COURSE_SIS_SILENT) if silent else NO_REASON
    if isinstance(error, Refused):
        return NO_REASON
    return because(CourseCode.LIVE_COURSE_SCHOOLOGY_SILENT)


def may_pass(error: Exception) -> bool:
    """Whether many of the kind in a row are an outage."""
    return not isinstance(error, NoGrades)
