"""What administrators see of all courses: which are not configured, and their codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.grades.rows import category_map
from lti_app.grades.rows.section import policy_of
from lti_app.grades.rules.snapshot import Snapshot
from lti_app.models import CategoryMap, SectionSettings
from lti_app.school.records import Kind
from lti_app.store import links
from lti_app.store.district import District

NOT_OPENED, NOT_MATCHED = "not_opened", "not_matched"


@dataclass(frozen=True)
class OpenCourse:
    """A linked section whose grades cannot be sent yet, and what is missing."""

    section_id: str
    sis_id: str
    label: str
    building: str
    course: str
    why: str
    prepared: bool
    """Whether a template holds for it, so that only its teacher's first sync is missing."""


def not_configured(district: District, templates: Mapping[tuple[str, str], bool]) -> list[OpenCourse]:
    """Every linked section without a match for any of its categories, by building and name.

    `templates` says for (building, course code) whether a template holds.
    """
    rows = {row.section_id: row for row in district.session.scalars(district.select(SectionSettings))}
    matched = _Matched(district.session, district.id)
    codes = {key: code for key, _, code, _ in links.read.all_facts(district, Kind.COURSE)}
    found = []
    for link in links.lists.sections(district):
        row = rows.get(link.schoology_id)
        if row is not None and matched.has(row):
            continue
        course = codes.get(link.parent, "")
        places = ((link.building, course), (link.building, ""), ("", course), ("", ""))
        prepared = any(templates.get(each) for each in places) or bool(
            row and any(row.learned.get(category_map.TITLES, {}).values())
        )
        why = NOT_OPENED if row is None or row.looked_at is None else NOT_MATCHED
        found.append(
            OpenCourse(
                link.schoology_id, link.sis_id, link.label, link.building, course, why=why, prepared=prepared
            )
        )
    return found


def configured(district: District) -> int:
    """How many sections that someone has opened have a match for one of their categories."""
    matched = _Matched(district.session, district.id)
    return sum(matched.has(row) for row in district.session.scalars(district.select(SectionSettings)))


class _Matched:
    """Which sections have a category that is matched with one that the SIS had, with one query for all."""

    def __init__(self, session: Session, installation_id: int) -> None:
        self._policy = policy_of(District(session, installation_id))
        self._own: dict[str, dict[str, str]] = {}
        for each in session.scalars(
            select(CategoryMap).where(CategoryMap.installation_id == installation_id)
        ):
            self._own.setdefault(each.section_id, {})[each.category_id] = each.sis_category

    def has(self, row: SectionSettings) -> bool:
        snapshot = Snapshot.from_json(row.snapshot)
        place, own = (snapshot.building, snapshot.course_code), self._own.get(row.section_id, {})
        codes = category_map.chosen(snapshot.categories, own, self._policy.template(*place), row).values()
        return not {each["code"] for each in row.settings.get("categories", [])}.isdisjoint(codes)


def course_codes(district: District) -> list[tuple[str, str, str]]:
    """(building, course code, title) of every linked course; no building for one of several schools."""
    facts = links.read.all_facts(district, Kind.COURSE)
    return [(building, code, title) for _, building, code, title in facts]
