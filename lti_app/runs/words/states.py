"""States, actions and phases of jobs, runs and changes as people read them."""

from __future__ import annotations

from collections.abc import Mapping

from lti_app import formats
from lti_app.models import Action
from lti_app.runs.words.kinds import FEEDS, counted_kind
from lti_app.school.reason_codes import Code
from lti_app.school.run_kinds import WHOLE, RunKind

ACTIONS = {str(each): each.label for each in Action}
TO_DO = {str(each): each.to_do for each in Action}
OUTCOMES = {
    "planned": "Planned",
    "held": "On hold",
    "sent": "Sent, no answer yet",
    "done": "Done",
    "failed": "Failed",
    "blocked": "Blocked",
    "discarded": "Not sent",
}
GONE = frozenset((Code.DELETED_IN_SCHOOLOGY, Code.NOT_FOUND_BY_KEY, Code.TOO_MANY_NOT_FOUND))
"""Reasons of lines about something that isn't in Schoology anymore: the reason says it all,
and there are no values to compare."""
PAUSED = "paused"
"""The state of a queued job that waits for the end of an outage, or for an administrator."""
STATES = {
    PAUSED: "Paused",
    "queued": "Queued",
    "running": "Running",
    "staging": "Getting SIS data",
    "planning": "Finding changes",
    "planned": "Previewed",
    "applying": "Sending",
    "held": "On hold",
    "done": "Done",
    "done_with_problems": "Done with problems",
    "failed": "Failed",
    "cancelled": "Canceled",
}
COLORS = {
    PAUSED: "warning",
    "done": "success",
    "done_with_problems": "warning",
    "failed": "danger",
    "blocked": "warning",
    "held": "warning",
    "cancelled": "secondary",
    "discarded": "secondary",
    "running": "primary",
    "staging": "primary",
    "planning": "primary",
    "applying": "primary",
}
TRIGGERS = {
    "manual": "manually",
    "scheduled": "on schedule",
    "live": "live",
    "undo": "undo",
    "cli": "from the command line",
}
SYSTEMS = {"schoology": "Schoology", "sis": "The SIS"}
"""Who is asked, at the beginning of a sentence."""
GRADE_PHASES = {
    "reading_schoology_gradebook": "Reading the gradebook in Schoology",
    "reading_sis_gradebook": "Reading the gradebook in the SIS",
    "sending_grades": "Sending grades to the SIS",
    "reading_courses": "Reading courses",
    "comparing_sections": "Comparing courses",
    "making_categories": "Comparing categories",
}
WHATS: Mapping[str, str] = {
    RunKind.ALL: "Everything",
    RunKind.USERS: "Users",
    RunKind.COURSES: "Courses",
    RunKind.SECTIONS: "Sections and enrollments",
    RunKind.ONE: "One record",
    RunKind.UNDO: "Undo of an earlier sync",
    RunKind.DRIFT: "Check of Schoology",
    RunKind.PREP: "Data Prep",
    RunKind.GRADES: "Grades",
    RunKind.SWEEP: "Comparison of courses",
    RunKind.LIVE_PREVIEW: "Look before live sync",
    RunKind.LIVE_CONFIRM: "Confirmation of live sync",
    RunKind.CATEGORIES: "SIS categories in Schoology",
}
"""What a run covers, or what it is where it covers nothing of the SIS."""


def phase(name: str) -> str:
    """The phase of a job as a sentence without its stop."""
    if name in GRADE_PHASES:
        return GRADE_PHASES[name]
    verb, _, rest = name.partition("_")
    if verb == "reading" and rest:
        return f"Reading {FEEDS.get(rest, rest.replace('_', ' '))} from the SIS"
    if verb == "looking" and rest:
        return f"Reading {rest.replace('_', ' ')} from Schoology"
    if verb == "sending" and rest:
        return f"Sending {counted_kind(rest, 2)} to Schoology"
    if verb in ("matching", "linking") and rest:
        return f"{verb.capitalize()} {counted_kind(rest, 2)}"
    if verb == "planning":
        return "Comparing the SIS with what is linked in Schoology"
    return name.replace("_", " ").capitalize() or "Starting"


def title(what: str, *, plan_only: bool = False) -> str:
    """What a run does, such as “Sync of users”; it names no record."""
    words = WHATS.get(what, what)
    if what not in (*WHOLE, RunKind.ONE):
        return words
    return f"{'Preview' if plan_only else 'Sync'} of {words.lower()}"


def outcomes(counts: Mapping[str, int]) -> str:
    """Change state → lines in one line, such as “12 done, 3 failed”."""
    return ", ".join(
        f"{formats.number(count)} {OUTCOMES.get(state, state).lower()}"
        for state, count in sorted(counts.items())
        if count
    )
