"""One record through the same engine: what is read for it, and which lines its plan may have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    ColumnElement,
    and_,
    false,
    true,
)

from lti_app.jobs import queue
from lti_app.models import (
    Run,
)
from lti_app.school.records import Kind
from lti_app.school.run_kinds import RunKind
from lti_app.sis.port import Feed

PEOPLE = {"student": Feed.STUDENTS, "staff": Feed.STAFF, "contact": Feed.CONTACTS}


def lane_of(what: str) -> str:
    """The lane of a provisioning job whose run covers this."""
    return queue.ONE_RECORD if what == RunKind.ONE else queue.PROVISION


def reads(only: Mapping[str, str]) -> list[tuple[Feed, str]]:
    """The feeds to read and the key to narrow each of them to."""
    kind, sis_id = Kind(only["kind"]), only["sis_id"]
    if kind == Kind.USER:
        space, _, number = sis_id.partition(":")
        return [(PEOPLE[space], number)]
    if kind == Kind.COURSE:
        return [(Feed.COURSES, sis_id)]
    section = sis_id if kind == Kind.SECTION else sis_id.partition(":")[0]
    return [(Feed.SECTIONS, section), (Feed.ENROLLMENTS, section)]


def kinds_of(run: Run) -> tuple[Kind, ...]:
    """The kinds of lines that the plan of a run may have."""
    return kinds(run.notes.only) if run.what == RunKind.ONE else RunKind(run.what).kinds


def kinds(only: Mapping[str, str]) -> tuple[Kind, ...]:
    """The kinds of lines that the plan may have. A section comes with its enrollments."""
    kind = Kind(only["kind"])
    return (Kind.SECTION, Kind.ENROLLMENT) if kind == Kind.SECTION else (kind,)


def within(run: Run, kind: Kind, row: Any) -> ColumnElement[bool]:
    """The condition that a staged row or a link belongs to this run's plan; always true of other runs."""
    only = run.notes.only
    if run.what != RunKind.ONE:
        return true()
    if not only or kind not in kinds(only):
        return false()
    if only["kind"] == Kind.SECTION and kind == Kind.ENROLLMENT:
        return and_(row.parent == only["sis_id"])
    return and_(row.sis_id == only["sis_id"])
