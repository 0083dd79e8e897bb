"""Requests under way: a window of several that is kept full whatever the latency.

A batch is marked *sent* and committed before it leaves; when it lands, its outcomes and links are committed
with the progress. Both commits hold only while the job is still this worker's. Threads only send; the one
coordinator, which owns the session, writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace

from lti_app import clock
from lti_app.models import Action, Change, ChangeState
from lti_app.outbound.errors import Insecure, OutboundError, Permanent, ToDo, Transient
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import because
from lti_app.school.records import Kind
from lti_app.schoology.port import BULK, Outcome
from lti_app.store import epoch
from lti_app.sync.apply import kept_values
from lti_app.sync.apply.batches import Batch, make_batches, next_changes
from lti_app.sync.apply.outcomes import write_outcomes, write_unsendable
from lti_app.sync.apply.when_to_stop import Tally
from lti_app.sync.context import RunContext

Flight = Future[list[Outcome]]


@dataclass
class Window:
    """The batches of one run that are under way, all of one kind and action."""

    context: RunContext
    pool: ThreadPoolExecutor
    tally: Tally
    flights: dict[Flight, Batch] = field(default_factory=dict)
    answered: int = 0
    """Batches that Schoology answered since the last failure was dealt with."""
    unanswered: int = 0
    """Batches of which nothing was heard since then."""
    failure: OutboundError | None = None
    """The gravest failure that concerns more than its batch."""
    asked_before: set[int] = field(default_factory=set)
    """Lines that were sent once before without an answer."""
    alone: set[int] = field(default_factory=set)
    """Lines of requests that were refused as a whole: each is sent in a request of its own."""
    unclean: bool = False
    """Whether a worker was lost, and with it perhaps what the app knew."""
    in_doubt: bool = False
    """Whether a look-up must tell what became of a line before those that need it are sent."""
    suspects: set[str] = field(default_factory=set)
    """Sections in which Schoology did not find something."""
    phase: str = "sending"
    involved: dict[Kind, kept_values.Involved] = field(default_factory=dict)
    """Who may hold values that a later wave takes, once it is asked."""

    def launch(self) -> bool:
        """Send what there is room for. False when nothing is left, nor under way.

        A new kind, action or wave waits for the last batch of the one before it.
        """
        room = self.context.room - len(self.flights)
        changes = next_changes(self.context.session, self.context.run_id, BULK * room) if room > 0 else []
        under_way = next(iter(self.flights.values()), None)
        if changes and (under_way is None or _alike(under_way, changes[0])):
            self._send(changes)
        return bool(changes or self.flights)

    def land(self) -> None:
        """Wait for the next answer and write down what came of its batch, and of others that came in the
        meantime; commits. When someone asks for one record, the rest comes in first, and then that has its
        turn."""
        if self.flights:
            done = wait(self.flights, return_when=FIRST_COMPLETED).done
            for flight in [each for each in self.flights if each in done]:
                self._settle(flight)
        total = self.tally.total
        if self.context.progress.note(phase=self.phase, done=total - self.tally.planned, total=total):
            self.land_all()
            self.context.progress.take_waiting()

    def land_all(self) -> None:
        """Wait for everything that is under way; commits each as it lands."""
        for flight in list(self.flights):
            wait([flight])
            self._settle(flight)
            self.context.progress.hold()
            self.context.session.commit()

    def _send(self, changes: Sequence[Change]) -> None:
        self.phase = f"sending_{changes[0].kind}"
        self.context.progress.hold()
        sendable = self._with_free_values(changes)
        batches, unsendable = make_batches(self.context.district, sendable)
        write_unsendable(self.context.district, unsendable)
        self.tally.count(
            each for each in changes if each.state in (ChangeState.DISCARDED, ChangeState.FAILED)
        )
        batches = [part for each in batches for part in self._parts(each)]
        for batch in batches:
            self.tally.batch += 1
            self.asked_before.update(change.id for change in batch.changes if change.batch)
            for change in batch.changes:
                change.state, change.batch = ChangeState.SENT, self.tally.batch
        reached = epoch.advance(self.context.session)
        self.context.session.commit()
        epoch.keep(self.context.session, reached)
        for batch in batches:
            self.flights[self.pool.submit(send, self.context, batch)] = batch

    def _parts(self, batch: Batch) -> list[Batch]:
        """The requests of a batch: one, or one for each line where any is to be sent alone."""
        if self.alone.isdisjoint(each.id for each in batch.changes):
            return [batch]
        pairs = zip(batch.changes, batch.items, strict=True)
        return [replace(batch, changes=(change,), items=(item,)) for change, item in pairs]

    def _with_free_values(self, changes: Sequence[Change]) -> Sequence[Change]:
        """The lines of which no one still has the values that they take."""
        if not kept_values.is_judged(changes):
            return changes
        kind = Kind(changes[0].kind)
        if kind not in self.involved:
            found = kept_values.involved(self.context.session, self.context.run_id, kind)
            self.involved[kind] = found
        return kept_values.leave_out(self.context.district, changes, self.involved[kind])

    def _settle(self, flight: Flight) -> None:
        batch = self.flights.pop(flight)
        try:
            outcomes = flight.result()
        except Permanent as error:
            if error.status is None:
                self._not_answered(batch, error)
            else:
                self._refused(batch, error)
        except Transient as error:
            self._not_answered(batch, error)
        else:
            self.answered += 1
            outcomes = [self._in_doubt(*each) for each in zip(batch.changes, outcomes, strict=True)]
            write_outcomes(
                self.context.district,
                zip(batch.changes, outcomes, strict=True),
            )
            self._suspect(batch, outcomes)
        self.tally.count(batch.changes)

    def _in_doubt(self, change: Change, outcome: Outcome) -> Outcome:
        """A create that was sent before without an answer may have met itself, delivered late, and after an
        unclean stop what a lost row told of: look it up."""
        twice = change.action == Action.CREATE and (self.unclean or change.id in self.asked_before)
        if not (outcome.conflict and twice):
            return outcome
        self.in_doubt = True
        return replace(outcome, ambiguous=True)

    def _not_answered(self, batch: Batch, error: OutboundError) -> None:
        """Schoology said nothing of it, whether nothing came back or a connection wasn't its own."""
        never_left = isinstance(error, Insecure) or (isinstance(error, Transient) and not error.maybe_done)
        if never_left:
            self._put_back(batch)
        self.unanswered += 1
        self.failure = self.failure or error

    def _refused(self, batch: Batch, error: Permanent) -> None:
        """A void token stops the run. A request of several lines that is refused as a whole is sent again one
        line at a time, so that only the line at fault fails."""
        if error.to_do is ToDo.ASK_ADMINISTRATOR:
            self._put_back(batch)
            self.failure = error
            return
        self.answered += 1
        status = error.status or 0
        if not 400 <= status < 500:
            for change in batch.changes:
                change.state = ChangeState.FAILED
                change.reason = because(Code.REQUEST_REFUSED, why=error.reason)
                change.finished_at = clock.now()
        elif len(batch.changes) > 1:
            self._put_back(batch)
            self.alone.update(each.id for each in batch.changes)
        else:
            (change,) = batch.changes
            said = Outcome(ok=False, schoology_id=change.schoology_id, code=status, words=error.message)
            write_outcomes(self.context.district, [(change, said)])

    def _put_back(self, batch: Batch) -> None:
        """Nothing of it happened: its lines are as if this request had never been sent."""
        for change in batch.changes:
            change.state = ChangeState.PLANNED
            change.batch = change.batch if change.id in self.asked_before else 0

    def _suspect(self, batch: Batch, outcomes: Sequence[Outcome]) -> None:
        if batch.kind == Kind.ENROLLMENT:
            answers = zip(batch.changes, outcomes, strict=True)
            self.suspects.update(change.parent for change, each in answers if each.code == 404)


