"""Assignments that leave the SIS, whoever asked for it: each is kept whole before, to be put back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.grades.assess import has_of
from lti_app.grades.context import SENDING, GradeContext
from lti_app.grades.ledger import Ledger
from lti_app.grades.read import Both
from lti_app.grades.refresh import Reading
from lti_app.grades.rows.items import Book
from lti_app.grades.rules.compare import text_of
from lti_app.grades.rules.delete_brake import WINDOW
from lti_app.grades.rules.held import Held
from lti_app.models import Action, LiveSection, RemovedAssignment
from lti_app.school.gradebook import Assignment
from lti_app.school.gradebook_json import to_json
from lti_app.sis.errors import SisRejected
from lti_app.store.district import District

MOST_ASKED = 5
"""So many items that are not listed are asked about each time; more only when the list has changed."""


def due(
    context: GradeContext,
    section: LiveSection,
    reading: Reading,
    *,
    changed: bool,
    never: Set[str],
) -> list[Assignment]:
    """Assignments that the app made and whose items are deleted, not only unpublished.

    Those that wait for a person were asked about when they were held, and once more when they may go; those
    of `never` are not. What cannot be read cannot be kept to be put back, so it stays. Nothing is deleted
    where the SIS cannot delete.
    """
    if not context.capabilities.delete:
        return []
    held = Held.load(section.held)
    ours = [
        each
        for each in reading.work.gone
        if _is_ours(section, reading.book, each) and each.item_id not in never
    ]
    found = [each for each in ours if is_readable(reading.both, each)]
    new = [each.item_id for each in found if each.item_id not in {*held.delete, *held.approved_deletes}]
    left_out = set(new) if len(new) > MOST_ASKED and not changed else set()
    return [
        each
        for each in found
        if each.item_id not in left_out
        and (each.item_id in held.delete or context.schoology.is_deleted(context.section_id, each.item_id))
    ]


def deleted(context: GradeContext, reading: Reading, item_ids: Set[str]) -> list[Assignment]:
    """Of these items the assignments that the SIS has and Schoology has deleted. Raises OutboundError."""
    return [
        each
        for each in reading.work.gone
        if each.item_id in item_ids
        and is_readable(reading.both, each)
        and context.schoology.is_deleted(context.section_id, each.item_id)
    ]


def is_readable(both: Both, each: Assignment) -> bool:
    """Whether an assignment can be kept whole."""
    scores = has_of(both, each.item_id).values()
    return not each.unreadable and not any(score.unreadable for score in scores)


def _is_ours(section: LiveSection, book: Book, each: Assignment) -> bool:
    state = book.items.get(each.item_id)
    return (
        state is not None
        and state.fingerprint != ""
        and not state.opted_out
        and each.item_id not in section.spared
    )


def lately(district: District, section_id: str = "") -> tuple[int, int]:
    """How many assignments were deleted, or are about to be, within the brake's window, in a section or
    everywhere; and how many of them were put back."""
    wanted = select(func.count(), func.count(RemovedAssignment.restored_at)).where(
        RemovedAssignment.installation_id == district.id,
        RemovedAssignment.removed_at > clock.now() - timedelta(seconds=WINDOW),
    )
    if section_id:
        wanted = wanted.where(RemovedAssignment.section_id == section_id)
    gone, back = district.session.execute(wanted).one()
    return gone, back


def finish_interrupted(session: Session, section: LiveSection, both: Both) -> None:
    """Deletes that were cut off: those that happened are noted, the others begin again."""
    there = {each.item_id for each in both.sis.assignments}
    for row in session.scalars(
        select(RemovedAssignment).where(
            RemovedAssignment.installation_id == section.installation_id,
            RemovedAssignment.section_id == section.section_id,
            RemovedAssignment.done.is_(False),
        )
    ).all():
        if row.item_id in there:
            session.delete(row)
        else:
            row.done = True


def reserve(
    context: GradeContext, section_key: str, both: Both, gone: Sequence[Assignment]
) -> list[RemovedAssignment]:
    """Keep assignments with their scores before they are deleted, in the caller's transaction.

    From its commit on the brakes of all other sections count them.
    """
    kept = [_kept(context, section_key, both, each) for each in gone]
    context.session.add_all(kept)
    return kept


def remove(  # noqa: PLR0913 - whose, where, and what
    context: GradeContext,
    ledger: Ledger,
    both: Both,
    *,
    book: Book,
    gone: Sequence[Assignment],
    reserved: Sequence[RemovedAssignment],
) -> list[str]:
    """Delete assignments in the SIS; the items that the SIS refused to delete. Commits after each."""
    refused: list[str] = []
    for number, (each, kept) in enumerate(zip(gone, reserved, strict=True)):
        context.report(SENDING, number, len(gone))
        keys = [line["sis_id"] for line in lines(ledger, both, each)]
        try:
            context.sis.delete_assignment(ledger.ref(each))
        except SisRejected as error:
            refused.append(each.item_id)
            context.session.delete(kept)
            ledger.refuse(keys, error)
        else:
            kept.done = True
            book.forget(each.item_id)
            ledger.close(keys, ok=True)
        context.save()
    return refused


def _kept(context: GradeContext, section_key: str, both: Both, each: Assignment) -> RemovedAssignment:
    scores = {student: text_of(score) for student, score in has_of(both, each.item_id).items()}
    return RemovedAssignment(
        installation_id=context.installation_id,
        section_id=context.section_id,
        section_key=section_key,
        item_id=each.item_id,
        title=each.title,
        assignment=to_json(each),
        scores={student: text for student, text in scores.items() if text},
        removed_at=clock.now(),
        done=False,
        restored_by="",
    )


def lines(ledger: Ledger, both: Both, each: Assignment) -> Iterable[dict[str, Any]]:
    """The lines of a run for an assignment that is deleted with its scores."""
    yield ledger.item_line(Action.DROP, each.item_id, each.title, before=each)
    for score in has_of(both, each.item_id).values():
        yield ledger.score_line(Action.DROP, each.item_id, each.title, before=score)
