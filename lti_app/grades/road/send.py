"""Send one item after the other: its assignment, then its scores; one outcome for each, kept at once.

A refusal ends the item or the score that it is about and nothing else. An outage goes up to the job, which
waits and begins again: every write is an upsert, so what arrived is found and not sent twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from lti_app import clock
from lti_app.grades.assess import closed_days
from lti_app.grades.context import GradeContext
from lti_app.grades.ledger import Ledger
from lti_app.grades.road.kept import Copies
from lti_app.grades.road.look_again import LookAgain
from lti_app.grades.rows.items import ERROR, NOT_YET, SYNCED, Book
from lti_app.grades.rules.compare import ScoreLine, fingerprint, text_of
from lti_app.grades.rules.dates import Calendar, choose
from lti_app.grades.rules.preflight import SectionRules, as_dated
from lti_app.grades.rules.refusals import refusal
from lti_app.grades.rules.work import ItemWork
from lti_app.models import ItemState, SectionSettings
from lti_app.school.gradebook import Assignment, AssignmentRef, ScoreOutcome, SisScore
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import NO_REASON, Reason, because
from lti_app.sis.errors import SisRejected
from lti_app.store.bulk import chunks

NO_CLASS, LOCKED, ASSIGNMENT_GONE = "NOT_MEETING_DAY", "PERIOD_LOCKED", "ASSIGNMENT_UNKNOWN"
MOST_DAYS = 20
"""So many days without class are learned for one item before it is given up."""


@dataclass(frozen=True)
class Sent:
    """A score that the SIS took. `before` is what it had; `again`: it was taken before, and not kept."""

    item_id: str
    student_id: str
    before: SisScore
    again: bool


@dataclass
class Tally:
    """How a push went, in numbers."""

    items: int = 0
    scores: int = 0
    failed_items: int = 0
    failed_scores: int = 0
    waiting: int = 0
    blocked: int = 0
    replaced: int = 0
    """Scores that took the place of one that the SIS had and we did not push."""
    cleared: int = 0
    rounded: int = 0
    """Scores that the SIS keeps with fewer decimals."""
    pushed: list[Sent] = field(default_factory=list)
    """Every score that the SIS took."""


class Refused(Exception):
    """The SIS refused an assignment; the reason is for the teacher, the words are the SIS’s own."""

    def __init__(self, reason: Reason, words: str) -> None:
        super().__init__(reason.code)
        self.reason, self.words = reason, words


@dataclass
class Sender:
    """Sends items of one section."""

    context: GradeContext
    row: SectionSettings
    book: Book
    ledger: Ledger
    rules: SectionRules
    again: LookAgain
    copies: Copies = field(default_factory=dict)
    """What is kept of the scores that are about to be cleared or replaced."""
    tally: Tally = field(default_factory=Tally)
    sent: dict[str, Assignment] = field(default_factory=dict)
    """Item → its assignment as it went out."""
    made_again: set[str] = field(default_factory=set)
    """Items whose assignment vanished from the SIS while their scores were sent."""
    _answered: set[str] = field(default_factory=set)
    """Students of the item under way who have an answer of the SIS."""

    def takes_part(self, work: ItemWork) -> bool:
        """Whether no one has opted the item out since this job began."""
        state = self.book.item(work.item_id)
        self.context.session.refresh(state, ["opted_out"])
        if state.opted_out:
            keys = [self.ledger.item_key(work.item_id), *map(self._key, work.lines)]
            self.ledger.leave(keys, because(Code.OPTED_OUT))
        return not state.opted_out

    def send(self, work: ItemWork) -> None:
        """Send one item. Commits after each request. Raises SisError for an outage."""
        before = len(work.conflicts)
        work = self.again.look(work)
        self.tally.waiting += len(work.conflicts) - before
        self._answered = set()
        state = self.book.item(work.item_id)
        try:
            if work.send_assignment:
                self._put_assignment(work, state)
            refused = self._send_scores(work, state)
        except Refused as error:
            self._item_failed(work, state, error)
        else:
            self._item_done(work, state, refused)
        self.context.save()

    def _put_assignment(self, work: ItemWork, state: ItemState) -> None:
        assert work.judged.assignment is not None
        key = self.ledger.item_key(work.item_id)
        sent, number = self._until_class(work, work.judged.assignment)
        if work.there is None:  # made again: whatever was pushed before went with the former one
            self.book.forget_pushes(work.item_id)
        state.sis_assignment, state.fingerprint, state.seen = number, fingerprint(sent), ""
        self.sent[work.item_id] = sent
        state.shown = {**state.shown, "used": sent.due.isoformat()}
        if sent.due != work.judged.assignment.due:
            said = as_dated(replace(work.judged, assignment=sent), self.rules).findings
            state.shown = {**state.shown, "findings": [each.to_json() for each in said]}
        if state.choices.get("ours"):  # it was about what the SIS had until now
            state.choices = {name: value for name, value in state.choices.items() if name != "ours"}
        if work.judged.sets_due:
            state.choices = {**state.choices, "due": sent.due.isoformat()}
        self._unlocked(sent.due)
        self.ledger.close([key], ok=True)
        self.tally.items += 1
        self.context.save()

    def _ref(self, work: ItemWork) -> AssignmentRef:
        """How the SIS names the item's assignment; the id that it gave belongs to one that it still has."""
        given = work.there.number if work.there else ""
        return AssignmentRef(self.row.section_key, self.book.sis_session, work.item_id, given)

    def _until_class(self, work: ItemWork, assignment: Assignment) -> tuple[Assignment, str]:
        """Send an assignment; a day that the SIS calls free is learned and the next best one tried."""
        for _ in range(MOST_DAYS):
            try:
                return assignment, self.context.sis.put_assignment(self._ref(work), assignment)
            except SisRejected as error:
                other = self._learn(error.code, assignment.due, work.judged.item.period_id)
                if other is None:
                    raise Refused(refusal(error.code, str(error)), str(error)) from error
                assignment = replace(assignment, due=other)
        raise Refused(refusal(NO_CLASS, ""), "")

    def _learn(self, code: str, day: date, grading_period_id: str) -> date | None:
        """Remember what a refusal says of the calendar; another day to try, or None."""
        known = dict(self.row.learned)
        if code == LOCKED:
            period = self.rules.calendar.period_of(day)
            locked = {*known.get("locked", []), *([period.code] if period else [])}
            self.row.learned = {**known, "locked": sorted(locked)}
        if code != NO_CLASS:
            return None
        today = self.context.today
        closed = {**known.get("closed_days", {}), day.isoformat(): today.isoformat()}
        self.row.learned = {**known, "closed_days": closed}
        calendar = replace(self.rules.calendar, closed=closed_days(self.row, today))
        return _another_day(day, grading_period_id, calendar)

    def _unlocked(self, day: date) -> None:
        """The SIS took something of a period: it is not closed, whatever it said before."""
        period, locked = self.rules.calendar.period_of(day), self.row.learned.get("locked", [])
        if period is not None and period.code in locked:
            self.row.learned = {
                **self.row.learned,
                "locked": [each for each in locked if each != period.code],
            }

    def _send_scores(self, work: ItemWork, state: ItemState) -> int:
        """Send what is to be sent, at most 100 at once; how many were refused."""
        assert work.judged.assignment is not None
        lines, refused = work.sends, 0
        self._answered = set()
        for batch in chunks(lines, self.context.capabilities.limits.batch):
            said = self._put_scores(work, state, batch)
            for line, outcome in zip(batch, said, strict=True):
                refused += not outcome.ok
                self._answered.add(line.student_id)
                self._note(line, outcome)
            if any(each.ok for each in said):
                self._unlocked(work.judged.assignment.due)
            self.ledger.close([self._key(line) for line in batch], ok=True)
            self.context.save()
        return refused

    def _put_scores(self, work: ItemWork, state: ItemState, batch: Sequence[ScoreLine]) -> list[ScoreOutcome]:
        """One request; an assignment that vanished from the SIS is made again once."""
        scores = [line.desired for line in batch]
        ref = replace(self._ref(work), sis_id=state.sis_assignment)
        try:
            return self.context.sis.put_scores(ref, scores)
        except SisRejected as error:
            if error.code != ASSIGNMENT_GONE:
                raise Refused(refusal(error.code, str(error)), str(error)) from error
        self._put_assignment(replace(work, there=None), state)
        self.made_again.add(work.item_id)
        try:
            return self.context.sis.put_scores(replace(ref, sis_id=state.sis_assignment), scores)
        except SisRejected as error:
            raise Refused(refusal(error.code, str(error)), str(error)) from error

    def _note(self, line: ScoreLine, outcome: ScoreOutcome) -> None:
        row = self.book.score(line.item_id, line.student_id)
        copy = self.copies.get((line.item_id, line.student_id))
        row.intent = None
        if not outcome.ok:
            if copy is not None:
                self.context.session.delete(copy)
            row.status, row.reason = ERROR, refusal(outcome.code, outcome.words)
            self.ledger.close([self._key(line)], ok=False, reason=row.reason, words=outcome.words)
            self.tally.failed_scores += 1
            return
        again = row.reason_code == Code.SCORE_NOT_KEPT
        if copy is not None:
            copy.done = True
        self.tally.replaced += line.loss == "replace"
        self.tally.cleared += line.loss == "clear"
        row.pushed = row.seen = text_of(line.desired)
        row.known, row.status, row.reason, row.wanted, row.agreed = True, SYNCED, NO_REASON, "", None
        row.kept, row.unchecked, row.loss, row.agreed_for = False, True, "", None
        row.seat = line.seat or row.seat
        self.tally.scores += 1
        self.tally.pushed.append(Sent(line.item_id, line.student_id, line.before, again))

    def _item_done(self, work: ItemWork, state: ItemState, refused: int) -> None:
        state.pushed_at, state.held = clock.now(), False
        state.status, state.reason = SYNCED, NO_REASON
        state.pending = max(0, state.pending - len(work.sends) + refused - work.send_assignment)
        if work.item_id in self.made_again:
            state.status, state.reason = ERROR, because(Code.MADE_AGAIN)
            self.tally.failed_items += 1
        elif refused:
            state.status = ERROR
            state.reason = because(Code.SOME_SCORES_REFUSED, refused=refused, count=len(work.sends))
            self.tally.failed_items += 1

    def _item_failed(self, work: ItemWork, state: ItemState, error: Refused) -> None:
        state.status, state.reason = ERROR, error.reason
        self.ledger.close(
            [self.ledger.item_key(work.item_id)], ok=False, reason=error.reason, words=error.words
        )
        unsaid = [line for line in work.sends if line.student_id not in self._answered]
        for line in unsaid:  # they had no turn: a retry sends them with the item
            row = self.book.score(line.item_id, line.student_id)
            row.status, row.intent = NOT_YET, None
            if copy := self.copies.get((line.item_id, line.student_id)):
                self.context.session.delete(copy)
        left = [self._key(line) for line in unsaid]
        self.ledger.close(left, ok=False, reason=because(Code.ITEM_REFUSED, why=error.reason))
        self.tally.failed_items += 1
        self.tally.failed_scores += len(left)

    def _key(self, line: ScoreLine) -> str:
        return self.ledger.score_key(line.item_id, line.student_id)


def _another_day(day: date, grading_period_id: str, calendar: Calendar) -> date | None:
    chosen = choose(day, grading_period_id, calendar)
    return chosen.day if chosen and chosen.day != day else None
