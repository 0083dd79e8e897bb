"""Read both sides, judge and compare, and keep what the pages show. Sends nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import IntegrityError

from lti_app import clock
from lti_app.grades import agreement, effects
from lti_app.grades.assess import SectionWork, assess, has_of
from lti_app.grades.context import LANE, GradeContext
from lti_app.grades.read import Both, read_both
from lti_app.grades.rows import generation
from lti_app.grades.rows import items as books
from lti_app.grades.rows.items import BLOCKED, CONFLICT, ERROR, NOT_YET, SYNCED, Book
from lti_app.grades.rows.section import settings_row
from lti_app.grades.rules.compare import ScoreAction, ScoreLine, is_spelling, text_of, value_of
from lti_app.grades.rules.preflight import Judged
from lti_app.grades.rules.snapshot import Snapshot
from lti_app.grades.rules.work import ItemWork
from lti_app.models import ItemState, Job, JobState, ScoreState, SectionSettings
from lti_app.school import gradebook_json
from lti_app.school.gradebook import SisScore
from lti_app.school.reasons import NO_REASON

MOST_AT_ONCE = 10
"""More new items than this at once are held: a course was probably copied in."""


@dataclass(frozen=True)
class Reading:
    """Both gradebooks of a section as just read, its rows, and what came of comparing them."""

    both: Both
    book: Book
    work: SectionWork


class Overtaken(Exception):
    """The memory was written to while both gradebooks were read: the reading is too old to be kept."""


def refresh(context: GradeContext, *, sends: bool = False) -> Reading:
    """Read, compare, keep; commits. `sends`: for the job of the section that may write to the SIS.

    Raises Overtaken for any other reading that such a job has overtaken, NoGrades, SisError, OutboundError.
    """
    _make_row(context)
    if sends:
        context.save()  # from here on every other reading is too old
    began = generation.current(context.district, context.section_id)
    context.session.commit()
    both = read_both(context)
    context.session.commit()  # what is decided from here on is decided by the rows of now
    if not sends:
        _still(context, began)
    else:
        context.hold()
        generation.grow(context.district, context.section_id)
    return _keep(context, both)


def _make_row(context: GradeContext) -> None:
    """The section's row is there; two who make it at the same moment both go on. Raises NoGrades."""
    try:
        settings_row(context.district, context.section_id)
        context.session.commit()
    except IntegrityError:
        context.session.rollback()


def _still(context: GradeContext, began: int) -> None:
    """Raises Overtaken. From here to the commit no one else writes to the section's memory."""
    pushes = context.district.select(Job.id).where(
        Job.lane == LANE, Job.section_id == context.section_id, Job.state == JobState.RUNNING
    )
    held = generation.grow(context.district, context.section_id, still=began)
    if not held or context.session.scalar(pushes) is not None:
        context.session.rollback()
        raise Overtaken


def _keep(context: GradeContext, both: Both) -> Reading:
    session, district = context.session, context.district
    row = settings_row(district, context.section_id)
    session.refresh(row)
    book = books.load(district, context.section_id, both.sis.session)
    settle_intents(book, both)
    work = assess(context, row, both, book)
    note_work(row, both, book, work)
    agreement.note(context, row, both, book)
    effects.note(context, row, both, book=book, work=work)
    session.commit()
    return Reading(both, book, work)


def settle_intents(book: Book, both: Both) -> None:
    """What was sent and never answered: where the SIS has it, it is ours, and no edit made in the SIS.

    A value that was there before is no rounding of what may never have arrived.
    """
    for item_id in book.items:
        waiting = [row for row in book.scores_of(item_id).values() if row.intent is not None]
        has = has_of(both, item_id) if waiting else {}
        for row in waiting:
            there = text_of(has.get(row.student_id) or SisScore(row.student_id))
            moved = there != row.seen or value_of(row.intent or "") == value_of(there)
            if row.intent is not None and moved and is_spelling(row.intent, there):
                row.pushed, row.seen, row.known, row.unchecked = row.intent, there, True, False
                row.intent = None


def note_work(row: SectionSettings, both: Both, book: Book, work: SectionWork) -> None:
    """Keep what was found; in the caller's transaction."""
    first = row.looked_at is None
    _note_section(row, both, work)
    fresh = [each for each in work.items if each.item_id not in book.items]
    hold = not first and len(fresh) > MOST_AT_ONCE
    fresh_ids = {each.item_id for each in fresh}
    for place, item in enumerate(work.items):
        state = book.item(item.item_id)
        if hold and item.item_id in fresh_ids:
            state.held = True
        _note_item(state, item, both, place)
        _note_scores(book, item)
    _note_gone(book, work)