def _alike(batch: Batch, change: Change) -> bool:
    under_way = batch.changes[0]
    return (batch.kind, batch.action, under_way.wave) == (change.kind, change.action, change.wave)


def send(context: RunContext, batch: Batch) -> list[Outcome]:
    """One bulk request; runs in a thread and touches no session."""
    verb = {
        Action.CREATE: context.schoology.create,
        Action.UPDATE: context.schoology.update,
        Action.DROP: context.schoology.drop,
    }[batch.action]
    outcomes = verb(batch.kind, batch.items)
    if batch.kind == Kind.ENROLLMENT and batch.action == Action.CREATE:
        return _with_ids_of_present(context, batch, outcomes)
    return outcomes


def _with_ids_of_present(context: RunContext, batch: Batch, outcomes: list[Outcome]) -> list[Outcome]:
    """Enrollments that were there before need their ids, so that the app can take note of them."""
    blank = [n for n, each in enumerate(outcomes) if each.conflict and not each.schoology_id]
    if not blank:
        return outcomes
    try:
        found = context.schoology.find(batch.kind, [batch.items[n] for n in blank])
    except OutboundError:
        for number in blank:
            outcomes[number] = replace(outcomes[number], ambiguous=True)
        return outcomes
    for number, there in zip(blank, found, strict=True):
        if there is not None:
            outcomes[number] = replace(outcomes[number], schoology_id=there.schoology_id)
    return outcomes
