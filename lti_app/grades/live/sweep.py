"""What events missed: sections are compared with what was last dealt with, many in one request.

A section that differs gets a live job; what that job sends is counted as a repair, so that lost events show.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.grades.context import GradeContext
from lti_app.grades.live import dispatch, rows
from lti_app.grades.live.kept import Kept, differ, merged
from lti_app.models import Link, LinkState, LiveSection, SectionSettings, Sweep
from lti_app.school.records import Kind

OFTEN, WHOLE = timedelta(minutes=15), timedelta(hours=24)
RECENT = timedelta(hours=2)
"""A section with an event or a push within this time is swept often."""
AT_ONCE = 12
"""Sections in one request."""


def begin(session: Session, installation_id: int, whole: bool) -> Sweep:
    """The row of a sweep. Commits."""
    row = Sweep(installation_id=installation_id, whole=whole, started_at=clock.now())
    row.compared = row.differed = row.repaired = 0
    session.add(row)
    session.commit()
    return row


def sweep(context: GradeContext, row: Sweep) -> list[int]:
    """Compare every section, or those with recent activity; the ids of the jobs that were queued.

    Raises OutboundError and whatever `context.report` raises.
    """
    session = context.session
    sections = _sections(session, row)
    asked: list[int] = []
    for start in range(0, len(sections), AT_ONCE):
        context.report("comparing_sections", start, len(sections))
        asked += _compare(context, row, sections[start : start + AT_ONCE])
    context.report("comparing_sections", len(sections), len(sections))
    row.finished_at = clock.now()
    session.commit()
    return asked


def _sections(session: Session, sweep_row: Sweep) -> list[str]:
    """Sections that are linked and that somebody has set up."""
    wanted = (
        select(SectionSettings.section_id)
        .join(
            Link,
            (Link.installation_id == SectionSettings.installation_id)
            & (Link.kind == Kind.SECTION)
            & (Link.schoology_id == SectionSettings.section_id),
        )
        .where(
            SectionSettings.installation_id == sweep_row.installation_id,
            Link.state.in_((LinkState.OWNED, LinkState.ADOPTED)),
        )
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
    session, mine = context.session, context.installation_id
    known = {each: session.get(LiveSection, (mine, each), populate_existing=True) for each in sections}
    kept = {each: Kept.load(here.far) if here else Kept() for each, here in known.items()}
    session.commit()
    books = context.schoology.books({each: 0 if row.whole else kept[each].since for each in sections})
    asked = []
    for each in sections:
        book, here = books[each], known[each]
        row.compared += 1
        if book is None or book.grading.archived:
            continue
        start = Kept() if row.whole else kept[each]
        missed = differ(kept[each], merged(start, book)[0]) or (here is not None and here.owed)
        if missed or (row.whole and here is not None and bool(here.refused or here.why)):
            # What the SIS refused is tried once a day; no event was missed there, so it is no repair.
            row.differed += missed
            job_id = dispatch.ask(session, mine, each, sweep=row.id if missed else 0, whole=row.whole)
            if not job_id:  # the one that is there may be about something else
                rows.live_section(session, mine, each).owed = True
            asked.append(job_id)
    session.commit()
    return [each for each in asked if each]


def count_repairs(session: Session, installation_id: int, sweep_id: int, number: int) -> None:
    """Add to what a sweep repaired. Commits."""
    session.execute(
        update(Sweep)
        .where(Sweep.id == sweep_id, Sweep.installation_id == installation_id)
        .values(repaired=Sweep.repaired + number)
        .execution_options(synchronize_session=False)
    )
    session.commit()


def latest(session: Session, installation_id: int, limit: int = 10) -> list[Sweep]:
    """The newest sweeps first."""
    return list(
        session.scalars(
            select(Sweep)
            .where(Sweep.installation_id == installation_id)
            .order_by(Sweep.id.desc())
            .limit(limit)
        )
    )