def _note_section(row: SectionSettings, both: Both, work: SectionWork) -> None:
    counts: dict[str, int] = {}
    for item in both.schoology.items:
        counts[item.category_id] = counts.get(item.category_id, 0) + 1
    names = {each.enrollment_id: each.name for each in both.schoology.seats}
    snapshot = Snapshot(
        session=both.sis.session,
        building=both.sis.section.building,
        course_code=both.sis.course_code,
        grading=both.schoology.grading,
        categories=both.schoology.categories,
        periods=both.sis.periods,
        students={student: names[seat] for seat, student in both.schoology.students.items() if seat in names},
        strangers=tuple(sorted(work.strangers.values())),
        counts=counts,
    )
    row.section_key = both.sis.section.key
    row.settings = gradebook_json.to_json(both.sis.settings)
    row.snapshot = snapshot.to_json()
    row.read_at = row.looked_at = clock.now()
    row.problem = NO_REASON


def _note_item(state: ItemState, item: ItemWork, both: Both, place: int) -> None:
    state.title, state.place = item.judged.item.title, place
    state.pending, state.gone = item.pending, False
    state.sis_assignment = item.there.number if item.there else ""
    state.shown = _shown(item.judged, both)


def _shown(judged: Judged, both: Both) -> dict[str, Any]:
    item = judged.item
    titles = {each.id: each.title for each in both.schoology.categories}
    return {
        "kind": item.kind,
        "category": titles.get(item.category_id, ""),
        "due": item.due.isoformat(sep=" ", timespec="minutes") if item.due else "",
        "used": judged.assignment.due.isoformat() if judged.assignment else "",
        "points": str(item.max_points) if item.max_points is not None else "",
        "findings": [each.to_json() for each in judged.findings],
    }


def _note_scores(book: Book, item: ItemWork) -> None:
    """Keep conflicts, refusals, what a sync would take from the SIS, and what both sides agree on already."""
    for line in item.lines:
        if line.action != ScoreAction.SEND or line.loss:
            _note_line(book.score(item.item_id, line.student_id), line)
    noted = {each.student_id for each in item.lines}
    lost = {each.student_id for each in item.losses}
    for student, row in list(book.scores_of(item.item_id).items()):
        seat = item.seats.get(student, "")
        if row.known and seat and row.seat != seat:
            row.seat = seat
        if row.loss and student not in lost:
            row.loss = ""
            if not row.known and row.status == NOT_YET:
                book.forget_score(item.item_id, student)
        if student not in noted and row.status in (CONFLICT, BLOCKED, ERROR):
            _clear(book, item.item_id, row)


def _note_line(row: ScoreState, line: ScoreLine) -> None:
    if line.action == ScoreAction.SEND:
        row.loss, row.wanted, row.offered = line.loss, text_of(line.desired), text_of(line.before)
        row.status = (SYNCED if row.known else NOT_YET) if row.status == CONFLICT else row.status
    elif line.action == ScoreAction.REMEMBER:
        row.pushed, row.seen = text_of(line.desired), line.spelled or text_of(line.desired)
        row.known, row.status, row.reason, row.agreed = True, SYNCED, NO_REASON, None
        row.kept, row.unchecked, row.intent = False, False, None
    elif line.action == ScoreAction.CONFLICT:
        note_conflict(row, line)
    else:
        row.status, row.reason = BLOCKED, line.reason


def note_conflict(row: ScoreState, line: ScoreLine) -> None:
    """A score of the SIS waits for the teacher: what each side has."""
    row.status, row.reason, row.loss = CONFLICT, NO_REASON, ""
    row.wanted, row.offered = text_of(line.desired), text_of(line.before)


def _clear(book: Book, item_id: str, row: ScoreState) -> None:
    """What stood in the way is over."""
    row.reason, row.wanted = NO_REASON, ""
    if row.known:
        row.status = SYNCED
    else:
        book.forget_score(item_id, row.student_id)


def _note_gone(book: Book, work: SectionWork) -> None:
    """Items that Schoology does not list any more: shown while the SIS has them, forgotten otherwise.

    One that someone opted out, or that is held, may be a draft just now: that is kept.
    """
    listed = {each.item_id for each in work.items}
    in_sis = {each.item_id: each for each in work.gone}
    for item_id, assignment in in_sis.items():
        state = book.item(item_id)
        state.gone, state.pending, state.held = True, 0, False
        state.title = state.title or assignment.title
        state.sis_assignment = assignment.number
    lost = [each for each in book.items if each not in listed and each not in in_sis]
    for item_id in lost:
        if book.items[item_id].opted_out or book.items[item_id].held:
            state = book.items[item_id]
            state.gone, state.pending, state.sis_assignment = True, 0, ""
        else:
            book.forget(item_id)
