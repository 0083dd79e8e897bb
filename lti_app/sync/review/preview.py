"""What the last read and the last plan look like, for pages that ask before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from itertools import islice
from typing import Any

from lti_app.models import Run, RunState
from lti_app.runs import ledger
from lti_app.school.reasons import Reason
from lti_app.school.records import PersonGroup
from lti_app.setup.choices import Choice
from lti_app.sis.port import Feed, Sis
from lti_app.store.district import District
from lti_app.sync.context import rule_context
from lti_app.sync.stage.understood import verdicts

EXAMPLES = 5
MOST_PAGES = 4
"""Pages of people that are read for a few examples."""
PLANNED_ONCE = (
    RunState.PLANNED,
    RunState.APPLYING,
    RunState.HELD,
    RunState.DONE,
    RunState.DONE_WITH_PROBLEMS,
    RunState.FAILED,
    RunState.CANCELED,
)


def last_planned_run(district: District, what: tuple[str, ...] = ("all",)) -> Run | None:
    """The newest run of one of these scopes that came as far as a plan. A rehearsal plans for another day, so
    it says nothing of what the next run does."""
    return district.session.scalars(
        district.select(Run)
        .where(
            Run.what.in_(what),
            Run.state.in_(PLANNED_ONCE),
            Run.digest != "",
            ~Run.rehearses(),
        )
        .order_by(Run.id.desc())
        .limit(1)
    ).first()


def next_counts(district: District, what: str = "all") -> dict[str, dict[str, int]] | None:
    """kind → action → lines of the newest plan that covers this scope; of a sync that is over, those that it
    left to do."""
    run = last_planned_run(district, ("all", what))
    if run is None:
        return None
    if run.plan_only or run.finished_at is None:
        plan: dict[str, dict[str, int]] = run.counts.get("plan", {})
        return plan
    return ledger.counts_left(district.session, run.id)


def five_people(
    district: District, sis: Sis, wanted: Choice, *, today: date
) -> list[tuple[str, Mapping[str, Any], Reason]]:
    """Up to five real people under a choice of the Users tab that may not be saved yet.

    Reads a few pages of people. Each is (name in the SIS, what Schoology would get, why not); one of the last
    two is empty. Raises SisError.
    """
    known = rule_context(district, today)
    ticked = {key: replace(each, for_users=key in wanted.buildings) for key, each in known.buildings.items()}
    known = replace(known, options=wanted.options, buildings=ticked)
    people: list[tuple[str, Mapping[str, Any], Reason]] = []
    pages = islice(sis.read(Feed.PEOPLE), MOST_PAGES)
    answers = [each for page in pages for record in page for each in verdicts(record, known)]
    answers.sort(key=lambda each: each.state != "ok")
    for students, number in ((True, 3), (False, 2)):
        some = (each for each in answers if (each.role == PersonGroup.STUDENT) == students)
        people += [(each.label, each.payload or {}, each.reason) for each in islice(some, number)]
    return people
