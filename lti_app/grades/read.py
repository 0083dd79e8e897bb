"""Both gradebooks of a section, read whole before anything is decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from lti_app import clock
from lti_app.grades.assignments import read_assignments
from lti_app.grades.context import GradeContext
from lti_app.grades.rows.section import NoGrades, link_of
from lti_app.grades.rules.dates import Period
from lti_app.models import SyncOptions, TermRow
from lti_app.outbound.errors import NotFound
from lti_app.school.course_codes import CourseCode
from lti_app.school.gradebook import (
    Assignment,
    GradebookSettings,
    GradeCategory,
    GradedItem,
    GradeScale,
    SchoologyGrades,
    ScoresByAssignment,
    Seat,
    SectionGrading,
    SisAverage,
)
from lti_app.school.options import ProvisioningOptions
from lti_app.school.reasons import because
from lti_app.school.records import Kind, PersonGroup, SeatRole, Section
from lti_app.school.records import Seat as SisSeat
from lti_app.school.unique_ids import SOURCE_ID
from lti_app.sis.as_told import as_told
from lti_app.sis.errors import UNREADABLE, SisRejected, unproven
from lti_app.sis.port import Feed
from lti_app.store import links
from lti_app.store.terms import mapped_to


@dataclass(frozen=True)
class SisSide:
    """The SIS gradebook of the section. `people`: id in the gradebook → key of each student who is in it
    today."""

    section: Section
    course_code: str
    settings: GradebookSettings
    periods: tuple[Period, ...]
    people: Mapping[str, str]
    assignments: tuple[Assignment, ...]
    scores: ScoresByAssignment
    averages: tuple[SisAverage, ...]
    read_at: datetime | None = None
    """When its scores were asked for."""
    joined: Mapping[str, date] = field(default_factory=dict)
    """SIS id → the day from which the student belongs to it."""

    @property
    def session(self) -> int:
        """Which part of the section receives grades."""
        return self.section.session

    @property
    def roster(self) -> frozenset[str]:
        """Ids of the students who belong to the section today."""
        return frozenset(self.people)

    def assignment_of(self, item_id: str) -> Assignment | None:
        """The assignment of a Schoology item in the session that receives marks."""
        own = [each for each in self.assignments if each.item_id == item_id]
        mine = (each for each in own if each.session == self.session)
        # One of which not even the session can be read may be ours: nothing is sent beside it.
        return next(mine, next((each for each in own if each.unreadable and each.session < 0), None))


@dataclass(frozen=True)
class SchoologySide:
    """The Schoology gradebook of the section. `students`: enrollment id → SIS id, where it is known."""

    grading: SectionGrading
    categories: tuple[GradeCategory, ...]
    items: tuple[GradedItem, ...]
    seats: tuple[Seat, ...]
    students: Mapping[str, str]
    grades: SchoologyGrades
    scales: Mapping[str, GradeScale]


@dataclass(frozen=True)
class Both:
    """Everything that is needed to compare, and for the averages."""

    sis: SisSide
    schoology: SchoologySide


def read_both(context: GradeContext) -> Both:
    """Read both sides. Raises NoGrades, SisError, OutboundError."""
    context.report("reading_schoology_gradebook", 0, 0)
    schoology = read_schoology(context)
    context.report("reading_sis_gradebook", 0, 0)
    return Both(read_sis(context), schoology)


def read_schoology(context: GradeContext) -> SchoologySide:
    """The Schoology side."""
    schoology, section_id = context.schoology, context.section_id
    grading = read_grading(context)
    items = _with_audience(context, schoology.graded_items(section_id))
    seats = tuple(schoology.seats(section_id))
    scaled = any(each.scale_id for each in items)
    return SchoologySide(
        grading=grading,
        categories=tuple(schoology.grade_categories(section_id)),
        items=items,
        seats=seats,
        students=_students(context, seats),
        grades=schoology.grades(section_id) if items else SchoologyGrades(()),
        scales={each.id: each for each in schoology.grade_scales(section_id)} if scaled else {},
    )


def read_grading(context: GradeContext) -> SectionGrading:
    """How the section counts in Schoology. Raises NoGrades for one that is gone or archived."""
    try:
        grading = context.schoology.section_grading(context.section_id)
    except NotFound as error:
        raise NoGrades(because(CourseCode.GRADES_COURSE_GONE)) from error
    if grading.archived:
        raise NoGrades(because(CourseCode.GRADES_ARCHIVED))
    return grading


def _with_audience(context: GradeContext, items: Sequence[GradedItem]) -> tuple[GradedItem, ...]:
    """Items with the members of their grading groups; a group that no one knows is unreadable."""
    if not any(each.groups for each in items):
        return tuple(items)
    groups = context.schoology.grading_groups(context.section_id)
    return tuple(_grouped(each, groups) for each in items)


def _grouped(item: GradedItem, groups: Mapping[str, frozenset[str]]) -> GradedItem:
    if not item.groups:
        return item
    if any(each not in groups for each in item.groups):
        return replace(item, unreadable=(*item.unreadable, "grading group"))
    members = frozenset[str]().union(*(groups[each] for each in item.groups))
    return replace(item, assignees=(item.assignees or frozenset()) | members)


def read_sis(context: GradeContext) -> SisSide:
    """The SIS side."""
    key = link_of(context.district, context.section_id).sis_id
    settings = read_settings(context, key)
    section = read_section(context, key)
    if not section.terms:
        raise NoGrades(because(CourseCode.GRADES_WITHOUT_SESSION))
    read_at = clock.now()
    here = _seats_today(context, key)
    return SisSide(
        section=section,
        course_code=course_code(context, section),
        settings=settings,
        periods=periods_of(context, section),
        people=_people(context, here),
        assignments=read_assignments(context, key),
        scores=context.sis.scores(key),
        averages=read_averages(context, key),
        read_at=read_at,
        joined=_joined(context, here),
    )


def read_averages(context: GradeContext, key: str) -> tuple[SisAverage, ...]:
    """What the SIS calculates itself; nothing where it doesn't tell."""
    return tuple(context.sis.averages(key)) if context.capabilities.averages else ()


