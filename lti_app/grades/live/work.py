"""One live job: read the section again and send what is new in it, by the path of the teacher's page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

from sqlalchemy import ColumnElement, select

from lti_app import clock
from lti_app.grades import plan
from lti_app.grades.book import ERROR, Book
from lti_app.grades.compare import ScoreLine, fingerprint, text_of
from lti_app.grades.context import GradeContext, settings_row
from lti_app.grades.live import brake, reader, removal, rows
from lti_app.grades.live.brake import Load
from lti_app.grades.live.held import Held
from lti_app.grades.live.kept import Kept
from lti_app.grades.live.waiting import Waiting
from lti_app.grades.look import look
from lti_app.grades.plan import Ledger
from lti_app.grades.push import Looked, Pushed, Wish, chosen_work, confirmed, push
from lti_app.grades.read import Both
from lti_app.grades.setup import is_mapped
from lti_app.grades.snapshot import Snapshot
from lti_app.grades.work import ItemWork
from lti_app.models import Change, ChangeState, LiveSection, RunState
from lti_app.school.gradebook import Assignment

READ_WHOLE = timedelta(hours=24)
"""At least so often all grades are read, and not only those that Schoology says have changed."""
OFF = "Live sync is switched off for your district."
NOT_MATCHED = (
    "No category of this course is matched with one of the SIS yet. Match them on the Configuration tab and "
    "press Sync grades once: from then on changes go by themselves."
)
NOT_CONFIRMED = (
    "Nobody has confirmed yet what the first score looks like in the SIS. Press Sync grades: one score is "
    "sent and shown to you."
)


@dataclass
class Done:
    """How a live job ended. `why`: why nothing may be sent by itself; `held`: what waits for a person."""

    pushed: Pushed | None = None
    removed: int = 0
    why: str = ""
    held: Held = field(default_factory=Held)

    @property
    def sent(self) -> int:
        """Items and scores that were changed in the SIS."""
        tally = self.pushed.tally if self.pushed else None
        return self.removed + (tally.items + tally.scores if tally else 0)


def live_push(context: GradeContext, job_id: int, *, whole: bool = False) -> Done:
    """Deal with whatever events of the section, or a sweep, may be about; may be repeated at any point.

    Raises NoGrades, SisError, OutboundError, and whatever `context.report` raises.
    """
    session = context.session
    here = rows.live_section(session, context.installation_id, context.section_id)
    rows.take_events(session, here)
    before = Kept.load(here.far)
    whole = whole or here.compared_at is None or here.compared_at < clock.now() - READ_WHOLE
    fresh, far = reader.read(context.schoology, context.section_id, Kept() if whole else before)
    looked = look(replace(context, schoology=far))
    why = _why_not(context)
    done = Done(why=why)
    if not why:
        done = _Sending(context, job_id, here, looked).send(
            whole=whole, items_changed=fresh.items != before.items
        )
    here.why, here.owed, here.far, here.dealt_at = why, False, fresh.dump(), clock.now()
    if whole:
        here.compared_at = clock.now()
    if done.sent:
        here.pushed_at = here.active_at = clock.now()
    session.commit()
    return done


def _why_not(context: GradeContext) -> str:
    """Why nothing of this section goes by itself."""
    session, mine = context.session, context.installation_id
    if not rows.is_on(session, mine):
        return OFF
    if not is_mapped(session, settings_row(session, mine, context.section_id)):
        return NOT_MATCHED
    return "" if confirmed(session, mine) else NOT_CONFIRMED


@dataclass
class _Sending:
    """Decides what of a look goes now, and sends it."""

    context: GradeContext
    job_id: int
    here: LiveSection
    looked: Looked

    def send(self, *, whole: bool, items_changed: bool) -> Done:
        both, book, work = self.looked
        here, session = self.here, self.context.session
        backlog = self._backlog()
        refused = Waiting() if whole else Waiting.load(here.refused)
        refused.forget_changed(work.items)
        removal.settle(session, here, both)
        gone = removal.due(self.context, here, book, work, changed=items_changed or whole)
        clears = {
            (each.item_id, line.student_id)
            for each in map(refused.without, map(backlog.without, work.items))
            for line in each.sends
            if _clears(line)
        }
        held = self._held(gone, clears)
        here.backlog, here.refused, here.held = backlog.dump(), refused.dump(), held.dump()
        session.commit()
        narrow = _narrowing(backlog, refused, held)
        removed = self._remove([each for each in gone if each.item_id not in held.delete])
        chosen = chosen_work(work, book, Wish(narrow=narrow))
        pushed = push(self.context, self.job_id, Wish(narrow=narrow), self.looked) if chosen else None
        self._close_run()
        self._note(chosen, refused, clears - set(_pairs(held)))
        return Done(pushed, removed, held=held)

    def _backlog(self) -> Waiting:
        both, _, work = self.looked
        backlog = Waiting.load(self.here.backlog)
        if not self.here.begun:
            live = rows.live_sync(self.context.session, self.context.installation_id)
            backlog.add(work.items, _older_than(live.since, both))
            self.here.begun = True
        backlog.forget_changed(work.items)
        return backlog

    def _held(self, gone: list[Assignment], clears: set[tuple[str, str]]) -> Held:
        """What a brake holds, judged together with what went within the last minutes."""
        both, book, _ = self.looked
        session, mine = self.context.session, self.context.installation_id
        held = Held.load(self.here.held)
        ours = [each for each in both.sis.assignments if each.item_id in book.items]
        filled = sum(len(both.sis.scores.get((each.session, each.number), ())) for each in ours)
        deletes = len([each for each in gone if each.item_id not in held.approved_deletes])
        why = brake.judge(
            Load(deletes, removal.lately(session, mine, self.here.section_id), len(ours)),
            Load(len(clears - held.approved_clears), self._cleared_lately(), filled),
            removal.lately(session, mine),
        )
        held.hold({each.item_id: each.title for each in gone}, clears, why, clock.now())
        return held

    def _cleared_lately(self) -> int:
        return sum(number for at, number in self.here.cleared if at > _now() - brake.WINDOW)

    def _remove(self, gone: list[Assignment]) -> int:
        """Delete in a run of this job, which the push goes on with."""
        if not gone:
            return 0
        both, book, _ = self.looked
        session, mine = self.context.session, self.context.installation_id
        row = settings_row(session, mine, self.context.section_id)
        run = plan.open_run(session, mine, self.job_id)
        names = dict(Snapshot.from_json(row.snapshot).students)
        ledger = Ledger(session, run, row.section_key, both.sis.section.building, names)
        return removal.remove(self.context, ledger, both, book=book, gone=gone)

    def _close_run(self) -> None:
        """End the run of deletes where no push has ended it."""
        session = self.context.session
        run = plan.unfinished_run(session, self.context.installation_id, self.job_id)
        if run is not None:
            failed = session.scalar(select(Change.id).where(*_failures(run.id)).limit(1))
            plan.close_run(session, run, RunState.DONE_WITH_PROBLEMS if failed else RunState.DONE)
            session.commit()

    def _note(self, chosen: list[ItemWork], refused: Waiting, cleared: set[tuple[str, str]]) -> None:
        """Remember what the SIS refused, and what was cleared."""
        _, book, _ = self.looked
        refused.add(chosen, lambda work, line: _failed(book, work, line))
        now = _now()
        lately = [[at, number] for at, number in self.here.cleared if at > now - brake.WINDOW]
        self.here.cleared = [*lately, *([[now, len(cleared)]] if cleared else [])]
        self.here.refused = refused.dump()


def _now() -> int:
    return int(clock.now().timestamp())


def _failures(run_id: int) -> tuple[ColumnElement[bool], ...]:
    return Change.run_id == run_id, Change.state == ChangeState.FAILED


def _narrowing(backlog: Waiting, refused: Waiting, held: Held) -> Callable[[ItemWork], ItemWork | None]:
    waiting = set(_pairs(held))

    def narrow(work: ItemWork) -> ItemWork | None:
        if work.judged.assignment is None:
            return None
        left = refused.without(backlog.without(work))
        lines = tuple(each for each in left.sends if (each.item_id, each.student_id) not in waiting)
        return replace(left, lines=lines) if lines or left.send_assignment else None

    return narrow


def _pairs(held: Held) -> list[tuple[str, str]]:
    return [(item, student) for item, students in held.clear.items() for student in students]


def _clears(line: ScoreLine) -> bool:
    """Whether a score is taken away from somebody who has one in the SIS."""
    return not text_of(line.desired) and bool(text_of(line.before))


def _failed(book: Book, work: ItemWork, line: ScoreLine | None) -> bool:
    """Whether the SIS refused the item, or the score."""
    state = book.items[work.item_id]
    scores = book.scores_of(work.item_id)
    if line is None:
        desired = work.judged.assignment
        return state.status == ERROR and desired is not None and state.fingerprint != fingerprint(desired)
    row = scores.get(line.student_id)
    return (row is not None and row.status == ERROR) or (state.status == ERROR and row is None)


def _older_than(since: int, both: Both) -> Callable[[ItemWork, ScoreLine | None], bool]:
    """Whether Schoology says that something was changed before a moment."""
    seats = {student: seat for seat, student in both.schoology.students.items()}
    moments = {(each.item_id, each.enrollment_id): each.timestamp for each in both.schoology.grades.grades}

    def is_old(work: ItemWork, line: ScoreLine | None) -> bool:
        if line is None:
            return work.judged.item.last_updated < since
        return moments.get((line.item_id, seats.get(line.student_id, "")), 0) < since

    return is_old
