"""The road of every write to the SIS: gather → decide → write down → carry out.

A press of *Sync grades*, live sync, a removal by hand and a person's decision on what was held differ only in
what they gather: everything after it is the same for all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from lti_app import clock
from lti_app.grades import first_score
from lti_app.grades.context import GradeContext
from lti_app.grades.read import Both
from lti_app.grades.refresh import Reading
from lti_app.grades.road import deletions, kept, write_down
from lti_app.grades.road.carry_out import carry_out
from lti_app.grades.road.send import Tally
from lti_app.grades.rows import live as rows_live
from lti_app.grades.rows.section import settings_row
from lti_app.grades.rules.decide import Decision, Facts, Wish, decide
from lti_app.grades.rules.held import Held
from lti_app.models import LiveSection, Run, RunState
from lti_app.school.gradebook import Assignment


class Trip(Protocol):
    """What one way of asking brings along."""

    @property
    def wish(self) -> Wish:
        """What is asked for."""

    def deletes(self, context: GradeContext, section: LiveSection, reading: Reading) -> list[Assignment]:
        """The assignments that may be deleted; may ask Schoology. Raises OutboundError."""

    def facts(
        self,
        context: GradeContext,
        section: LiveSection,
        reading: Reading,
        deletes: Sequence[Assignment],
    ) -> Facts:
        """Everything that is decided by, out of rows alone; the installation is locked. Raises NoGrades."""

    def settle(
        self, section: LiveSection, reading: Reading, decision: Decision, undeleted: Sequence[str]
    ) -> None:
        """Remember what came of it, in the caller's transaction."""


@dataclass
class Travelled:
    """How it ended. `run` is None where nothing had to be written down."""

    both: Both
    tally: Tally = field(default_factory=Tally)
    run: Run | None = None
    deleted: int = 0
    undeleted: int = 0
    """Deletes that the SIS refused."""
    held: Held = field(default_factory=Held)
    on_trial: bool = False
    """One score went out as a check and waits for a person's word."""

    @property
    def sent(self) -> int:
        """Items and scores that were changed in the SIS."""
        return self.deleted + self.tally.items + self.tally.scores

    @property
    def troubled(self) -> bool:
        """Whether someone should look at it."""
        failed = self.run is not None and self.run.state != RunState.DONE
        return failed or self.undeleted > 0 or self.held.waits


def travel(context: GradeContext, job_id: int, reading: Reading, trip: Trip) -> Travelled:
    """Deal with a reading; may be repeated and resumed at any point.

    Raises NoGrades, SisError and OutboundError, with what was done until then kept, and whatever
    `context.report` and `context.hold` raise. An open run stays open then: the caller closes it, or the job
    comes back to it.
    """
    session, district = context.session, context.district
    section = rows_live.live_section(district, context.section_id)
    deletions.finish_interrupted(session, section, reading.both)
    kept.finish_interrupted(session, section, reading.both)
    context.save()
    session.refresh(section)
    deletes = trip.deletes(context, section, reading)
    # From here to the end of the transaction it is quick. A person may decide, and other sections may be
    # about to delete, at the same moment: one at a time decides in an installation.
    session.commit()
    rows_live.lock(district)
    session.refresh(section, with_for_update=True)
    facts = trip.facts(context, section, reading, deletes)
    decision = decide(facts, trip.wish, clock.now())
    row = settings_row(district, context.section_id)
    on_trial = not first_score.confirmed(district)
    if on_trial:
        decision = first_score.only(decision, row)
    written = write_down.write_down(context, job_id, reading, decision)
    done = carry_out(context, reading, decision, written)
    trip.settle(section, reading, decision, done.undeleted)
    if on_trial and done.tally.items + done.tally.scores:
        first_score.note(context, row, decision.works[0], done.sent[decision.works[0].item_id])
    run = write_down.close(context, job_id, done.tally)
    context.save()
    return Travelled(
        done.both,
        done.tally,
        run,
        len(decision.deletes) - len(done.undeleted),
        undeleted=len(done.undeleted),
        held=decision.held,
        on_trial=on_trial and bool(row.trial),
    )
