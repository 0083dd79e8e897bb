"""The two statements of each report of progress, made once since a long job asks them very often."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, cast

from sqlalchemy import Row, Select, Table, and_, bindparam, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningUpdate

from lti_app import clock
from lti_app.jobs import moment
from lti_app.jobs.queue import ONE_RECORD, may_run
from lti_app.models import Job, JobState
from lti_app.models.base import UtcDateTime


def write_to_own_row(
    session: Session, job_id: int, owner: str, values: Mapping[str, Any]
) -> Row[bool] | None:
    """Write these columns of a running job; whether someone asked to cancel it, or None where it is not the
    owner's anymore. `heartbeat_at` is taken from the database's clock where that has one."""
    new = {f"new_{name}": value for name, value in values.items()}
    statement = _own_row(tuple(values), moment.is_by_server(session))
    return session.execute(statement, {"of_job": job_id, "of_owner": owner, **new}).first()


def requests_waiting(session: Session, job_id: int) -> list[int]:
    """Waiting requests for one record in the district of this job."""
    return list(session.scalars(_requests_of_district(), {"of_job": job_id, "by_now": clock.now()}))


@cache
def _own_row(names: tuple[str, ...], by_server: bool) -> ReturningUpdate[bool]:
    table = cast("Table", Job.__table__)
    columns = table.columns
    new: dict[str, Any] = {name: bindparam(f"new_{name}", type_=columns[name].type) for name in names}
    if by_server and "heartbeat_at" in new:
        new["heartbeat_at"] = moment.by_server()
    owned = and_(columns.id == bindparam("of_job"), columns.owner == bindparam("of_owner"))
    mine = and_(owned, columns.state == str(JobState.RUNNING))
    return update(table).where(mine).values(**new).returning(columns.cancel_requested)


@cache
def _requests_of_district() -> Select[int]:
    district = select(Job.installation_id).where(Job.id == bindparam("of_job")).scalar_subquery()
    waiting = (Job.installation_id == district, Job.lane == ONE_RECORD, Job.state == JobState.QUEUED)
    return select(Job.id).where(*waiting, may_run(bindparam("by_now", type_=UtcDateTime))).order_by(Job.id)
