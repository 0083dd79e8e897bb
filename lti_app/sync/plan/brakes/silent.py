"""Buildings of which a feed brought no row though links stand there: nothing is dropped there."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.models import BuildingRow, Run, Scope
from lti_app.school.records import Kind
from lti_app.school.run_kinds import RunKind
from lti_app.store import links
from lti_app.store.district import District

TICKED = {
    Kind.USER: BuildingRow.for_users,
    Kind.PARENT_LINK: BuildingRow.for_users,
    Kind.COURSE: BuildingRow.for_courses,
    Kind.SECTION: BuildingRow.for_sections,
    Kind.ENROLLMENT: BuildingRow.for_sections,
}


def silent_buildings(session: Session, run: Run) -> list[dict[str, Any]]:
    """Of the feeds that this run has read, in the buildings that are mapped and ticked for them."""
    read = set(run.notes.staged)
    came = {
        (feed, building)
        for feed, building in session.execute(
            select(Scope.kind, Scope.building).where(Scope.run_id == run.id, Scope.complete.is_(True))
        )
    }
    return [
        {"feed": feed, "kind": kind, "building": building, "links": number}
        for kind in RunKind(run.what).kinds
        for (feed, building), number in sorted(_linked(session, run, kind).items())
        if feed in read and (feed, building) not in came
    ]


def _linked(session: Session, run: Run, kind: Kind) -> dict[tuple[str, str], int]:
    """(feed, building) → links of a kind, where the building is chosen."""
    chosen = select(BuildingRow.sis_id).where(
        BuildingRow.installation_id == run.installation_id,
        BuildingRow.schoology_id != "",
        TICKED[kind].is_(True),
    )
    return links.counts.by_feed(District(session, run.installation_id), kind, chosen)
