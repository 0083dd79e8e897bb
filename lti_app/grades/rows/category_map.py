"""The category map of a section: a person's own, one taken over by title, or what the district prepared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from lti_app.grades.rows.section import policy_of, settings_row
from lti_app.models import CategoryMap, SectionSettings
from lti_app.school.grade_policy import fold
from lti_app.school.gradebook import GradeCategory
from lti_app.store.district import District

TITLES = "titles"


def mapped(
    session: Session, row: SectionSettings, categories: Iterable[GradeCategory], course: tuple[str, str]
) -> dict[str, str]:
    """Schoology category id → SIS code, for those that are matched. `course` is (building, course code)."""
    prepared = policy_of(District(session, row.installation_id)).template(*course)
    return chosen(categories, own_map(session, row), prepared, row)


def chosen(
    categories: Iterable[GradeCategory],
    own: Mapping[str, str],
    template: Mapping[str, str],
    row: SectionSettings,
) -> dict[str, str]:
    """The same out of what was loaded before: a person's own choice goes before what was prepared."""
    prepared = {**template, **row.learned.get(TITLES, {})}
    found = {each.id: own.get(each.id, prepared.get(fold(each.title), "")) for each in categories}
    return {category_id: code for category_id, code in found.items() if code}


def left_out(session: Session, row: SectionSettings, categories: Iterable[GradeCategory]) -> frozenset[str]:
    """The categories of which a person chose to send nothing."""
    own, titles = own_map(session, row), row.learned.get(TITLES, {})
    return frozenset(each.id for each in categories if own.get(each.id, titles.get(fold(each.title))) == "")


def own_map(session: Session, row: SectionSettings) -> dict[str, str]:
    """What people chose for this very section; an empty code is a choice too."""
    rows = session.execute(
        select(CategoryMap.category_id, CategoryMap.sis_category).where(
            CategoryMap.installation_id == row.installation_id, CategoryMap.section_id == row.section_id
        )
    )
    return {category_id: code for category_id, code in rows}


def save(session: Session, row: SectionSettings, codes: Mapping[str, str]) -> None:
    """Keep a person's choice for every category of the section. The caller commits."""
    session.execute(
        delete(CategoryMap).where(
            CategoryMap.installation_id == row.installation_id, CategoryMap.section_id == row.section_id
        )
    )
    for category_id, code in codes.items():
        session.add(
            CategoryMap(
                installation_id=row.installation_id,
                section_id=row.section_id,
                category_id=category_id,
                sis_category=code,
            )
        )
    row.own_map = True


def take_over(district: District, section_ids: Iterable[str], titles: Mapping[str, str]) -> None:
    """Use a map by title in other sections, over what they had. The caller commits."""
    folded = {fold(title): code for title, code in titles.items()}
    for section_id in section_ids:
        row = settings_row(district, section_id)
        district.session.execute(district.delete(CategoryMap).where(CategoryMap.section_id == section_id))
        row.learned = {**row.learned, TITLES: folded}
        row.own_map = True


def add(district: District, section_id: str, category_id: str, code: str) -> None:
    """Match one category more, beside those that are matched. The caller commits."""
    forget(district, section_id, category_id)
    row = CategoryMap(
        installation_id=district.id, section_id=section_id, category_id=category_id, sis_category=code
    )
    district.session.add(row)


def forget(district: District, section_id: str, category_id: str) -> None:
    """Forget the match of a category that is gone. The caller commits."""
    mine = (CategoryMap.section_id == section_id, CategoryMap.category_id == category_id)
    district.session.execute(district.delete(CategoryMap).where(*mine))
