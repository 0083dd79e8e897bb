"""What the SIS had before a sync clears or replaces it: kept before anything is sent, for 30 days."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.grades.assess import has_of
from lti_app.grades.context import GradeContext
from lti_app.grades.read import Both
from lti_app.grades.rules.compare import is_spelling, text_of
from lti_app.grades.rules.delete_brake import WINDOW
from lti_app.grades.rules.held import Pair
from lti_app.grades.rules.work import ItemWork
from lti_app.models import KeptScore, LiveSection
from lti_app.school.gradebook import SisScore
from lti_app.store.district import District

Copies = Mapping[Pair, KeptScore]
"""(item, student) → what is kept of the score that is about to be sent."""


def reserve(context: GradeContext, works: Iterable[ItemWork], session: int) -> dict[Pair, KeptScore]:
    """Keep what these works take from the SIS, in the caller's transaction; from its commit on it counts for
    the brake."""
    copies = {
        (line.item_id, line.student_id): KeptScore(
            installation_id=context.installation_id,
            section_id=context.section_id,
            session=session,
            item_id=work.item_id,
            title=work.judged.item.title,
            student_id=line.student_id,
            before=text_of(line.before),
            after=text_of(line.desired),
            kept_at=clock.now(),
            done=False,
            restored_by="",
        )
        for work in works
        for line in work.losses
    }
    context.session.add_all(copies.values())
    return copies


def finish_interrupted(session: Session, section: LiveSection, both: Both) -> None:
    """Copies of scores whose request was cut off: kept where it arrived, forgotten where it did not."""
    open_copies = session.scalars(
        select(KeptScore).where(
            KeptScore.installation_id == section.installation_id,
            KeptScore.section_id == section.section_id,
            KeptScore.done.is_(False),
        )
    ).all()
    for copy in open_copies:
        has = has_of(both, copy.item_id).get(copy.student_id) or SisScore(copy.student_id)
        if text_of(has) == copy.before and not is_spelling(copy.after, text_of(has)):
            session.delete(copy)
        else:
            copy.done = True


def lately(district: District, section_id: str) -> tuple[frozenset[Pair], int]:
    """The scores that were cleared or replaced within the brake's window, or are about to be; and how many of
    them were put back."""
    rows = district.session.scalars(
        district.select(KeptScore).where(
            KeptScore.section_id == section_id,
            KeptScore.kept_at > clock.now() - timedelta(seconds=WINDOW),
        )
    ).all()
    found = frozenset((row.item_id, row.student_id) for row in rows)
    back = {(row.item_id, row.student_id) for row in rows if row.restored_at is not None}
    return found, len(back)
