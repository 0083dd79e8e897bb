"""One record through the same engine: what is read for it, and which lines its plan may have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, false, select, true

from lti_app.jobs import queue
from lti_app.models import Run, Staged
from lti_app.school.records import Kind
from lti_app.school.run_kinds import RunKind
from lti_app.setup.choices import read_options
from lti_app.sis.port import Feed
from lti_app.store import links
from lti_app.store.built_once import AnyRun
from lti_app.store.district import District


def lane_of(what: str) -> str:
    """The lane of a provisioning job whose run covers this."""
    return queue.ONE_RECORD if what == RunKind.ONE else queue.PROVISION


def reads(district: District, only: Mapping[str, str]) -> list[tuple[Feed, str]]:
    """The feeds to read and the key to narrow each of them to."""
    kind, sis_id = Kind(only["kind"]), only["sis_id"]
    if kind == Kind.USER:
        guardians = read_options(district).with_guardians
        return [(Feed.PEOPLE, sis_id), *([(Feed.GUARDIANS, sis_id)] if guardians else [])]
    if kind == Kind.COURSE:
        return [(Feed.COURSES, sis_id)]
    section = sis_id if kind == Kind.SECTION else _section_of(district, sis_id)
    return [(Feed.SECTIONS, section), (Feed.SEATS, section)] if section else []


def _section_of(district: District, enrollment: str) -> str:
    """The section of an enrollment: as it is linked, or as it was last read; empty when neither is known."""
    link = links.read.one(district, Kind.ENROLLMENT, enrollment)
    if link is not None:
        return link.parent
    read = (
        select(Staged.parent)
        .join(Run, Run.id == Staged.run_id)
        .where(
            Run.installation_id == district.id, Staged.kind == Kind.ENROLLMENT, Staged.sis_id == enrollment
        )
    )
    return district.session.scalar(read.order_by(Staged.run_id.desc()).limit(1)) or ""


def kinds_of(run: Run) -> tuple[Kind, ...]:
    """The kinds of lines that the plan of a run may have."""
    return kinds(run.notes.only) if run.what == RunKind.ONE else RunKind(run.what).kinds


def kinds(only: Mapping[str, str]) -> tuple[Kind, ...]:
    """The kinds of lines that the plan may have. A section comes with its enrollments."""
    kind = Kind(only["kind"])
    return (Kind.SECTION, Kind.ENROLLMENT) if kind == Kind.SECTION else (kind,)


def within(run: AnyRun | Run, kind: Kind, row: Any) -> ColumnElement[bool]:
    """The condition that a staged row or a link belongs to this run's plan; always true of other runs."""
    if isinstance(run, AnyRun) or run.what != RunKind.ONE:
        return true()
    only = run.notes.only
    if not only or kind not in kinds(only):
        return false()
    if only["kind"] == Kind.SECTION and kind == Kind.ENROLLMENT:
        return and_(row.parent == only["sis_id"])
    return and_(row.sis_id == only["sis_id"])
