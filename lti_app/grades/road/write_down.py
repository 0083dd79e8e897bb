"""Keep what is about to happen before it happens: what waits, copies, intents, and the lines of the run."""

from __future__ import annotations

from dataclasses import dataclass, field

from lti_app.grades import ledger as grades_ledger
from lti_app.grades.context import GradeContext
from lti_app.grades.ledger import Ledger
from lti_app.grades.refresh import Reading, note_conflict
from lti_app.grades.road import deletions, kept
from lti_app.grades.road.send import Tally
from lti_app.grades.rows import live as rows_live
from lti_app.grades.rows.section import settings_row
from lti_app.grades.rules.compare import ScoreAction, text_of
from lti_app.grades.rules.decide import Decision
from lti_app.grades.rules.held import Pair
from lti_app.grades.rules.snapshot import Snapshot
from lti_app.models import KeptScore, RemovedAssignment, Run, RunState
from lti_app.runs import ledger as runs_ledger


@dataclass(frozen=True)
class Written:
    """`ledger` is None where nothing is to happen."""

    ledger: Ledger | None = None
    copies: dict[Pair, KeptScore] = field(default_factory=dict)
    removed: list[RemovedAssignment] = field(default_factory=list)


def write_down(context: GradeContext, job_id: int, reading: Reading, decision: Decision) -> Written:
    """Keep everything in one transaction. Commits."""
    both, row = reading.both, settings_row(context.district, context.section_id)
    rows_live.live_section(context.district, context.section_id).held = decision.held.dump()
    if not decision.held.due:
        row.account_zone = context.account_zone
    run = runs_ledger.unfinished(context.district, job_id)
    if run is None and not decision.works and not decision.deletes:
        context.save()
        return Written()
    copies = kept.reserve(context, decision.works, both.sis.session)
    removed = deletions.reserve(context, row.section_key, both, decision.deletes)
    for line in (line for work in decision.works for line in work.lines):
        row_of_score = reading.book.score(line.item_id, line.student_id)
        if line.action == ScoreAction.SEND:
            row_of_score.intent = text_of(line.desired)
        elif line.action == ScoreAction.CONFLICT:
            note_conflict(row_of_score, line)
    run = grades_ledger.open_run(context.district, job_id)
    names = dict(Snapshot.from_json(row.snapshot).students)
    ledger = Ledger(context.session, run, row.section_key, both.sis.section.building, names, both.sis.people)
    context.hold()
    ledger.add(line for each in decision.deletes for line in deletions.lines(ledger, both, each))
    ledger.plan(decision.works)
    return Written(ledger, copies, removed)


def close(context: GradeContext, job_id: int, tally: Tally) -> Run | None:
    """End the run of the job, if it has one that is open; in the caller's transaction."""
    run = runs_ledger.unfinished(context.district, job_id)
    if run is None:
        return None
    counted = tally.failed_items or tally.failed_scores or tally.waiting or tally.blocked
    troubled = bool(counted) or runs_ledger.has_failures(context.session, run)
    state = RunState.DONE_WITH_PROBLEMS if troubled else RunState.DONE
    grades_ledger.close_run(context.session, run, state)
    return run
