"""Apply: send a plan in bulk, several requests at once, and write every outcome down.

Before sending, changes are marked *sent* and committed; after, each gets its outcome and its link in one
commit. Threads only send; this one coordinator writes. A failed record stops nothing; an outage stops the
run after a few patient tries.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

from sqlalchemy import func, select, update

from lti_app import clock, links
from lti_app.models import Action, Change, ChangeState, LinkState, Run
from lti_app.outbound.errors import OutboundError, Permanent, Refused, Throttled, Transient
from lti_app.school.records import Kind
from lti_app.schoology.port import BULK, Outcome
from lti_app.sync.batches import Batch, make_batches, next_changes
from lti_app.sync.context import RunContext
from lti_app.sync.lookup import resolve_sent
from lti_app.sync.outcomes import write_outcomes

IN_FLIGHT = 8
"""Requests at once: enough to keep 15 requests in 5 s full at a latency of 2.5 s."""
PATIENCE = 4
"""Rounds in a row in which Schoology gave no answer before the run stops."""
LONGEST_WAIT = 60.0
MANY_FAILURES = 100
"""From so many refused lines on, a run of which most lines are refused stops."""


class SchoologyDown(Exception):
    """Schoology did not answer for several rounds."""


def apply(context: RunContext) -> None:
    """Send every planned change of the run.

    Raises SchoologyDown, or Refused when the Acting User's token is void; what was done stays done.
    """
    run = context.session.get_one(Run, context.run_id)
    resolve_sent(context.session, context.schoology, context.installation_id, run.id)
    release(context)
    with ThreadPoolExecutor(IN_FLIGHT, thread_name_prefix="send") as pool:
        for _ in range(PATIENCE):
            _send_all(context, pool, Tally.of(context))
            if not resolve_sent(context.session, context.schoology, context.installation_id, run.id):
                return


@dataclass
class Tally:
    """How far a run is, kept beside the rows: counting them after every round would grow with the square."""

    planned: int
    done: int
    failed: int
    batch: int
    """The number of the last batch."""

    @classmethod
    def of(cls, context: RunContext) -> Tally:
        """Counted from the rows, once."""
        run = Change.run_id == context.run_id
        counts: dict[str, int] = {
            state: number
            for state, number in context.session.execute(
                select(Change.state, func.count()).where(run).group_by(Change.state)
            )
        }
        batch = context.session.scalar(select(func.max(Change.batch)).where(run)) or 0
        planned, done, failed = (
            counts.get(each, 0) for each in (ChangeState.PLANNED, ChangeState.DONE, ChangeState.FAILED)
        )
        return cls(planned, done, failed, batch)

    @property
    def total(self) -> int:
        """What there was to send."""
        return self.planned + self.done

    def count(self, changes: Sequence[Change]) -> None:
        """Take in what became of the changes of a round."""
        states = Counter(each.state for each in changes)
        self.planned -= len(changes) - states[ChangeState.PLANNED]
        self.done += states[ChangeState.DONE]
        self.failed += states[ChangeState.FAILED]


def _send_all(context: RunContext, pool: ThreadPoolExecutor, tally: Tally) -> None:
    failures, total = 0, tally.total
    while changes := next_changes(context.session, context.run_id, BULK * IN_FLIGHT):
        context.confirm()
        answered, failure = _send_round(context, pool, changes, tally)
        tally.count(changes)
        failures = 0 if answered else failures + 1
        context.progress.report(f"sending_{changes[0].kind}", total - tally.planned, total)
        if failure is not None:
            _judge_failure(context, failure, failures)
            tally = Tally.of(context)
        if _hold_after_failures(context, tally):
            return


def _hold_after_failures(context: RunContext, tally: Tally) -> bool:
    """When Schoology refuses most of what it gets, the rest waits for a person instead of failing too."""
    failed, done = tally.failed, tally.done
    if failed < MANY_FAILURES or failed <= done:
        return False
    session = context.session
    left = (Change.run_id == context.run_id, Change.state == ChangeState.PLANNED)
    held = session.execute(update(Change).where(*left).values(state=ChangeState.HELD).returning(Change.id))
    number = len(held.all())
    run = session.get_one(Run, context.run_id)
    trip = {"brake": "failures", "kind": "", "building": "", "number": failed, "of": failed + done}
    run.counts = {**run.counts, "trips": [*run.counts.get("trips", []), {**trip, "limit": "half"}]}
    session.commit()
    return number > 0


def _judge_failure(context: RunContext, failure: OutboundError, failures: int) -> None:
    """Give up, or wait and look up what became of the requests without an answer."""
    if isinstance(failure, Refused):
        raise failure
    if failures >= PATIENCE:
        raise SchoologyDown(failure.message) from failure
    wait = failure.retry_after if isinstance(failure, Throttled) and failure.retry_after else 2.0**failures
    context.wait(min(wait, LONGEST_WAIT))
    try:
        resolve_sent(context.session, context.schoology, context.installation_id, context.run_id)
    except Transient as error:
        raise SchoologyDown(error.message) from error


def release(context: RunContext) -> None:
    """What left the SIS is only let go of: nothing is sent."""
    session = context.session
    while True:
        lines = session.scalars(
            select(Change)
            .where(
                Change.run_id == context.run_id,
                Change.state == ChangeState.PLANNED,
                Change.action == Action.RELEASE,
            )
            .limit(500)
        ).all()
        if not lines:
            return
        for kind in {line.kind for line in lines}:
            ids = [line.sis_id for line in lines if line.kind == kind]
            links.set_state(session, context.installation_id, kind, ids, state=LinkState.RELEASED)
        for line in lines:
            line.state = ChangeState.DONE
            line.finished_at = clock.now()
        session.commit()


def _send_round(
    context: RunContext, pool: ThreadPoolExecutor, changes: Sequence[Change], tally: Tally
) -> tuple[int, OutboundError | None]:
    """Send up to eight batches; how many were answered, and the gravest failure of the others."""
    session = context.session
    batches, unsendable = make_batches(session, context.installation_id, changes)
    for change, reason in unsendable:
        change.state, change.reason, change.finished_at = ChangeState.FAILED, reason, clock.now()
    _mark_sent(context, batches, tally)
    flights = [(batch, pool.submit(_send, context, batch)) for batch in batches]
    answered = 1 if unsendable else 0
    failure: OutboundError | None = None
    for batch, flight in flights:
        error = _land(context, batch, flight)
        if error is None:
            answered += 1
        elif failure is None or isinstance(error, Refused):
            failure = error
    return answered, failure


def _mark_sent(context: RunContext, batches: Sequence[Batch], tally: Tally) -> None:
    for batch in batches:
        tally.batch += 1
        for change in batch.changes:
            change.state, change.batch = ChangeState.SENT, tally.batch
    context.session.commit()


def _send(context: RunContext, batch: Batch) -> list[Outcome]:
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
    found = context.schoology.find(batch.kind, [batch.items[n] for n in blank])
    for number, there in zip(blank, found, strict=True):
        if there is not None:
            outcomes[number] = replace(outcomes[number], schoology_id=there.schoology_id)
    return outcomes


def _land(context: RunContext, batch: Batch, flight: Future[list[Outcome]]) -> OutboundError | None:
    """Write down what came of a batch. The answer is the failure that concerns more than this batch."""
    try:
        outcomes = flight.result()
    except Refused as error:
        _put_back(batch)
        context.session.commit()
        return error
    except Permanent as error:
        _fail(batch, error)
        context.session.commit()
        return None
    except Transient as error:
        if not error.maybe_done:
            _put_back(batch)
            context.session.commit()
        return error
    write_outcomes(context.session, context.installation_id, zip(batch.changes, outcomes, strict=True))
    context.session.commit()
    return None


def _put_back(batch: Batch) -> None:
    for change in batch.changes:
        change.state = ChangeState.PLANNED


def _fail(batch: Batch, error: OutboundError) -> None:
    for change in batch.changes:
        change.state = ChangeState.FAILED
        change.reason = "Schoology refused the whole request that held this line."
        change.words = error.message
        change.finished_at = clock.now()
