"""What events missed: sections are compared with what was last dealt with, many in one request.

A section that differs gets a live job; what that job sends is counted as a repair, so that lost events show.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.grades.context import GradeContext
from lti_app.grades.live import dispatch
from lti_app.grades.live.last_seen import Kept, differ, merged
from lti_app.grades.rows import live
from lti_app.grades.rows.items import BLOCKED, ERROR
from lti_app.models import Event, ItemState, LinkState, LiveSection, ScoreState, SectionSettings, Sweep
from lti_app.outbound.errors import OutboundError
from lti_app.school.reasons import NO_REASON
from lti_app.school.records import Kind
from lti_app.store import links
from lti_app.store.bulk import chunks
from lti_app.store.district import District

OFTEN, WHOLE = timedelta(minutes=15), timedelta(hours=24)
RECENT = timedelta(hours=2)
"""A section with an event or a push within this time is swept often."""
IN_A_REQUEST = 12
"""So many sections are read by one request."""


def begin(district: District, whole: bool) -> Sweep:
    """The row of a sweep. Commits."""
    row = Sweep(installation_id=district.id, whole=whole, started_at=clock.now())
    row.compared = row.differed = row.repaired = row.unread = 0
    district.session.add(row)
    district.session.commit()
    return row


def sweep(context: GradeContext, row: Sweep) -> list[int]:
    """Compare every section, or those with recent activity; the ids of the jobs that were queued.

    Raises OutboundError and whatever `context.report` raises.
    """
    session = context.session
    sections = _sections(session, row)
    asked: list[int] = []
    for number, part in enumerate(chunks(sections, IN_A_REQUEST)):
        context.report("comparing_sections", IN_A_REQUEST * number, len(sections))
        asked += _compare(context, row, part)
    context.report("comparing_sections", len(sections), len(sections))
    row.finished_at = clock.now()
    session.commit()
    return asked


def _sections(session: Session, sweep_row: Sweep) -> list[str]:
    """Sections that are linked and that someone has set up."""
    owner = sweep_row.installation_id
    linked = links.conditions.is_linked(
        owner, Kind.SECTION, schoology_id=SectionSettings.section_id, states=LinkState.in_use()
    )
    wanted = (
        select(SectionSettings.section_id)
        .where(SectionSettings.installation_id == owner, linked)
        .order_by(SectionSettings.section_id)
    )
    if not sweep_row.whole:
        wanted = wanted.join(
            LiveSection,
            (LiveSection.installation_id == SectionSettings.installation_id)
            & (LiveSection.section_id == SectionSettings.section_id),
        ).where((LiveSection.active_at > clock.now() - RECENT) | LiveSection.owed)
    return list(session.scalars(wanted))


def _compare(context: GradeContext, row: Sweep, sections: Sequence[str]) -> list[int]:
    district = context.district
    known = {
        each: district.session.get(LiveSection, (district.id, each), populate_existing=True)
        for each in sections
    }
    fars = {each: section.far if section else "" for each, section in known.items()}
    kept = {each: Kept.load(far) for each, far in fars.items()}
    district.session.commit()
    books = context.schoology.books({each: 0 if row.whole else kept[each].since for each in sections})
    open_ones = _unsettled(district, sections) if row.whole else set()
    told = _told(district, sections)
    asked: list[int] = []
    found = {"compared": 0, "differed": 0, "unread": 0}
    for each in sections:
        book, section = (
            books[each],
            district.session.get(LiveSection, (district.id, each), populate_existing=True),
        )
        if isinstance(book, OutboundError):
            found["unread"] += 1
            live.live_section(district, each).owed = True
            continue
        found["compared"] += 1
        if book is None or book.grading.archived:
            continue
        far = section.far if section else ""
        owed = section is not None and section.owed
        # Where events wait, a job has just read or owes a good end, or live sync has not begun yet, no event
        # was missed: what is sent there is no repair.
        heard = owed or each in told or section is None or not section.begun or far != fars[each]
        other = differ(kept[each], merged(Kept() if row.whole else kept[each], book)[0])
        if section is not None and far and far == fars[each] and not (section.begun or section.why or other):
            section.begun = True  # as it was looked at: from here on nothing of it is of before
        refused = row.whole and section is not None and bool(section.refused)
        joined = section is not None and section.begun and kept[each].joined(book)
        if other or owed or refused or joined or each in open_ones:
            missed = other and not heard
            found["differed"] += missed
            job_id = dispatch.ask(district, each, sweep=row.id if missed else 0, whole=row.whole)
            if not job_id:  # the one that is there may be about something else
                live.live_section(district, each).owed = True
            asked.append(job_id)
    added = {name: getattr(Sweep, name) + number for name, number in found.items()}
    _add(district, row.id, **added)
    district.session.refresh(row)
    return [each for each in asked if each]


def _unsettled(district: District, sections: Sequence[str]) -> set[str]:
    """Where something could not be sent: what the SIS refused, or has no place for, is tried once a day."""
    place = (ItemState.installation_id == district.id, ItemState.section_id.in_(sections))
    scores = select(ItemState.section_id).join(ScoreState).where(ScoreState.status.in_((ERROR, BLOCKED)))
    items = select(ItemState.section_id).where((ItemState.status == ERROR) | (ItemState.pending > 0))
    whys = district.select(LiveSection.section_id).where(
        LiveSection.section_id.in_(sections),
        LiveSection.why != NO_REASON,
    )
    queries = (scores.where(*place), items.where(*place), whys)
    return {each for query in queries for each in district.session.scalars(query)}


def _told(district: District, sections: Sequence[str]) -> set[str]:
    """Sections of which events wait."""
    waiting = district.select(Event.section_id).where(Event.section_id.in_(sections), Event.state == live.NEW)
    return set(district.session.scalars(waiting))


def count_repairs(district: District, sweep_id: int, number: int) -> None:
    """Add to what a sweep repaired. Commits."""
    _add(district, sweep_id, repaired=Sweep.repaired + number)


def told_after_all(district: District, sweep_id: int) -> None:
    """The event came while the sweep's job waited: it was late and not lost. Commits."""
    _add(district, sweep_id, differed=Sweep.differed - 1)


def _add(district: District, sweep_id: int, **values: Any) -> None:
    district.session.execute(
        update(Sweep)
        .where(Sweep.id == sweep_id, Sweep.installation_id == district.id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    district.session.commit()


def latest(district: District, limit: int = 10) -> list[Sweep]:
    """The newest sweeps first."""
    return list(district.session.scalars(district.select(Sweep).order_by(Sweep.id.desc()).limit(limit)))