def read_settings(context: GradeContext, key: str) -> GradebookSettings:
    """How the SIS counts in a section. Raises NoGrades and SisError."""
    try:
        return as_told(context.sis.gradebook_settings(key), context.capabilities)
    except SisRejected as error:
        if error.code == UNREADABLE:
            why = because(CourseCode.GRADES_SETTINGS_UNREADABLE, why=error.reason)
            raise NoGrades(why) from error
        raise NoGrades(because(CourseCode.GRADES_SECTION_GONE)) from error


def read_section(context: GradeContext, key: str) -> Section:
    """The section as the SIS has it. Raises NoGrades where a whole answer lacks it, else SisError."""
    reading = context.sis.read(Feed.SECTIONS, key if context.capabilities.narrow else "")
    for page in reading:
        for record in page:
            if isinstance(record, Section) and record.key == key:
                return record
    if reading.complete() is None:
        raise unproven(Feed.SECTIONS)
    raise NoGrades(because(CourseCode.GRADES_SECTION_GONE))


def course_code(context: GradeContext, section: Section) -> str:
    """The code of the section's course."""
    return links.read.numbers(context.district, Kind.COURSE, [section.course]).get(section.course, "")


def _seats_today(context: GradeContext, key: str) -> list[SisSeat]:
    """The students who belong to the section today. Raises IncompleteRead for an answer that nothing proves
    to be whole."""
    reading = context.sis.read(Feed.SEATS, key if context.capabilities.narrow else "")
    seats = [
        each
        for page in reading
        for each in page
        if isinstance(each, SisSeat)
        and each.section == key
        and each.role == SeatRole.STUDENT
        and each.is_open(context.today)
    ]
    if reading.complete() is None:
        raise unproven(Feed.SEATS)
    return seats


def _people(context: GradeContext, seats: Sequence[SisSeat]) -> dict[str, str]:
    """Id in the gradebook → key, of students."""
    keys = (each.person for each in seats)
    return {number: person for person in keys if (number := context.sis.student_id(person))}


def _joined(context: GradeContext, seats: Sequence[SisSeat]) -> dict[str, date]:
    """Id in the gradebook → the first day of the stay under way, where the SIS tells it."""
    found: dict[str, date] = {}
    for seat in seats:
        number = context.sis.student_id(seat.person)
        began = [each.added for each in seat.ranges if each.holds(context.today) and each.added]
        if number and began:
            found[number] = min(*began, found.get(number, date.max))
    return found


def periods_of(context: GradeContext, section: Section) -> tuple[Period, ...]:
    """The terms of a section, as the administrator mapped them."""
    terms = {row.key: row for row in context.session.scalars(context.district.select(TermRow))}
    own = sorted(
        (terms[key] for key in set(section.terms) & terms.keys()), key=lambda row: (row.start, row.order)
    )
    return tuple(
        Period(row.code or row.key, row.name, row.start, row.end, mapped_to(terms, row.key, section.building))
        for row in own
    )


def _students(context: GradeContext, seats: Sequence[Seat]) -> dict[str, str]:
    """Enrollment id → id in the gradebook: by the link of the person, else by the unique id without its
    prefix, where that is the SIS id."""
    uids = [each.uid for each in seats]
    linked = links.read.sis_ids(context.district, Kind.USER, uids)
    options = _options(context)
    prefix, tells = options.id_prefixes.get(PersonGroup.STUDENT, ""), options.unique_id == SOURCE_ID
    found = {}
    for seat in seats:
        person = linked.get(seat.uid, "")
        if person:
            found[seat.enrollment_id] = context.sis.student_id(person)
        elif tells and seat.school_uid.startswith(prefix) and seat.school_uid != prefix:
            found[seat.enrollment_id] = seat.school_uid.removeprefix(prefix)
    return {enrollment_id: student for enrollment_id, student in found.items() if student}


def _options(context: GradeContext) -> ProvisioningOptions:
    row = context.session.get(SyncOptions, context.installation_id)
    return ProvisioningOptions.from_json(row.provisioning if row else {})
