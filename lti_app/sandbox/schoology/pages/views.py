"""The sandbox Schoology's data as its pages and launches see it."""

from __future__ import annotations

from dataclasses import dataclass

from lti_app.sandbox.schoology.lti.claims import LaunchPerson, LaunchPlace, Membership, PersonKind
from lti_app.sandbox.schoology.objects import Course, Section, User
from lti_app.sandbox.schoology.store import PARENT, SchoologyStore


@dataclass(frozen=True)
class PersonRow:
    """A person in a list or a heading."""

    uid: int
    name: str
    name_first: str
    role: str
    kind: PersonKind
    building: str
    unique_id: str
    username: str
    email: str
    disabled: bool


@dataclass(frozen=True)
class SectionRow:
    """A section in a list or a heading."""

    id: int
    title: str
    code: str
    course_id: int
    course_title: str
    course_code: str
    building: str
    periods: list[str]
    teachers: list[str]
    size: int


def kind_of(store: SchoologyStore, user: User) -> PersonKind:
    """What a person is to a launch."""
    role = store.roles[user.role_id]
    if role.admin:
        return "admin"
    if role.id == PARENT:
        return "parent"
    return "teacher" if role.faculty else "student"


def building_title(store: SchoologyStore, building_id: int) -> str:
    """A building's name; empty for a person of the whole organization."""
    building = store.buildings.get(building_id)
    return building.title if building else ""


def person_row(store: SchoologyStore, user: User) -> PersonRow:
    """A person with the names of role and building."""
    return PersonRow(
        uid=user.uid,
        name=user.name,
        name_first=user.name_first,
        role=store.roles[user.role_id].title,
        kind=kind_of(store, user),
        building=building_title(store, user.building_id),
        unique_id=user.school_uid,
        username=user.username,
        email=user.primary_email,
        disabled=user.inactive,
    )


def section_row(store: SchoologyStore, section: Section) -> SectionRow:
    """A section with the names of course, building, grading periods and teachers."""
    course, members = store.courses[section.course_id], store.members(section.id)
    return SectionRow(
        id=section.id,
        title=section.section_title,
        code=section.section_school_code or section.section_code,
        course_id=course.id,
        course_title=course.title,
        course_code=course.course_code,
        building=building_title(store, course.building_id),
        periods=[store.grading_periods[each].title for each in section.grading_periods],
        teachers=[store.users[each.uid].name for each in members if each.admin],
        size=len(members),
    )


def find_people(store: SchoologyStore, wanted: str = "", building: int = 0, role: int = 0) -> list[User]:
    """People by text, building (main or additional) and role; last names first."""
    wanted = wanted.strip().lower()

    def fits(user: User) -> bool:
        texts = (user.name, user.username, user.primary_email, user.school_uid)
        here = not building or str(building) in (str(user.building_id), *_additional(user))
        return here and role in (0, user.role_id) and any(wanted in text.lower() for text in texts)

    found = [user for user in store.users.values() if fits(user)]
    return sorted(found, key=lambda user: (user.name_last, user.name_first, user.uid))


def _additional(user: User) -> list[str]:
    return [each.strip() for each in user.additional_buildings.split(",")]


def find_courses(
    store: SchoologyStore, wanted: str = "", building: int = 0
) -> list[tuple[Course, Section | None]]:
    """Courses with each of their sections; a course without sections is listed once."""
    wanted, found = wanted.strip().lower(), []
    for course in sorted(store.courses.values(), key=lambda each: (each.title, each.course_code)):
        if building not in (0, course.building_id):
            continue
        named = wanted in course.title.lower() or wanted in course.course_code.lower()
        sections = [store.sections[each] for each in store.sections_of_course.get(course.id, [])]
        hits: list[Section | None] = [each for each in sections if named or _is_named(each, wanted)]
        if named and not hits:
            hits = [None]
        found += [(course, section) for section in hits]
    return found


def _is_named(section: Section, wanted: str) -> bool:
    texts = (section.section_title, section.section_code, section.section_school_code)
    return any(wanted in text.lower() for text in texts)


def sections_of(store: SchoologyStore, user: User) -> list[Section]:
    """A person's sections; for a parent those of the children."""
    uids = user.child_uids if kind_of(store, user) == "parent" else {user.uid}
    ids = {section_id for uid in uids for section_id in store.sections_of_user.get(uid, ())}
    return sorted((store.sections[each] for each in ids), key=lambda each: (each.section_title, each.id))


def membership(store: SchoologyStore, section: Section, user: User) -> Membership:
    """A person's role in a section."""
    enrollment = store.enrollment(section.id, user.uid)
    if enrollment is not None:
        return "admin" if enrollment.admin else "member"
    if any(store.enrollment(section.id, child) for child in user.child_uids):
        return "observer"
    return "none"


def launch_person(store: SchoologyStore, user: User) -> LaunchPerson:
    """A person as a launch describes them."""
    return LaunchPerson(
        uid=str(user.uid),
        kind=kind_of(store, user),
        name_first=user.name_first,
        name_last=user.name_last,
        username=user.username,
        email=user.primary_email,
        unique_id=user.school_uid,
        school_id=str(store.school.id),
        building_id=str(user.building_id),
        timezone=user.tz_name,
    )


def launch_place(store: SchoologyStore, section: Section, user: User) -> LaunchPlace:
    """A section as a launch from it describes it."""
    course = store.courses[section.course_id]
    return LaunchPlace(
        section_id=str(section.id),
        course_title=course.title,
        section_title=section.section_title,
        section_code=section.section_school_code or section.section_code,
        building_id=str(course.building_id),
        membership=membership(store, section, user),
    )
