"""Schools of which a part of the read brought no row though links are there: nothing is dropped there."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from lti_app.models import BuildingRow, Run, Scope
from lti_app.school.records import Kind
from lti_app.school.run_kinds import RunKind
from lti_app.school.told import Told
from lti_app.sis.port import Feed
from lti_app.store import links
from lti_app.store.built_once import AnyRun, for_run, keys_of
from lti_app.sync import scope
from lti_app.sync.plan import vanished

TICKED = {
    Kind.USER: BuildingRow.for_users,
    Kind.PARENT_LINK: BuildingRow.for_users,
    Kind.COURSE: BuildingRow.for_courses,
    Kind.SECTION: BuildingRow.for_sections,
    Kind.ENROLLMENT: BuildingRow.for_sections,
}


BROUGHT_BY = {
    Feed.PEOPLE: (Told.STUDENTS, Told.STAFF),
    Feed.GUARDIANS: (Told.CONTACTS,),
    Feed.COURSES: (Told.COURSES,),
    Feed.SECTIONS: (Told.SECTIONS,),
    Feed.SEATS: (Told.TEACHERS, Told.ENROLLMENTS),
}
"""Feed → what is known once it was read to its end."""


def silent_buildings(session: Session, run: Run) -> list[dict[str, Any]]:
    """Of what this run has read, in the buildings that are mapped and selected for it."""
    read = _read(run)
    came = {
        (part, building)
        for part, building in session.execute(
            select(Scope.kind, Scope.building).where(Scope.run_id == run.id, Scope.complete.is_(True))
        )
    }
    return [
        {"feed": part, "kind": kind, "building": building, "links": number}
        for kind in RunKind(run.what).kinds
        for (part, building), number in sorted(_linked(session, run, kind).items())
        if part in read and (part, building) not in came
    ]


def unjudged(session: Session, run: Run, silent: Collection[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Linked records that did not come, in schools of which nothing came though no one expects them to be
    silent: those that were renumbered or merged, or aren't selected anymore."""
    told = {(each["kind"], each["building"]) for each in silent}
    return [
        {"kind": kind, "building": building, "links": number}
        for kind in scope.kinds_of(run)
        for building, number in sorted(unjudged_here(session, run, kind).items())
        if (kind, building) not in told
    ]


def unjudged_here(session: Session, run: Run, kind: Kind) -> dict[str, int]:
    """School → linked records of a kind that did not come, where nothing came of that school."""
    return vanished.unjudged(session, run, kind, _read(run))


def _read(run: Run) -> set[Told]:
    """The parts of the SIS that this run has read to their end."""
    return {part for feed in run.notes.staged if feed in set(Feed) for part in BROUGHT_BY[Feed(feed)]}


def _linked(session: Session, run: Run, kind: Kind) -> dict[tuple[str, str], int]:
    """(part of the read, building) → links of a kind, where the building is chosen."""
    rows = session.execute(for_run(run, _of_chosen_buildings, kind), keys_of(run))
    return {(told, building): number for told, building, number in rows}


def _of_chosen_buildings(run: AnyRun | Run, kind: Kind) -> Select[str, str, int]:
    chosen = select(BuildingRow.sis_id).where(
        BuildingRow.installation_id == run.installation_id,
        BuildingRow.schoology_id != "",
        TICKED[kind].is_(True),
    )
    return links.counts.by_told(run, kind, chosen)
