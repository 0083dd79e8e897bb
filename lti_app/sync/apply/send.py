"""Apply: send a plan in bulk, several requests at once, and write every outcome down.

Before sending, changes are marked *sent* and committed; after, each gets its outcome and its link in one
commit. A failed record stops nothing; an outage stops the run after a few patient tries.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import func, select, update
from sqlalchemy.exc import SQLAlchemyError

from lti_app import clock
from lti_app.jobs.ownership import JobLost
from lti_app.models import Action, Change, ChangeState, Run
from lti_app.outbound.errors import OutboundError, OutsideError, ToDo, Transient
from lti_app.outbound.pauses import Pauses
from lti_app.school.reasons import Reason
from lti_app.schoology.words import SchoologyCode, told
from lti_app.store import links
from lti_app.store.district import District
from lti_app.sync.apply import synced_meanwhile
from lti_app.sync.apply.in_flight import Window
from lti_app.sync.apply.lost_answers import resolve_sent
from lti_app.sync.apply.outcomes import note_deleted_sections
from lti_app.sync.apply.unclean import stopped_uncleanly
from lti_app.sync.apply.when_to_stop import FAILURES, PATIENCE, Breaker, Tally
from lti_app.sync.context import RunContext
from lti_app.sync.plan.unique import swaps

WAITS = Pauses(PATIENCE, first=1, longest=60)
"""In seconds, after so many rounds in a row without an answer."""


class SchoologyDown(OutsideError):
    """Schoology gave no answer several times or most times, or asked to wait for `retry_after` seconds."""

    to_do = ToDo.WAIT

    def __init__(self, message: str, retry_after: float | None = None, *, why: Reason) -> None:
        super().__init__(message, why=why)
        self.retry_after = retry_after


def apply(context: RunContext) -> None:
    """Send every planned change of the run.

    Raises SchoologyDown, or Refused when the Acting User's token is void; what was done stays done.
    """
    session, schoology = context.session, context.schoology
    resolve_sent(session, schoology, context.installation_id, context.run_id)
    _leave_out(context)
    release(context)
    with ThreadPoolExecutor(context.in_flight, thread_name_prefix="send") as pool:
        for _ in range(PATIENCE):
            _send_all(context, pool)
            if resolve_sent(session, schoology, context.installation_id, context.run_id):
                continue
            if not swaps.give_back(context.district, session.get_one(Run, context.run_id)):
                return
    left = select(func.count()).where(Change.run_id == context.run_id, Change.state == ChangeState.PLANNED)
    if number := session.scalar(left):
        raise SchoologyDown(**told(SchoologyCode.OUTCOME_UNKNOWN, number=number))


def _send_all(context: RunContext, pool: ThreadPoolExecutor) -> None:
    run = context.session.get_one(Run, context.run_id)
    unclean = stopped_uncleanly(context.district, run.job_id)
    window = Window(context, pool, Tally.of(context), unclean=unclean)
    try:
        _keep_full(context, window)
    except (JobLost, SQLAlchemyError):
        raise
    except Exception:
        window.land_all()
        raise
    note_deleted_sections(context, window.suspects)


def _keep_full(context: RunContext, window: Window) -> None:
    breaker, taken, looks = Breaker(), context.progress.taken, 0
    while True:
        context.confirm()
        if context.progress.taken != taken:
            taken = context.progress.taken
            _look_up(context)
            _leave_out(context)
            window.tally = Tally.of(context)
        if not window.launch():
            return
        window.land()
        if window.failure is not None:
            window.land_all()
            breaker.note(window.answered, window.unanswered)
            _judge_failure(context, window.failure, breaker)
            window.failure, window.answered, window.unanswered = None, 0, 0
            window.tally = Tally.of(context)
        if window.in_doubt and looks < PATIENCE:
            window.land_all()
            _look_up(context)
            window.in_doubt, looks, window.tally = False, looks + 1, Tally.of(context)
        if window.tally.too_many_failures:
            window.land_all()
            _hold_the_rest(context, window.tally)
            return


def _hold_the_rest(context: RunContext, tally: Tally) -> None:
    """When Schoology refuses most of what it gets, the rest waits for a person instead of failing too."""
    session = context.session
    left = (Change.run_id == context.run_id, Change.state == ChangeState.PLANNED)
    session.execute(update(Change).where(*left).values(state=ChangeState.HELD))
    run = session.get_one(Run, context.run_id)
    of = tally.failed + tally.done
    trip = {"brake": FAILURES, "kind": "", "building": "", "number": tally.failed, "of": of}
    run.counts = {**run.counts, "trips": [*run.counts.get("trips", []), {**trip, "limit": "half"}]}
    session.commit()


def _judge_failure(context: RunContext, failure: OutboundError, breaker: Breaker) -> None:
    """Give up, or wait and look up what became of the requests without an answer."""
    if failure.to_do is ToDo.ASK_ADMINISTRATOR:
        raise failure
    asked = failure.retry_after or 0.0
    if breaker.is_open or asked > WAITS.longest:
        raise SchoologyDown(failure.message, asked, why=failure.reason) from failure
    context.pause(asked or WAITS.length(breaker.in_a_row))
    _look_up(context)


def _look_up(context: RunContext) -> None:
    """What became of what was sent without an answer, of a request that came in between as well."""
    try:
        resolve_sent(context.session, context.schoology, context.installation_id, context.run_id)
    except Transient as error:
        raise SchoologyDown(error.message, error.retry_after, why=error.reason) from error


def _leave_out(context: RunContext) -> None:
    context.progress.hold()
    synced_meanwhile.leave_out(context.session, context.run_id)
    context.session.commit()


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
        context.progress.hold()
        for kind in {line.kind for line in lines}:
            _let_go(District(session, context.installation_id), [each for each in lines if each.kind == kind])
        session.commit()


def _let_go(district: District, lines: Sequence[Change]) -> None:
    """Lines of one kind."""
    ids = [line.sis_id for line in lines]
    links.write.let_go(district, lines[0].kind, ids)
    for line in lines:
        line.state = ChangeState.DONE
        line.finished_at = clock.now()
