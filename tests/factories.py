"""Rows for tests of the queries: a database in memory with two districts."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from lti_app.models import (
    Base,
    BuildingRow,
    Change,
    Installation,
    Job,
    JobState,
    Link,
    LinkState,
    Platform,
    Run,
    TermRow,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
OURS, THEIRS = 1, 2


def open_database() -> Session:
    """A session on a new database with installations OURS and THEIRS."""
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    session = Session(engine)
    session.add(
        Platform(
            id=1,
            issuer="https://schoology.example",
            client_id="77",
            auth_url="https://schoology.example/a",
            token_url="https://schoology.example/t",
            jwks_url="https://schoology.example/j",
            private_key="sealed",
        )
    )
    session.add(Installation(id=OURS, platform_id=1, deployment_id="a", name="Our district"))
    session.add(Installation(id=THEIRS, platform_id=1, deployment_id="b", name="Their district"))
    session.commit()
    return session


def add_building(session: Session, sis_id: str, owner: int = OURS, **values: Any) -> BuildingRow:
    row = BuildingRow(
        installation_id=owner,
        sis_id=sis_id,
        name=values.pop("name", f"School {sis_id}"),
        schoology_id=values.pop("schoology_id", f"9{sis_id}"),
        seen_at=NOON,
        **values,
    )
    session.add(row)
    session.flush()
    return row


def add_link(session: Session, kind: str, sis_id: str, owner: int = OURS, **values: Any) -> Link:
    row = Link(
        installation_id=owner,
        kind=kind,
        sis_id=sis_id,
        schoology_id=values.pop("schoology_id", f"s-{sis_id}"),
        state=values.pop("state", LinkState.OWNED),
        changed_at=NOON,
        **values,
    )
    session.add(row)
    session.flush()
    return row


def add_job(session: Session, owner: int = OURS, **values: Any) -> Job:
    row = Job(
        installation_id=owner,
        kind="provision",
        params={"what": values.pop("what", "all"), "plan_only": values.pop("plan_only", False)},
        state=values.pop("state", JobState.DONE),
        created_at=NOON,
        asked_by=values.pop("asked_by", "Ada Admin"),
        **values,
    )
    session.add(row)
    session.flush()
    return row


def add_run(session: Session, job: Job, **values: Any) -> Run:
    row = Run(
        installation_id=job.installation_id,
        job_id=job.id,
        what=job.params["what"],
        plan_only=job.params["plan_only"],
        state=values.pop("state", "done"),
        started_at=NOON,
        **values,
    )
    session.add(row)
    session.flush()
    return row


def add_change(session: Session, run: Run, seq: int, **values: Any) -> Change:
    row = Change(
        installation_id=run.installation_id,
        run_id=run.id,
        seq=seq,
        kind=values.pop("kind", "user"),
        action=values.pop("action", "create"),
        sis_id=values.pop("sis_id", f"student:{seq}"),
        state=values.pop("state", "done"),
        **values,
    )
    session.add(row)
    session.flush()
    return row


def add_term(session: Session, building: str, period: str, grading_period_id: str = "") -> TermRow:
    row = TermRow(
        installation_id=OURS,
        building=building,
        track="A",
        school_year=2026,
        marking_period=period,
        name=f"Quarter {period}",
        start=date(2026, 1, 5),
        end=date(2026, 3, 27),
        grading_period_id=grading_period_id,
        grading_period_title=f"Q{period}" if grading_period_id else "",
        seen_at=NOON,
    )
    session.add(row)
    session.flush()
    return row
