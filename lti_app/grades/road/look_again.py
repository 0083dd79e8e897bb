"""Between a reading and a request time goes by: what the SIS has is read again before it is written over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from lti_app import clock
from lti_app.grades.assess import memory_of
from lti_app.grades.context import GradeContext
from lti_app.grades.ledger import Ledger
from lti_app.grades.refresh import note_conflict
from lti_app.grades.road.kept import Copies
from lti_app.grades.rows.items import Book
from lti_app.grades.rules.compare import ScoreAction, ScoreLine, score_lines, text_of
from lti_app.grades.rules.marks import Wanted
from lti_app.grades.rules.work import ItemWork
from lti_app.school.gradebook import ScoresByAssignment, SisScore
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import Reason, because

STALE = timedelta(seconds=10)
"""Scores of the SIS that were read longer ago are read again before something is sent over them."""


@dataclass
class LookAgain:
    """Judges an item once more by what the SIS has now. `read_at`: when its scores were last read."""

    context: GradeContext
    book: Book
    ledger: Ledger
    read_at: datetime | None = None
    copies: Copies = field(default_factory=dict)
    _fresh: ScoresByAssignment | None = None

    def look(self, work: ItemWork) -> ItemWork:
        """The item as it is to be sent, with the reading renewed where it is older than STALE. What someone
        has entered in the SIS since then waits for the teacher: no one was shown it. Raises SisError."""
        there, now = work.there, clock.now()
        if there is None or not work.sends or self.read_at is None:
            return work
        if now - self.read_at > STALE:
            self._fresh, self.read_at = self.context.sis.scores(self.ledger.section_key), now
        if self._fresh is None:
            return work
        has = {each.student_id: each for each in self._fresh.get((there.session, there.number), ())}
        lines = [self._line(line, has) for line in work.lines]
        return replace(work, lines=tuple(each for each in lines if each is not None))

    def _line(self, line: ScoreLine, has: Mapping[str, SisScore]) -> ScoreLine | None:
        now = has.get(line.student_id) or SisScore(line.student_id)
        if line.action != ScoreAction.SEND or text_of(now) == text_of(line.before):
            return line
        again = self._judged(line, has)
        if again is not None and again.action == ScoreAction.SEND and not again.loss:
            return again
        self._forget_intent(line)
        if again is None or again.action == ScoreAction.REMEMBER:
            self._leave(line, because(Code.SIS_HAS_IT))
            return None
        if again.loss or again.action == ScoreAction.CONFLICT:
            again = replace(again, action=ScoreAction.CONFLICT)
            note_conflict(self.book.score(line.item_id, line.student_id), again)
        self._leave(line, because(Code.CHANGED_IN_SIS_WAITS))
        return again

    def _judged(self, line: ScoreLine, has: Mapping[str, SisScore]) -> ScoreLine | None:
        row, policy = self.book.score(line.item_id, line.student_id), self.context.policy
        known = {line.student_id: memory_of(row)} if row.known else {}
        wanted = Wanted(line.student_id, line.desired, seat=line.seat)
        found = score_lines(
            line.item_id,
            [wanted],
            has,
            known,
            comments=policy.comments,
            ask=policy.ask,
            clear=self.context.capabilities.clear,
        )
        return next(iter(found), None)

    def _forget_intent(self, line: ScoreLine) -> None:
        self.book.score(line.item_id, line.student_id).intent = None
        if copy := self.copies.get((line.item_id, line.student_id)):
            self.context.session.delete(copy)

    def _leave(self, line: ScoreLine, reason: Reason) -> None:
        self.ledger.leave([self.ledger.score_key(line.item_id, line.student_id)], reason)
