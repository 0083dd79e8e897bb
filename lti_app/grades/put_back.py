"""Put back what the SIS had: scores that a sync cleared or replaced, assignments that it deleted; one or all.

Each time is a run of its own, so that Logs shows what was put back, who did it, and what the SIS said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from lti_app import clock
from lti_app.grades import ledger as grades_ledger
from lti_app.grades.assignments import read_assignments
from lti_app.grades.context import GradeContext
from lti_app.grades.ledger import Ledger
from lti_app.grades.rows import conflicts, live, removed
from lti_app.grades.rows.section import settings_row
from lti_app.grades.rules.compare import is_spelling, score_of, text_of
from lti_app.grades.rules.refusals import refusal
from lti_app.grades.rules.snapshot import Snapshot
from lti_app.models import Action, Job, KeptScore, RemovedAssignment, Run, RunState
from lti_app.school.gradebook import (
    Assignment,
    AssignmentRef,
    ScoreOutcome,
    ScoresByAssignment,
    SisScore,
)
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import NO_REASON, because
from lti_app.sis.errors import SisRejected
from lti_app.store.bulk import chunks

CHANGED, NOT_THERE = "CHANGED_SINCE", "ASSIGNMENT_NOT_THERE"
"""Codes of outcomes of ours: the SIS has something else there by now, or not even the assignment."""
OURS = {CHANGED: Code.CHANGED_IN_SIS_SINCE, NOT_THERE: Code.ASSIGNMENT_NOT_THERE}


class Over(Exception):
    """There is nothing to put back any more."""


@dataclass(frozen=True)
class _There:
    """What the SIS has: (session, item) → assignment, and its scores."""

    assignments: Mapping[tuple[int, str], Assignment]
    all_scores: ScoresByAssignment

    def scores(self, place: tuple[int, str]) -> dict[str, SisScore]:
        """Student → score of an item."""
        made = self.assignments.get(place)
        found = self.all_scores.get((made.session, made.number), ()) if made else ()
        return {each.student_id: each for each in found}

    def ref(self, section_key: str, place: tuple[int, str]) -> AssignmentRef:
        """Names an assignment to the SIS, whether it is there or not."""
        made = self.assignments.get(place)
        return AssignmentRef(section_key, *place, made.number if made else "")


def put_back(
    context: GradeContext, job_id: int, score_ids: Sequence[int], assignment_ids: Sequence[int]
) -> Run:
    """Put assignments back with their scores, then scores; the run.

    A score goes back where the SIS still has what was sent. It then stands as the SIS's own until Schoology's
    changes again; and live sync leaves an assignment alone that was put back. What was refused can be put
    back once more. Raises Over, SisError.
    """
    session, section_id = context.session, context.section_id
    rows = [each for each in map(lambda each: session.get(RemovedAssignment, each), assignment_ids) if each]
    rows = [
        each
        for each in rows
        if (each.installation_id, each.section_id) == (context.installation_id, section_id)
        and removed.is_restorable(each)
    ]
    copies = removed.scores(context.district, section_id, score_ids) if score_ids else []
    if not rows and not copies:
        raise Over
    ledger = _ledger(context, job_id)
    by = session.get_one(Job, job_id).asked_by
    troubled = False
    for row in rows:
        troubled |= not _put_assignment(context, ledger, row, by)
    for same_item in _by_item(copies):
        troubled |= not _put_copies(context, ledger, same_item, by)
    state = RunState.DONE_WITH_PROBLEMS if troubled else RunState.DONE
    grades_ledger.close_run(session, ledger.run, state)
    context.save()
    return ledger.run


def _by_item(copies: Sequence[KeptScore]) -> list[list[KeptScore]]:
    """The copies of each item; of several of one student the newest, which the SIS had last."""
    found: dict[tuple[int, str], dict[str, KeptScore]] = {}
    for each in copies:
        found.setdefault((each.session, each.item_id), {})[each.student_id] = each
    return [list(students.values()) for students in found.values()]


def _put_copies(context: GradeContext, ledger: Ledger, copies: Sequence[KeptScore], by: str) -> bool:
    """Put scores of one item back; False when one of them was not. Commits after each request."""
    place = (copies[0].session, copies[0].item_id)
    there = _read(context, ledger)
    has = there.scores(place)
    before = {each.student_id: has.get(each.student_id) or SisScore(each.student_id) for each in copies}
    wanted = {
        each.student_id: replace(
            score_of(each.student_id, each.before), sis_id=before[each.student_id].sis_id
        )
        for each in copies
    }
    ledger.add(
        ledger.score_line(
            Action.UPDATE,
            each.item_id,
            each.title,
            before=before[each.student_id],
            after=wanted[each.student_id],
        )
        for each in copies
    )
    complete = True
    for batch in chunks(list(copies), context.capabilities.limits.batch):
        said = {}
        going = []
        for each in batch:
            code = _why_not(context, each, before[each.student_id], place in there.assignments)
            if code:
                said[each.student_id] = ScoreOutcome(each.student_id, ok=False, code=code)
            elif text_of(before[each.student_id]) == each.before:  # it was cut off after it arrived
                said[each.student_id] = ScoreOutcome(each.student_id, ok=True)
            else:
                going.append(wanted[each.student_id])
        for outcome in _put(context, there.ref(ledger.section_key, place), going) if going else []:
            said[outcome.student_id] = outcome
        for each in batch:
            outcome = said[each.student_id]
            complete &= outcome.ok
            if outcome.ok:
                _restored(context, each, by)
            _note(ledger, each.item_id, outcome)
        context.save()
    return complete


def _why_not(context: GradeContext, copy: KeptScore, now: SisScore, is_there: bool) -> str:
    """Why a score cannot go back; empty when it can."""
    if not is_there:
        return NOT_THERE
    place = (context.installation_id, context.section_id)
    row = conflicts.find(context.session, place, copy.item_id, copy.student_id)
    ours = {copy.after} if row is None else {copy.after, row.seen}
    has = text_of(now)
    same = has == copy.before or has in ours or any(is_spelling(each, has) for each in ours)
    return CHANGED if now.unreadable or not same else ""


def _restored(context: GradeContext, copy: KeptScore, by: str) -> None:
    """The SIS has it again, as its own until Schoology's changes. Later copies of the score are over."""
    now = clock.now()
    place = (context.installation_id, context.section_id)
    row = conflicts.find(context.session, place, copy.item_id, copy.student_id)
    if row is not None:
        row.seen, row.unchecked, row.intent = copy.before, False, None
    for each in removed.scores(context.district, context.section_id):
        if (each.item_id, each.student_id) == (copy.item_id, copy.student_id) and each.id >= copy.id:
            each.restored_at, each.restored_by = now, by


