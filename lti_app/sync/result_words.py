"""How a sync of people, courses and sections ended, in one to three sentences."""

from __future__ import annotations

from lti_app.models import JobState, Run
from lti_app.runs.history import left_out_of
from lti_app.school.run_kinds import RunKind


def result_words(run: Run) -> tuple[JobState, str]:
    """The end of its job, and the words for it."""
    outcome = run.counts.get("outcome", {})
    held = outcome.get("held", 0)
    if run.plan_only:
        return JobState.DONE, _previewed(run, lines=sum(outcome.values()), held=held)
    if held:
        return JobState.HELD, _held(run, done=outcome.get("done", 0), held=held)
    return _applied(run, outcome.get("done", 0), outcome.get("failed", 0), outcome.get("blocked", 0))


def _previewed(run: Run, *, lines: int, held: int) -> str:
    waiting = f" {held:,} of them would wait for a person." if held else ""
    return f"Preview ready: {lines:,} lines. Nothing was sent.{waiting}{_skipped(run)}{_left_out(run)}"


def _held(run: Run, *, done: int, held: int) -> str:
    if run.what == RunKind.UNDO:
        return f"{held:,} changes put it back: look at them in Logs, then approve or discard."
    return (
        f"{done:,} changes applied. {held:,} changes wait for a person: they are more than the limits "
        f"allow. Open the run in Logs, look at them, then approve or discard them.{_skipped(run)}"
    )


def _applied(run: Run, done: int, failed: int, blocked: int) -> tuple[JobState, str]:
    skipped = _skipped(run)
    if not failed and not blocked:
        words = f"{done:,} changes applied." if done else "" if skipped else "Everything was up to date."
        return JobState.DONE, (words + skipped + _silent(run) + _left_out(run)).strip()
    return (
        JobState.DONE_WITH_PROBLEMS,
        f"{done:,} changes applied, {failed:,} refused by Schoology, {blocked:,} records cannot be used as "
        f"they are. Open the run in Logs to see each of them.{skipped}{_silent(run)}{_left_out(run)}",
    )


def _skipped(run: Run) -> str:
    """What a run left out because somebody synced it individually meanwhile."""
    number = run.counts.get("skipped", 0)
    if not number:
        return ""
    if number == 1:
        return " 1 change was skipped because that record was synced individually during this run."
    return f" {number:,} changes were skipped because those records were synced individually during this run."


def _silent(run: Run) -> str:
    number = len({each["building"] for each in run.counts.get("silent", [])})
    if not number:
        return ""
    return (
        f" The SIS sent nothing of {number:,} building{'s' if number > 1 else ''}: nothing was dropped there."
    )


def _left_out(run: Run) -> str:
    number = sum(count for reasons in left_out_of(run).values() for _, count in reasons)
    if number == 1:
        return " 1 record is left out by what is chosen; Logs says why."
    return f" {number:,} records are left out by what is chosen; Logs says why." if number else ""
