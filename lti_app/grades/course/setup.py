"""What the Configuration tab of a course shows: the SIS's settings, the map, and what Schoology should be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.grades.rows import category_map
from lti_app.grades.rules.make_categories import Making, make, period_now
from lti_app.grades.rules.snapshot import Snapshot
from lti_app.grades.rules.suggest import suggest
from lti_app.models import Installation, Link, SectionSettings
from lti_app.school import gradebook_json
from lti_app.school.gradebook import GradebookSettings, GradeCategory, SisCategory
from lti_app.school.reasons import Reason
from lti_app.school.records import Kind
from lti_app.store import links
from lti_app.store.district import District


@dataclass(frozen=True)
class CategoryRow:
    """A Schoology category with its match: `code` is what holds, `suggestion` what its name speaks for."""

    category: GradeCategory
    items: int
    code: str
    suggestion: str
    own: bool
    lost: bool
    """Matched with a category that the section does not have in the SIS any more."""
    left_out: bool = False
    """A person chose not to send its items."""

    @property
    def is_open(self) -> bool:
        """Whether someone still has to say where its items go."""
        return self.lost or not (self.code or self.left_out)


@dataclass(frozen=True)
class SetupView:
    """The whole tab."""

    settings: GradebookSettings | None
    snapshot: Snapshot
    offered: tuple[SisCategory, ...]
    rows: tuple[CategoryRow, ...]
    making: Making | None
    """What it takes for Schoology to have the SIS's categories, as both were read last."""
    read_at: datetime | None
    problem: Reason
    own_map: bool
    siblings: tuple[Link, ...]

    @property
    def choices(self) -> list[SisCategory]:
        """Each category of the SIS once, however many terms have a row of their own."""
        return list({each.code: each for each in self.offered}.values())

    @property
    def tells(self) -> Mapping[str, bool]:
        """Which settings the SIS tells of any category: the columns of the table."""
        weighs = self.settings is not None and not self.settings.total_points
        return {
            "weight": weighs and any(each.weight is not None for each in self.offered),
            "drop": any(each.drop_lowest is not None for each in self.offered),
            "missing": any(each.exclude_missing is not None for each in self.offered),
        }

    @property
    def mapped(self) -> int:
        """How many categories are matched."""
        return sum(1 for each in self.rows if each.code and not each.lost)

    @property
    def uncategorized(self) -> int:
        """Items without a category."""
        return self.snapshot.counts.get("", 0)

    @property
    def unmapped_items(self) -> int:
        """Items whose category is not matched, and no one chose so."""
        return sum(each.items for each in self.rows if each.is_open)

    @property
    def open(self) -> int:
        """How many categories someone still has to match."""
        return sum(1 for each in self.rows if each.is_open)


def setup_view(session: Session, row: SectionSettings, uid: str, *, for_teacher: bool = False) -> SetupView:
    """The tab of a section for a person; who acts for a teacher may set up all sections of the course."""
    snapshot = Snapshot.from_json(row.snapshot)
    settings = gradebook_json.settings(row.settings) if row.settings else None
    own = [each for each in settings.categories if each.session == snapshot.session] if settings else []
    place = (snapshot.building, snapshot.course_code)
    mapped = category_map.mapped(session, row, snapshot.categories, place)
    chosen = category_map.own_map(session, row)
    left_out = category_map.left_out(session, row, snapshot.categories)
    codes = {each.code for each in own}
    rows = [
        CategoryRow(
            category=each,
            items=snapshot.counts.get(each.id, 0),
            code=mapped.get(each.id, ""),
            suggestion=suggest(each, own),
            own=each.id in chosen,
            lost=bool(mapped.get(each.id)) and mapped[each.id] not in codes,
            left_out=each.id in left_out,
        )
        for each in snapshot.categories
    ]
    return SetupView(
        settings=settings,
        snapshot=snapshot,
        offered=tuple(own),
        rows=tuple(rows),
        making=_making(
            settings,
            snapshot,
            mapped=mapped,
            left_out=left_out,
            today=_today(District(session, row.installation_id)),
        ),
        read_at=row.read_at,
        problem=row.problem,
        own_map=row.own_map,
        siblings=tuple(siblings(session, row, "" if for_teacher else uid) if uid else ()),
    )


def _today(district: District) -> date:
    zone = district.session.scalar(select(Installation.time_zone).where(Installation.id == district.id))
    return clock.today(zone or "UTC")


def _making(
    settings: GradebookSettings | None,
    snapshot: Snapshot,
    *,
    mapped: dict[str, str],
    left_out: frozenset[str],
    today: date,
) -> Making | None:
    """How Schoology would have to be today, as far as the SIS tells."""
    if settings is None:
        return None
    return make(
        settings,
        snapshot.session,
        snapshot.grading,
        snapshot.categories,
        mapped=mapped,
        left_out=left_out,
        term=period_now(snapshot.periods, today),
    )


def is_mapped(session: Session, row: SectionSettings) -> bool:
    """Whether any category of the section is matched with one that the SIS has."""
    view = setup_view(session, row, "")
    return view.mapped > 0


def siblings(session: Session, row: SectionSettings, uid: str) -> list[Link]:
    """The other linked sections of the same course: those that this person teaches, or all without a uid."""
    district = District(session, row.installation_id)
    mine = links.read.by_schoology_id(district, Kind.SECTION, row.section_id)
    if mine is None or not mine.parent:
        return []
    if not uid:
        return links.lists.siblings(district, mine)
    person = links.read.by_schoology_id(district, Kind.USER, uid)
    return links.lists.siblings(district, mine, person=person.sis_id) if person is not None else []