def _put_assignment(context: GradeContext, ledger: Ledger, row: RemovedAssignment, by: str) -> bool:
    """Put an assignment back with its scores, where the SIS has none by now; False when not all of it."""
    session = context.session
    made = removed.assignment_of(row)
    ours = replace(ledger, section_key=row.section_key)
    scores = [score_of(student, text) for student, text in row.scores.items()]
    there = _read(context, ours)
    has = there.scores((made.session, row.item_id))
    ref = there.ref(ours.section_key, (made.session, row.item_id))
    named, key = (row.item_id, row.title), ours.item_key(row.item_id)
    lines = [ours.item_line(Action.CREATE, *named, after=made)]
    for each in scores:
        before = has.get(each.student_id, SisScore(each.student_id))
        lines.append(ours.score_line(Action.UPDATE, *named, before=before, after=each))
    ours.add(lines)
    if (made.session, row.item_id) not in there.assignments:
        try:
            ref = replace(ref, sis_id=context.sis.put_assignment(ref, made))
        except SisRejected as error:
            ours.refuse([key], error)
            context.save()
            return False
    ours.close([key], ok=True)
    context.save()
    refused = 0
    for batch in chunks(scores, context.capabilities.limits.batch):
        for said in _fill(context, ref, scores=batch, there=has):
            refused += not said.ok
            _note(ours, row.item_id, said)
        context.save()
    section = live.live_section(context.district, context.section_id)
    section.spared = sorted({*section.spared, row.item_id})
    if not refused:
        row.restored_at, row.restored_by = clock.now(), by
    context.save()
    session.flush()
    return not refused


def _fill(
    context: GradeContext, ref: AssignmentRef, *, scores: list[SisScore], there: Mapping[str, SisScore]
) -> list[ScoreOutcome]:
    """Put scores where there are none; those that are there count as put back if they are the same."""
    missing = [each for each in scores if _is_blank(there.get(each.student_id))]
    said = _put(context, ref, missing) if missing else []
    for each in scores:
        has = there.get(each.student_id)
        if has is not None and not _is_blank(has):
            same = text_of(has) == text_of(each)
            said.append(ScoreOutcome(each.student_id, same, code="" if same else CHANGED))
    return said


def _is_blank(score: SisScore | None) -> bool:
    return score is None or not (text_of(score) or score.unreadable)


def _note(ledger: Ledger, item_id: str, said: ScoreOutcome) -> None:
    reason = because(OURS[said.code]) if said.code in OURS else refusal(said.code, said.words)
    key = ledger.score_key(item_id, said.student_id)
    ledger.close([key], ok=said.ok, reason=NO_REASON if said.ok else reason, words=said.words)


def _ledger(context: GradeContext, job_id: int) -> Ledger:
    run = grades_ledger.open_run(context.district, job_id)
    row = settings_row(context.district, context.section_id)
    snapshot = Snapshot.from_json(row.snapshot)
    context.save()
    return Ledger(context.session, run, row.section_key, snapshot.building, dict(snapshot.students))


def _read(context: GradeContext, ledger: Ledger) -> _There:
    found = {(each.session, each.item_id): each for each in read_assignments(context, ledger.section_key)}
    return _There(found, context.sis.scores(ledger.section_key))


def _put(context: GradeContext, ref: AssignmentRef, scores: list[SisScore]) -> list[ScoreOutcome]:
    """One outcome each, a refusal of all of them too."""
    try:
        return context.sis.put_scores(ref, scores)
    except SisRejected as error:
        return [ScoreOutcome(each.student_id, False, error.code, str(error)) for each in scores]
