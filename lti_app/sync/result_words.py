"""How a sync of people, courses and sections ended, in one to four sentences."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_app.models import Action, Change, ChangeState, JobState, Run
from lti_app.runs.history import left_out_of
from lti_app.school.ending_codes import EndingCode
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import NO_REASON, Reason, because, several
from lti_app.school.records import Kind
from lti_app.school.run_kinds import RunKind


def result_words(run: Run) -> tuple[JobState, Reason]:
    """The end of its job, and what is said of it."""
    outcome = run.counts.get("outcome", {})
    held, done = outcome.get("held", 0), outcome.get("done", 0) - run.counts.get("to_review", 0)
    if run.plan_only:
        return JobState.DONE, _previewed(run, lines=sum(outcome.values()), held=held)
    if held:
        return JobState.HELD, _held(run, done=done, held=held)
    return _applied(run, done, outcome.get("failed", 0), outcome.get("blocked", 0))


def left_counts(session: Session, run_id: int) -> dict[str, int]:
    """How many lines say only that the SIS lost a person or a parent link, whose access stays."""
    lost = select(func.count()).where(
        Change.run_id == run_id,
        Change.action == Action.RELEASE,
        Change.state == ChangeState.DONE,
        Change.kind.in_((Kind.USER, Kind.PARENT_LINK)),
    )
    number = session.scalar(lost)
    return {"to_review": number} if number else {}


def _previewed(run: Run, *, lines: int, held: int) -> Reason:
    waiting = because(EndingCode.PREVIEW_WOULD_HOLD, held=held) if held else NO_REASON
    ready = because(EndingCode.PREVIEW_READY, lines=lines)
    return several(ready, waiting, _shared(run), _lost_periods(run), _skipped(run), _left_out(run))


def _held(run: Run, *, done: int, held: int) -> Reason:
    if run.what == RunKind.UNDO:
        return because(EndingCode.UNDO_HELD, held=held)
    said = because(EndingCode.SYNC_HELD, done=done, held=held)
    return several(said, _to_review(run), _lost_periods(run), _skipped(run), _unjudged(run))


def _applied(run: Run, done: int, failed: int, blocked: int) -> tuple[JobState, Reason]:
    old = run.counts.get("known", 0)
    blocked -= old
    known = _known(old, alone=not (failed or blocked))
    unsure = (_to_review(run), _lost_periods(run), _skipped(run), _silent(run), _unjudged(run))
    also = (known, _shared(run), *unsure, _left_out(run))
    if failed or blocked:
        said = because(EndingCode.SYNC_PROBLEMS, done=done, failed=failed, blocked=blocked)
        return JobState.DONE_WITH_PROBLEMS, several(said, *also)
    if done:
        return JobState.DONE, several(because(EndingCode.SYNC_DONE, done=done), *also)
    return JobState.DONE, several(
        NO_REASON if any(unsure) or old else because(EndingCode.SYNC_UP_TO_DATE), *also
    )


def _known(number: int, *, alone: bool) -> Reason:
    """Problems that no one has solved since an earlier sync, and that were not sent again."""
    code = Code.KNOWN_PROBLEMS if alone else Code.ALSO_KNOWN_PROBLEMS
    return because(code, count=number) if number else NO_REASON


def _shared(run: Run) -> Reason:
    """People of a first sync who have the numbers of others: a prefix is advised only while no one has an
    account, since a later one would change how people sign in."""
    told = run.counts.get("shared_numbers")
    if not told:
        return NO_REASON
    held = any(each["brake"] == "shared_numbers" for each in run.counts.get("trips", []))
    if not run.plan_only and not held:
        return because(EndingCode.NUMBERS_SHARED_SENT, count=told["number"])
    return because(EndingCode.NUMBERS_SHARED, count=told["number"], who=told["group"], prefix=told["prefix"])


def _to_review(run: Run) -> Reason:
    """People and parents that the SIS lost: nothing was sent for them."""
    number = run.counts.get("to_review", 0)
    return because(EndingCode.LEFT_TO_REVIEW, count=number) if number else NO_REASON


def _lost_periods(run: Run) -> Reason:
    """Matched grading periods that Schoology doesn't have anymore."""
    titles = sorted(run.counts.get("lost_periods", {}).values())
    if not titles:
        return NO_REASON
    named = ", ".join(f"“{each}”" for each in titles)
    return because(EndingCode.PERIODS_LOST, count=len(titles), titles=named)


def _skipped(run: Run) -> Reason:
    """What a run left out because someone synced it individually in the meantime."""
    number = run.counts.get("skipped", 0)
    return because(EndingCode.SYNC_SKIPPED, count=number) if number else NO_REASON


def _silent(run: Run) -> Reason:
    number = len({each["building"] for each in run.counts.get("silent", [])})
    return because(EndingCode.SCHOOLS_SILENT, count=number) if number else NO_REASON


def _unjudged(run: Run) -> Reason:
    """Of records whose school the SIS tells nothing about anymore."""
    number = sum(each["links"] for each in run.counts.get("unjudged", []))
    return because(EndingCode.NOT_JUDGED, count=number) if number else NO_REASON


def _left_out(run: Run) -> Reason:
    number = sum(count for reasons in left_out_of(run).values() for _, count in reasons)
    return because(EndingCode.RECORDS_LEFT_OUT, count=number) if number else NO_REASON
