"""Names behind the ids that payloads hold, for pages and downloads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lti_app.models import BuildingRow, Change, TermRow
from lti_app.runs.record_names import record_name
from lti_app.school.records import JOINING, Kind
from lti_app.setup.choices import read_options
from lti_app.store import links
from lti_app.store.district import District


@dataclass(frozen=True)
class Names:
    """Schoology ids as names, field by field; an id without a name is shown as it is."""

    roles: Mapping[str, str] = field(default_factory=dict)
    buildings: Mapping[str, str] = field(default_factory=dict)
    grading_periods: Mapping[str, str] = field(default_factory=dict)
    sis_buildings: Mapping[str, str] = field(default_factory=dict)
    """SIS building id → name."""

    def of(self, name: str, value: str) -> str:
        """The name behind an id in a payload field of this name."""
        known = {
            "role_id": self.roles,
            "building_id": self.buildings,
            "additional_building_ids": self.buildings,
            "grading_period_ids": self.grading_periods,
        }
        return known.get(name, {}).get(value, value)


def names(district: District) -> Names:
    """Every name that the installation knows."""
    buildings = district.session.scalars(district.select(BuildingRow)).all()
    terms = district.session.execute(
        district.select(TermRow.grading_period_id, TermRow.grading_period_title)
        .where(TermRow.grading_period_id != "")
        .distinct()
    )
    return Names(
        roles=read_options(district).known_roles,
        buildings={row.schoology_id: row.schoology_name or row.name for row in buildings if row.schoology_id},
        grading_periods={key: title for key, title in terms if title},
        sis_buildings={row.sis_id: row.name for row in buildings},
    )


def labels(district: District, changes: Sequence[Change]) -> dict[int, str]:
    """Change id → “person in section” or “parent of student”, for the lines that join two records."""
    joining = [each for each in changes if each.kind in JOINING]
    people = {each.person for each in joining} | {
        each.parent for each in joining if each.kind == Kind.PARENT_LINK
    }
    sections = {each.parent for each in joining if each.kind == Kind.ENROLLMENT}
    person_names = links.read.labels(district, Kind.USER, people)
    section_names = links.read.labels(district, Kind.SECTION, sections)
    found = {}
    for each in joining:
        person = person_names.get(each.person) or record_name(each.person)
        if each.kind == Kind.ENROLLMENT:
            found[each.id] = f"{person} in {section_names.get(each.parent, each.parent)}"
        else:
            found[each.id] = f"{person_names.get(each.parent) or record_name(each.parent)} of {person}"
    return found
