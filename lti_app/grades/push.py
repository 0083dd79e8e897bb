"""The whole push of one section: read, preflight, compare, send, read back. By hand and live alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from lti_app import clock
from lti_app.grades import agreement, first_score
from lti_app.grades import ledger as grades_ledger
from lti_app.grades.assess import ItemWork, section_rules
from lti_app.grades.context import SENDING, GradeContext
from lti_app.grades.ledger import Ledger
from lti_app.grades.read import Both
from lti_app.grades.read_back import check_kept
from lti_app.grades.refresh import Reading, refresh
from lti_app.grades.rows.items import ERROR, NOT_YET, SYNCED, Book
from lti_app.grades.rows.section import settings_row
from lti_app.grades.rules.compare import ScoreAction
from lti_app.grades.rules.snapshot import Snapshot
from lti_app.grades.send import Sender, Tally
from lti_app.models import Run, RunState
from lti_app.runs import ledger as runs_ledger
from lti_app.school.job_request import JobRequest


@dataclass(frozen=True)
class PushRequest:
    """What a push is asked for. `items`: only these, held ones among them released by being named; empty for
    all. `failed_only`: only what failed before. `narrow`: of an item only this, or nothing of it."""

    items: frozenset[str] = frozenset()
    failed_only: bool = False
    narrow: Callable[[ItemWork], ItemWork | None] | None = None

    @classmethod
    def of(cls, request: JobRequest) -> PushRequest:
        """The request of a job."""
        return cls(frozenset(request.items), request.failed_only)


@dataclass(frozen=True)
class Pushed:
    """How a push ended. `on_trial`: one score went out as a check and waits for a person's word."""

    tally: Tally
    run: Run
    both: Both
    """Both gradebooks as they are after the push."""
    on_trial: bool = False


def push(context: GradeContext, job_id: int, request: PushRequest, reading: Reading | None = None) -> Pushed:
    """Send what differs, in a run of the job; it may be repeated and resumed at any point. `reading`:
    both gradebooks as just read.

    Raises NoGrades, SisError and OutboundError, with what was sent until then kept, and whatever
    `context.report` raises. The run stays open then: the caller closes it or lets the job come back to it.
    """
    run = grades_ledger.open_run(context.district, job_id)
    context.session.commit()
    reading = reading or refresh(context)
    both, book = reading.both, reading.book
    chosen = chosen_work(reading, request)
    row = settings_row(context.district, context.section_id)
    on_trial = not first_score.confirmed(context.district)
    if on_trial:
        chosen = [] if row.trial else first_score.first_of(chosen)
    names = dict(Snapshot.from_json(row.snapshot).students)
    ledger = Ledger(context.session, run, row.section_key, both.sis.section.building, names, both.sis.people)
    ledger.plan(chosen)
    sender = Sender(context, row, book, ledger, section_rules(context, row, both))
    _send_all(context, sender, chosen)
    both = _finish(context, sender, both, chosen)
    if on_trial and sender.tally.items + sender.tally.scores:
        sent = sender.sent.get(chosen[0].item_id) or chosen[0].judged.assignment
        assert sent is not None
        first_score.note(context, row, chosen[0], sent)
    troubled = _troubled(sender.tally) or runs_ledger.has_failures(context.session, run)
    state = RunState.DONE_WITH_PROBLEMS if troubled else RunState.DONE
    grades_ledger.close_run(context.session, run, state)
    context.session.commit()
    return Pushed(sender.tally, run, both, on_trial and bool(row.trial))


def _send_all(context: GradeContext, sender: Sender, chosen: list[ItemWork]) -> None:
    for number, each in enumerate(chosen):
        context.report(SENDING, number, len(chosen))
        if each.judged.assignment is None:
            sender.tally.failed_items += 1
        elif each.send_assignment or each.sends:
            sender.send(each)
        sender.tally.waiting += sum(1 for line in each.lines if line.action == ScoreAction.CONFLICT)
        sender.tally.blocked += sum(1 for line in each.lines if line.action == ScoreAction.CANNOT_SEND)
    context.report(SENDING, len(chosen), len(chosen))


def _finish(context: GradeContext, sender: Sender, both: Both, chosen: list[ItemWork]) -> Both:
    """Read the SIS back where something was written: what it took and does not have is an error."""
    for each in chosen:
        _up_to_date(sender.book, each)
    if not sender.tally.items and not sender.tally.scores:
        return both
    after = check_kept(context, sender, both)
    agreement.note(context, sender.row, after, sender.book)
    return after


def _up_to_date(book: Book, work: ItemWork) -> None:
    """An item with nothing left to send is well: one that failed before, or was cut off after it arrived."""
    state = book.item(work.item_id)
    if state.status != SYNCED and work.judged.assignment and not work.send_assignment and not work.sends:
        state.status, state.reason = SYNCED, ""
        state.pushed_at = state.pushed_at or clock.now()


def _troubled(tally: Tally) -> bool:
    return bool(tally.failed_items or tally.failed_scores or tally.waiting or tally.blocked)


def chosen_work(reading: Reading, request: PushRequest) -> list[ItemWork]:
    """The items that a request is about, without those that were opted out or are held."""
    chosen = []
    book = reading.book
    for each in reading.work.items:
        state = book.item(each.item_id)
        if state.opted_out or (state.held and each.item_id not in request.items):
            continue
        if request.items and each.item_id not in request.items:
            continue
        found: ItemWork | None = _only_failed(each, book) if request.failed_only else each
        if found is not None and request.narrow is not None:
            found = request.narrow(found)
        chosen += [found] if found else []
    return chosen


def _only_failed(work: ItemWork, book: Book) -> ItemWork | None:
    """Of an item whose scores failed, only those; all of one that failed as a whole."""
    state, rows = book.item(work.item_id), book.scores_of(work.item_id)

    def has_failed(student_id: str) -> bool:
        """Of an item that failed, those whose turn never came too."""
        row = rows.get(student_id)
        return row.status == ERROR if row and row.status != NOT_YET else state.status == ERROR

    lines = tuple(each for each in work.lines if has_failed(each.student_id))
    return replace(work, lines=lines) if lines or state.status == ERROR else None
