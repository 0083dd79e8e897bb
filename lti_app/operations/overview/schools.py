"""The schools of a district at a glance: who is in them, and where something is wrong."""

from __future__ import annotations

from dataclasses import dataclass

from lti_app import clock
from lti_app.models import BuildingRow
from lti_app.operations.overview.attention import NEWS
from lti_app.school.records import Kind
from lti_app.store import links, problems
from lti_app.store.district import District


@dataclass(frozen=True)
class School:
    """A matched school; `problems` counts records, `new` those found since yesterday."""

    sis_id: str
    name: str
    people: int
    sections: int
    problems: int
    new: int


def schools(district: District) -> list[School]:
    """The matched schools, those with news first, then by the number of problems and by name."""
    rows = district.session.scalars(district.select(BuildingRow).where(BuildingRow.schoology_id != ""))
    linked = links.counts.by_building(district, Kind.USER, Kind.SECTION)
    wrong = problems.by_building(district, clock.now() - NEWS)
    found = [
        School(
            row.sis_id,
            row.name,
            linked.get((row.sis_id, Kind.USER), 0),
            linked.get((row.sis_id, Kind.SECTION), 0),
            *wrong.get(row.sis_id, (0, 0)),
        )
        for row in rows
    ]
    return sorted(found, key=lambda each: (-each.new, -each.problems, each.name.casefold()))
