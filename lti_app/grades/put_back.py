"""Put back what the SIS had: a score that a push overwrote, or an assignment that live sync deleted.

Each is a run of its own, so that Logs shows what was put back, by whom, and what the SIS said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from lti_app import clock
from lti_app.grades import ledger as grades_ledger
from lti_app.grades.assignments import read_assignments
from lti_app.grades.context import GradeContext
from lti_app.grades.ledger import Ledger
from lti_app.grades.rows import conflicts, live, removed
from lti_app.grades.rows.section import settings_row
from lti_app.grades.rules.compare import score_of, text_of
from lti_app.grades.rules.refusals import refusal
from lti_app.grades.rules.snapshot import Snapshot
from lti_app.models import Action, ItemState, Job, RemovedAssignment, Run, RunState
from lti_app.school.gradebook import Assignment, AssignmentRef, ScoreOutcome, SisScore
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import NO_REASON, because
from lti_app.sis.errors import SisRejected
from lti_app.store.bulk import chunks
from lti_app.store.district import District

CHANGED = "CHANGED_SINCE"
"""The code of an outcome of ours: the SIS has something else there by now than what was sent."""


class Over(Exception):
    """There is nothing to put back any more."""


def put_back_score(context: GradeContext, job_id: int, item_id: str, student_id: str) -> Run:
    """Put back what the SIS had before a push overwrote it, if it still has what was pushed; the run.

    The score then stands as the SIS's own until Schoology's changes again. Raises Over, SisError.
    """
    session, place = context.session, (context.installation_id, context.section_id)
    row = conflicts.find(session, place, item_id, student_id)
    if row is None or row.replaced is None or not conflicts.restorable(row):
        raise Over
    ledger = _ledger(context, job_id)
    item = session.get_one(ItemState, row.item_state_id)
    former, now = score_of(student_id, row.replaced), SisScore(student_id)
    made, scores = _there(context, ledger, (item.session, item_id))
    ref = AssignmentRef(ledger.section_key, item.session, item_id, made.number if made else "")
    now = scores.get(student_id, now)
    ledger.add([ledger.score_line(Action.UPDATE, item_id, item.title, before=now, after=former)])
    if text_of(now) == text_of(former):  # it was cut off after it arrived
        said = ScoreOutcome(student_id, ok=True)
    elif text_of(now) != row.seen:
        said = ScoreOutcome(student_id, ok=False, code=CHANGED)
    else:
        said = _put(context, ref, [former])[0]
    if said.ok:
        row.seen, row.unchecked = text_of(former), False
        row.replaced = row.replaced_at = None
    _note(ledger, item_id, said)
    return _closed(context, ledger, troubled=not said.ok)


def put_back_assignment(context: GradeContext, job_id: int, removed_id: int) -> Run:
    """Put a deleted assignment back with its scores, where the SIS has none by now; the run.

    From then on live sync leaves it alone: only a person removes it again. What was refused can be put back
    once more. Raises Over, SisError.
    """
    session = context.session
    row = session.get(RemovedAssignment, removed_id)
    if row is None or row.installation_id != context.installation_id or not removed.is_restorable(row):
        raise Over
    ledger = replace(_ledger(context, job_id), section_key=row.section_key)
    made = removed.assignment_of(row)
    scores = [score_of(student, text) for student, text in row.scores.items()]
    there = _there(context, ledger, (made.session, row.item_id))
    ref = AssignmentRef(row.section_key, made.session, row.item_id, there[0].number if there[0] else "")
    named, key = (row.item_id, row.title), ledger.item_key(row.item_id)
    lines = [ledger.item_line(Action.CREATE, *named, after=made)]
    for each in scores:
        before = there[1].get(each.student_id, SisScore(each.student_id))
        lines.append(ledger.score_line(Action.UPDATE, *named, before=before, after=each))
    ledger.add(lines)
    if there[0] is None:
        try:
            ref = replace(ref, sis_id=context.sis.put_assignment(ref, made))
        except SisRejected as error:
            ledger.refuse([key], error)
            return _closed(context, ledger, troubled=True)
    ledger.close([key], ok=True)
    session.commit()
    refused = 0
    for batch in chunks(scores, context.capabilities.limits.batch):
        for said in _fill(context, ref, scores=batch, there=there[1]):
            refused += not said.ok
            _note(ledger, row.item_id, said)
        session.commit()
    section = live.live_section(District(session, context.installation_id), context.section_id)
    section.spared = sorted({*section.spared, row.item_id})
    if not refused:
        row.restored_at, row.restored_by = clock.now(), session.get_one(Job, job_id).asked_by
    return _closed(context, ledger, troubled=bool(refused))


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
    changed = said.code == CHANGED
    reason = because(Code.CHANGED_IN_SIS_SINCE) if changed else refusal(said.code, said.words)
    key = ledger.score_key(item_id, said.student_id)
    ledger.close([key], ok=said.ok, reason=NO_REASON if said.ok else reason, words=said.words)


def _ledger(context: GradeContext, job_id: int) -> Ledger:
    run = grades_ledger.open_run(context.district, job_id)
    row = settings_row(context.district, context.section_id)
    snapshot = Snapshot.from_json(row.snapshot)
    context.session.commit()
    return Ledger(context.session, run, row.section_key, snapshot.building, dict(snapshot.students))


def _there(
    context: GradeContext, ledger: Ledger, place: tuple[int, str]
) -> tuple[Assignment | None, dict[str, SisScore]]:
    """The assignment that the SIS has of an item, and its scores by student."""
    found = read_assignments(context, ledger.section_key)
    made = next((each for each in found if (each.session, each.item_id) == place), None)
    scores = context.sis.scores(ledger.section_key).get((made.session, made.number), ()) if made else ()
    return made, {each.student_id: each for each in scores}


def _put(context: GradeContext, ref: AssignmentRef, scores: list[SisScore]) -> list[ScoreOutcome]:
    """One outcome each, a refusal of all of them too."""
    try:
        return context.sis.put_scores(ref, scores)
    except SisRejected as error:
        return [ScoreOutcome(each.student_id, False, error.code, str(error)) for each in scores]


def _closed(context: GradeContext, ledger: Ledger, *, troubled: bool) -> Run:
    state = RunState.DONE_WITH_PROBLEMS if troubled else RunState.DONE
    grades_ledger.close_run(context.session, ledger.run, state)
    context.session.commit()
    return ledger.run
