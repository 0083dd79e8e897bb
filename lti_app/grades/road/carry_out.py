"""Do what was decided and written down: deletes, then items with their scores, then read the SIS back."""

from __future__ import annotations

from dataclasses import dataclass, field

from lti_app import clock
from lti_app.grades import agreement
from lti_app.grades.assess import section_rules
from lti_app.grades.context import SENDING, GradeContext
from lti_app.grades.read import Both
from lti_app.grades.refresh import Reading
from lti_app.grades.road import deletions
from lti_app.grades.road.look_again import LookAgain
from lti_app.grades.road.read_back import check_kept
from lti_app.grades.road.send import Sender, Tally
from lti_app.grades.road.write_down import Written
from lti_app.grades.rows.items import SYNCED, Book
from lti_app.grades.rows.section import settings_row
from lti_app.grades.rules.compare import ScoreAction
from lti_app.grades.rules.decide import Decision
from lti_app.grades.rules.work import ItemWork
from lti_app.school.gradebook import Assignment
from lti_app.school.reasons import NO_REASON


@dataclass
class Done:
    """What came of it. `sent`: item → its assignment as it went out, or is."""

    both: Both
    tally: Tally = field(default_factory=Tally)
    undeleted: list[str] = field(default_factory=list)
    """Items whose assignments the SIS refused to delete."""
    sent: dict[str, Assignment] = field(default_factory=dict)


def carry_out(context: GradeContext, reading: Reading, decision: Decision, written: Written) -> Done:
    """Send. Commits after each request. Raises SisError for an outage, and what `context.report` raises."""
    both, book, ledger = reading.both, reading.book, written.ledger
    row = settings_row(context.district, context.section_id)
    if ledger is None:
        if decision.held.waits:
            agreement.note(context, row, both, book)
        return Done(both)
    undeleted = deletions.remove(
        context, ledger, both, book=book, gone=decision.deletes, reserved=written.removed
    )
    rules = section_rules(context, row, both)
    again = LookAgain(context, book, ledger, both.sis.read_at, written.copies)
    sender = Sender(context, row, book, ledger, rules, again, written.copies)
    _send_all(context, sender, decision.works)
    for each in decision.works:
        _up_to_date(book, each)
    tally = sender.tally
    if tally.items or tally.scores or len(decision.deletes) > len(undeleted):
        both = check_kept(context, sender, both)
    if both is not reading.both or tally.waiting or decision.held.waits:
        agreement.note(context, row, both, book)
        row.effects = {**row.effects, "drops": []}
    planned = {each.item_id: each.judged.assignment for each in decision.works if each.judged.assignment}
    return Done(both, tally, undeleted, {**planned, **sender.sent})


def _send_all(context: GradeContext, sender: Sender, works: tuple[ItemWork, ...]) -> None:
    for number, each in enumerate(works):
        context.report(SENDING, number, len(works))
        if not sender.takes_part(each):
            continue
        if each.judged.assignment is None:
            sender.tally.failed_items += bool(each.judged.stops)
        elif each.send_assignment or each.sends:
            sender.send(each)
        sender.tally.waiting += len(each.conflicts)
        sender.tally.blocked += sum(1 for line in each.lines if line.action == ScoreAction.CANNOT_SEND)
    context.report(SENDING, len(works), len(works))


def _up_to_date(book: Book, work: ItemWork) -> None:
    """An item with nothing left to send is well: one that failed before, or was cut off after it arrived."""
    state = book.item(work.item_id)
    if state.status != SYNCED and work.judged.assignment and not work.send_assignment and not work.sends:
        state.status, state.reason = SYNCED, NO_REASON
        state.pushed_at = state.pushed_at or clock.now()
