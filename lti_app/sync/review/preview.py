"""What the last read and the last plan look like, for pages that ask before anything is sent."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_app.models import LEFT_PERSON, BuildingRow, Run, RunState, Staged, StagedState
from lti_app.runs import ledger
from lti_app.school.reasons import Reason
from lti_app.school.records import Kind, PersonGroup
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
    RunState.CANCELLED,
)


@dataclass(frozen=True)
class ReadSummary:
    """What a run read from the SIS: rows for each building, and a few objects as Schoology would get them."""

    run: Run
    counts: list[tuple[str, dict[str, int]]]
    examples: dict[str, list[dict[str, Any]]]


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


def read_summary(district: District) -> ReadSummary | None:
    """What the newest full read found, or None when nothing was read yet."""
    run = last_planned_run(district)
    if run is None:
        return None
    return ReadSummary(run, _counts(district.session, run), _examples(district.session, run.id))


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


def _counts(session: Session, run: Run) -> list[tuple[str, dict[str, int]]]:
    names = {
        sis_id: name
        for sis_id, name in session.execute(
            select(BuildingRow.sis_id, BuildingRow.name).where(
                BuildingRow.installation_id == run.installation_id
            )
        )
    }
    rows = session.execute(
        select(Staged.building, Staged.kind, func.count())
        .where(Staged.run_id == run.id, Staged.kind != LEFT_PERSON)
        .group_by(Staged.building, Staged.kind)
    )
    table: dict[str, dict[str, int]] = defaultdict(dict)
    for building, kind, number in rows:
        table[names.get(building, building or "No building")][kind] = number
    return sorted(table.items())


def _examples(session: Session, run_id: int) -> dict[str, list[dict[str, Any]]]:
    return {
        str(kind): [json.loads(row.payload) for row in _first_rows(session, run_id, kind)] for kind in Kind
    }


def _first_rows(session: Session, run_id: int, kind: Kind) -> list[Staged]:
    return list(
        session.scalars(
            select(Staged)
            .where(Staged.run_id == run_id, Staged.kind == kind, Staged.state == StagedState.OK)
            .order_by(Staged.sis_id)
            .limit(EXAMPLES)
        )
    )
