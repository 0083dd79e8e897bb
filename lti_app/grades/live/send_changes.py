"""Decides what of a reading goes now, what waits and what is held, and sends it."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import select

from lti_app import clock
from lti_app.grades import ledger as grades_ledger
from lti_app.grades.assess import ItemWork
from lti_app.grades.context import GradeContext
from lti_app.grades.ledger import Ledger
from lti_app.grades.live import deletions
from lti_app.grades.live.waiting import (
    RELEASED,
    Waiting,
    clears_score,
    everything,
    has_failed,
    narrowing,
    older_than,
)
from lti_app.grades.push import Pushed, PushRequest, chosen_work, push
from lti_app.grades.refresh import MOST_AT_ONCE, Reading
from lti_app.grades.rows import live as rows_live
from lti_app.grades.rows.items import SYNCED
from lti_app.grades.rows.section import NoGrades, settings_row
from lti_app.grades.rules import delete_brake
from lti_app.grades.rules.delete_brake import Load
from lti_app.grades.rules.held import Held, pairs
from lti_app.grades.rules.snapshot import Snapshot
from lti_app.models import LiveSection, RemovedAssignment, RunState, ScoreState, SectionSettings
from lti_app.runs import ledger as runs_ledger
from lti_app.school.gradebook import Assignment
from lti_app.store.district import District

OFF = "Live sync is switched off for your district."


@dataclass
class Done:
    """How a live job ended. `why`: why nothing may be sent by itself; `held`: what waits for a person."""

    pushed: Pushed | None = None
    removed: int = 0
    undeleted: int = 0
    """Deletes that the SIS refused."""
    why: str = ""
    held: Held = field(default_factory=Held)

    @property
    def sent(self) -> int:
        """Items and scores that were changed in the SIS."""
        tally = self.pushed.tally if self.pushed else None
        return self.removed + (tally.items + tally.scores if tally else 0)

    @property
    def troubled(self) -> bool:
        """Whether somebody should look at it."""
        failed = self.pushed is not None and self.pushed.run.state != RunState.DONE
        return failed or self.undeleted > 0 or self.held.waits


@dataclass
class Sending:
    """Decides what of a reading goes now, and sends it."""

    context: GradeContext
    job_id: int
    section: LiveSection
    reading: Reading
    never_seen: bool = False
    """Nobody has looked at this section before: many items at once were probably copied in."""

    def send(self, *, whole: bool, items_changed: bool) -> Done:
        both, work = self.reading.both, self.reading.work
        section, session = self.section, self.context.session
        deletions.finish_interrupted(session, section, both)
        session.commit()
        session.refresh(section)
        before = self._gone_before()
        refused = Waiting() if whole else Waiting.load(section.refused)
        never = before | set(refused.deletes)
        gone = deletions.due(self.context, section, self.reading, changed=items_changed or whole, never=never)
        # From here on it is quick. A person may have released or let go something since this job began, and
        # other sections may be about to delete: one at a time decides in an installation.
        session.commit()
        rows_live.lock(District(session, self.context.installation_id))
        session.refresh(section, with_for_update=True)
        if not rows_live.is_on(District(session, self.context.installation_id)):
            raise NoGrades(OFF)
        listed = {each.item_id for each in work.items}
        section.spared = sorted({*section.spared, *before} - listed)
        gone = [each for each in gone if each.item_id not in section.spared]
        backlog = self._backlog()
        refused.release_changed(work.items)
        refused.forget_changed(work.items)
        open_items = chosen_work(self.reading, PushRequest())
        clears = {
            (each.item_id, line.student_id)
            for each in map(refused.without, map(backlog.without, open_items))
            for line in each.sends
            if clears_score(line)
        }
        kept = self._kept() & clears
        clears -= kept
        held = self._held(gone, clears)
        section.backlog, section.refused, section.held = backlog.dump(), refused.dump(), held.dump()
        section.cleared = self._cleared(clears - set(pairs(held.clear)))
        going = [each for each in gone if each.item_id not in held.delete]
        reserved = deletions.reserve(self.context, self._settings().section_key, both, going)
        session.commit()
        narrow = narrowing(backlog, refused, held, kept)
        undeleted = self._remove(going, reserved)
        refused.deletes = sorted({*refused.deletes, *undeleted})
        request = PushRequest(narrow=narrow)
        chosen = chosen_work(self.reading, request)
        pushed = push(self.context, self.job_id, request, self.reading) if chosen else None
        self._close_run()
        self._note(chosen, refused)
        return Done(pushed, len(going) - len(undeleted), undeleted=len(undeleted), held=held)

    def _gone_before(self) -> set[str]:
        """What was gone from Schoology before live sync began: only a person removes it."""
        return set() if self.section.begun else {each.item_id for each in self.reading.work.gone}

    def _backlog(self) -> Waiting:
        both, work = self.reading.both, self.reading.work
        backlog = Waiting.load(self.section.backlog)
        if not self.section.begun:
            live = rows_live.live_sync(self.context.district)
            copied = self.never_seen and len(work.items) > MOST_AT_ONCE
            if not self.section.backlog.get(RELEASED):
                backlog.add(work.items, everything if copied else older_than(live.since, both))
            self.section.begun = True
        backlog.forget_changed(work.items)
        return backlog

    def _kept(self) -> set[tuple[str, str]]:
        """(item, student) of scores that the SIS keeps by a person's word, also one of this very moment."""
        book = self.reading.book
        items = {row.id: item_id for item_id, row in book.items.items()}
        found = self.context.session.execute(
            select(ScoreState.item_state_id, ScoreState.student_id).where(
                ScoreState.item_state_id.in_(items), ScoreState.kept.is_(True)
            )
        )
        return {(items[number], student) for number, student in found}

    def _held(self, gone: list[Assignment], clears: set[tuple[str, str]]) -> Held:
        """What a brake holds, judged together with what went within the last minutes."""
        both, book = self.reading.both, self.reading.book
        district = self.context.district
        held = Held.load(self.section.held)
        ours = [each for each in both.sis.assignments if each.item_id in book.items]
        filled = sum(len(both.sis.scores.get((each.session, each.number), ())) for each in ours)
        deletes = len([each for each in gone if each.item_id not in held.approved_deletes])
        why = delete_brake.judge(
            Load(deletes, deletions.lately(district, self.section.section_id), len(ours)),
            Load(len(clears - held.approved_clears), len(self._cleared_lately() - clears), filled),
            deletions.lately(district),
        )
        held.hold({each.item_id: each.title for each in gone}, clears, why, clock.now())
        return held

    def _cleared_lately(self) -> set[tuple[str, str]]:
        since = _now() - delete_brake.WINDOW
        return {(item_id, student) for at, item_id, student in self.section.cleared if at > since}

    def _cleared(self, going: set[tuple[str, str]]) -> list[list[int | str]]:
        """What counts as cleared from now on; noted before it is sent, so that no crash forgets it."""
        now = _now()
        before = [each for each in self.section.cleared if each[0] > now - delete_brake.WINDOW]
        kept = [each for each in before if (each[1], each[2]) not in going]
        return kept + [[now, *each] for each in sorted(going)]

    def _settings(self) -> SectionSettings:
        return settings_row(self.context.district, self.context.section_id)

    def _remove(self, gone: list[Assignment], reserved: list[RemovedAssignment]) -> list[str]:
        """Delete in a run of this job, which the push goes on with; what the SIS refused to delete."""
        if not gone:
            return []
        both, book = self.reading.both, self.reading.book
        district = self.context.district
        row = self._settings()
        run = grades_ledger.open_run(district, self.job_id)
        names = dict(Snapshot.from_json(row.snapshot).students)
        building, people = both.sis.section.building, both.sis.people
        ledger = Ledger(district.session, run, row.section_key, building, names, people)
        return deletions.remove(self.context, ledger, both, book=book, gone=gone, reserved=reserved)

    def _close_run(self) -> None:
        """End the run of deletes where no push has ended it."""
        session = self.context.session
        run = runs_ledger.unfinished(District(session, self.context.installation_id), self.job_id)
        if run is not None:
            failed = runs_ledger.has_failures(session, run)
            grades_ledger.close_run(session, run, RunState.DONE_WITH_PROBLEMS if failed else RunState.DONE)
            session.commit()

    def _note(self, chosen: list[ItemWork], refused: Waiting) -> None:
        """Remember what the SIS refused."""
        book = self.reading.book
        for each in chosen:
            if each.item_id in refused.items and book.item(each.item_id).status == SYNCED:
                refused.forget(each.item_id)  # taken after all: the rest of its scores has its turn
        refused.add(chosen, lambda work, line: has_failed(book, work, line))
        self.section.refused = refused.dump()


def _now() -> int:
    return int(clock.now().timestamp())
