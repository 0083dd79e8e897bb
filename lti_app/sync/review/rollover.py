"""The change of the school year: when next year begins, and what its rehearsal found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from lti_app.models import Run, RunState, Staged, StagedState, TermRow
from lti_app.runs.history import left_out_of
from lti_app.school.reasons import Reason
from lti_app.school.records import Kind
from lti_app.store.district import District
from lti_app.store.paging import Page, page_of


@dataclass(frozen=True)
class Years:
    """The newest school year that the SIS serves, its days, and how many of its terms are mapped."""

    newest: int
    begins: date
    ends: date
    terms: int
    mapped: int

    def next_change(self, today: date) -> date:
        """The first day of the newest year, or of the one after it once it has begun."""
        return self.begins if self.begins > today else self.ends + timedelta(days=1)


@dataclass(frozen=True)
class Rehearsal:
    """What a plan for another day would do."""

    run: Run
    day: date
    created: Mapping[str, int]
    """Kind → creates."""
    frozen: Sequence[tuple[Reason, int]]
    """Reason → sections that would be left alone."""
    orphaned: Mapping[str, int]
    """Kind → linked records that the SIS does not have any more."""
    held: int


def years(district: District) -> Years | None:
    """The newest school year, or None while no term was read."""
    newest = district.session.scalar(
        select(func.max(TermRow.school_year)).where(TermRow.installation_id == district.id)
    )
    if newest is None:
        return None
    begins, ends, terms, mapped = district.session.execute(
        select(
            func.min(TermRow.start),
            func.max(TermRow.end),
            func.count(),
            func.count().filter(TermRow.grading_period_id != ""),
        ).where(TermRow.installation_id == district.id, TermRow.school_year == newest)
    ).one()
    return Years(newest, begins, ends, terms, mapped)


def last_rehearsal(district: District) -> Rehearsal | None:
    """The newest finished rehearsal."""
    runs = district.session.scalars(
        district.select(Run)
        .where(
            Run.plan_only.is_(True),
            Run.state == RunState.PLANNED,
            Run.finished_at.is_not(None),
        )
        .order_by(Run.id.desc())
        .limit(20)
    )
    run = next((each for each in runs if each.notes.on), None)
    if run is None:
        return None
    plan = run.counts.get("plan", {})
    return Rehearsal(
        run=run,
        day=date.fromisoformat(run.notes.on),
        created={kind: actions["create"] for kind, actions in plan.items() if actions.get("create")},
        frozen=left_out_of(run).get(Kind.SECTION, []),
        orphaned={kind: actions["release"] for kind, actions in plan.items() if actions.get("release")},
        held=run.counts.get("outcome", {}).get("held", 0),
    )


def frozen_page(session: Session, run: Run, number: int) -> Page[Staged]:
    """Sections that a run left alone, with the reason."""
    page = page_of(session, _frozen(run), number)
    return Page([row[0] for row in page.rows], page.number, page.total)


def _frozen(run: Run) -> Select[Staged]:
    return (
        select(Staged)
        .where(Staged.run_id == run.id, Staged.kind == Kind.SECTION, Staged.state == StagedState.OUT)
        .order_by(Staged.reason_code, Staged.reason_values, Staged.label, Staged.sis_id)
    )
