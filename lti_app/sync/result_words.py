"""How a sync of people, courses and sections ended, in one to three sentences."""

from __future__ import annotations

from lti_app.models import JobState, Run
from lti_app.school.run_kinds import RunKind

NOTHING = "Everything was up to date."


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
    skipped, old = _skipped(run), run.counts.get("known", 0)
    blocked -= old
    if not failed and not blocked:
        words = f"{done:,} changes applied." if done else "" if skipped or old else NOTHING
        return JobState.DONE, (words + _known(old) + skipped + _silent(run) + _left_out(run)).strip()
    rest = _also_known(old) + skipped + _silent(run) + _left_out(run)
    return (
        JobState.DONE_WITH_PROBLEMS,
        f"{done:,} changes applied, {failed:,} refused by Schoology, {blocked:,} records cannot be used as "
        f"they are. Open the run in Logs to see each of them.{rest}",
    )


def _known(number: int) -> str:
    """Problems that nobody has solved since an earlier sync, and that were not sent again."""
    if not number:
        return ""
    return f" {number:,} known problem{'' if number == 1 else 's'}, 0 new."


def _also_known(number: int) -> str:
    return f" {number:,} more are known from earlier syncs." if number else ""


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
    number = sum(sum(reasons.values()) for reasons in run.counts.get("left_out", {}).values())
    if number == 1:
        return " 1 record is left out by what is chosen; Logs says why."
    return f" {number:,} records are left out by what is chosen; Logs says why." if number else ""
