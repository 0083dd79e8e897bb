"""What making the SIS's categories would do to one section, read from both systems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from lti_app.grades import read
from lti_app.grades.context import GradeContext
from lti_app.grades.rows import category_map
from lti_app.grades.rows.section import link_of, settings_row
from lti_app.grades.rules import marks
from lti_app.grades.rules.make_categories import Making, after, make, period_now
from lti_app.school.gradebook import (
    Grade,
    GradeCategory,
    GradedItem,
    GradeScale,
    SchoologyGrades,
    SectionGrading,
)
from lti_app.school.scores import Cell, Overall, average, schoology_cell, schoology_rules


@dataclass(frozen=True)
class StudentAverage:
    """A student's overall average in Schoology in percent, None while nothing counts."""

    name: str
    before: Decimal | None
    after: Decimal | None

    @property
    def drops(self) -> bool:
        """Whether it would be lower."""
        return self.before is not None and self.after is not None and self.after < self.before


@dataclass(frozen=True)
class Planned:
    """One section: what is there, what to do, and what it does to averages."""

    section_id: str
    section_key: str
    building: str
    label: str
    grading: SectionGrading
    categories: tuple[GradeCategory, ...]
    making: Making
    graded: bool
    """Whether the course has graded work already."""
    averages: tuple[StudentAverage, ...] = ()
    """Of every student, where settings change in a course with graded work."""


def plan(context: GradeContext, *, by_teacher: bool) -> Planned:
    """Read both sides of the section and decide. Raises NoGrades, SisError and OutboundError."""
    district, section_id = context.district, context.section_id
    grading = read.read_grading(context)
    categories = tuple(context.schoology.grade_categories(section_id))
    link = link_of(district, section_id)
    settings = read.read_settings(context, link.sis_id)
    section = read.read_section(context, link.sis_id)
    row = settings_row(district, section_id)
    place = (section.building, read.course_code(context, section))
    making = make(
        settings,
        section.session,
        grading,
        categories,
        mapped=category_map.mapped(context.session, row, categories, place),
        left_out=category_map.left_out(context.session, row, categories),
        term=period_now(read.periods_of(context, section), context.today),
    )
    found = Planned(
        section_id, link.sis_id, link.building, link.label, grading, categories, making, graded=False
    )
    context.session.commit()
    if not (making.new or making.matching.differences):
        return found
    items = context.schoology.graded_items(section_id)
    grades = context.schoology.grades(section_id) if items else SchoologyGrades(())
    if not any(each.score is not None or each.exception or each.letter for each in grades.grades):
        return found
    if not by_teacher:
        return replace(found, graded=True, making=making.without_settings())
    if not making.matching.differences:
        return replace(found, graded=True)
    return replace(found, graded=True, averages=_averages(context, found, items, grades))


def _averages(
    context: GradeContext, found: Planned, items: Sequence[GradedItem], grades: SchoologyGrades
) -> tuple[StudentAverage, ...]:
    scaled = any(each.scale_id for each in items)
    scales = {each.id: each for each in context.schoology.grade_scales(found.section_id)} if scaled else {}
    by_id = {each.id: each for each in items}
    cells: dict[str, list[Cell]] = {}
    for grade in grades.grades:
        item = by_id.get(grade.item_id)
        if item is not None:
            cell = schoology_cell(item, _in_points(grade, item, scales))
            cells.setdefault(grade.enrollment_id, []).extend([cell] if cell else [])
    now = found.categories if found.grading.weighted else [replace(e, weight=None) for e in found.categories]
    unweighted = _unweighted(cells, now, grades.averages)
    then = after(found.making, found.categories)
    students = sorted(context.schoology.seats(found.section_id), key=lambda each: each.name.casefold())
    return tuple(
        StudentAverage(
            each.name,
            average(cells.get(each.enrollment_id, []), schoology_rules(now, unweighted)),
            average(cells.get(each.enrollment_id, []), schoology_rules(then, unweighted)),
        )
        for each in students
    )


def _in_points(grade: Grade, item: GradedItem, scales: Mapping[str, GradeScale]) -> Grade:
    return replace(grade, score=marks.points(grade, item, scales)) if grade.letter else grade


def _unweighted(
    cells: Mapping[str, Sequence[Cell]],
    categories: Sequence[GradeCategory],
    reported: Mapping[str, Decimal | None],
) -> Overall:
    """What Schoology does while weights are off: sources disagree, so what it reports decides."""
    hits = {
        each: sum(
            average(own, schoology_rules(categories, each)) == reported.get(enrollment)
            for enrollment, own in cells.items()
        )
        for each in (Overall.EVEN, Overall.POINTS)
    }
    return max(hits, key=lambda each: hits[each])
