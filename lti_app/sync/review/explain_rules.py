"""Which settings apply to a record, for *Why?*: each in a sentence, and whether it stops the record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lti_app.models import Link, LinkState, Staged
from lti_app.runs.words.kinds import PEOPLE
from lti_app.school.desired import grading_periods_of
from lti_app.school.records import Kind, PersonGroup
from lti_app.store import links
from lti_app.store.district import District
from lti_app.sync.rules import RuleContext

ROLES = {PersonGroup.STUDENT: ("student",), PersonGroup.STAFF: ("teacher", "staff")}
"""Group → roles that its people may have; contacts are guardians."""


@dataclass(frozen=True)
class Rule:
    """One setting that applied to a record, in a sentence; `fine` when it lets the record through."""

    text: str
    fine: bool


@dataclass(frozen=True)
class Record:
    """What is asked about: its place, as it was read, and as it is linked."""

    kind: Kind
    sis_id: str
    building: str
    staged: Staged | None
    link: Link | None


def rules_of(district: District, record: Record, known: RuleContext) -> list[Rule]:
    """Every setting that applies, those of its building first."""
    choice = known.buildings.get(record.building)
    if record.kind == Kind.COURSE and not record.building:
        shared = Rule("This record belongs to several schools, or to the district.", True)
        return [shared, *_own(district, record, known)]
    if choice is None:
        where = record.building or "(none)"
        return [Rule(f"The SIS school {where} isn’t listed. Refresh the data on the Schools tab.", False)]
    mapped = bool(choice.schoology_id)
    tab, ticked = {
        Kind.USER: ("Users", choice.for_users),
        Kind.PARENT_LINK: ("Users", choice.for_users),
        Kind.COURSE: ("Courses", choice.for_courses),
    }.get(record.kind, ("Sections", choice.for_sections))
    return [
        Rule(f"{choice.name} is {'matched' if mapped else 'not matched'} on the Schools tab.", mapped),
        Rule(f"{choice.name} is {'selected' if ticked else 'not selected'} on the {tab} tab.", ticked),
        *_own(district, record, known),
    ]


def _own(district: District, record: Record, known: RuleContext) -> Iterator[Rule]:
    match record.kind:
        case Kind.USER:
            yield from _person(record, known)
        case Kind.COURSE:
            yield Rule(
                (f"Course codes use the template {known.options.course_code_template} (Courses tab)."), True
            )
        case Kind.SECTION:
            yield from _section(district, record, known)
        case Kind.ENROLLMENT:
            person = record.staged.person if record.staged else record.link.person if record.link else ""
            yield _linked(district, Kind.USER, person, what="The person")
            yield _linked(district, Kind.SECTION, _parent(record), what="The section")


def _person(record: Record, known: RuleContext) -> Iterator[Rule]:
    options = known.options
    group = record.staged.role if record.staged else record.link.role if record.link else ""
    name, on = {
        str(PersonGroup.STUDENT): ("Students", options.with_students),
        str(PersonGroup.STAFF): ("Teachers and other staff", options.with_staff),
    }.get(group, ("Parents", options.with_guardians))
    yield Rule(f"{name} {'are' if on else 'aren’t'} selected on the Users tab.", on)
    for role in ROLES.get(PersonGroup(group or PersonGroup.CONTACT), ("guardian",)):
        chosen = bool(options.role_ids.get(role))
        said = f"A Schoology role is selected for {PEOPLE[role]} on the Users tab."
        missing = f"No Schoology role is selected for {PEOPLE[role]}. Select one on the Users tab."
        yield Rule(said if chosen else missing, chosen)


def _section(district: District, record: Record, known: RuleContext) -> Iterator[Rule]:
    yield _linked(district, Kind.COURSE, _parent(record), what="Its course")
    text = record.staged.payload if record.staged else record.link.payload if record.link else ""
    periods = grading_periods_of(text)
    open_ones = [
        each for each in known.terms.values() if each.grading_period_id in periods and each.end >= known.today
    ]
    if periods:
        names = ", ".join(dict.fromkeys(each.name for each in open_ones))
        said = f"Current and upcoming terms matched: {names}." if names else "All of its terms have ended."
        yield Rule(said, bool(names))


def _parent(record: Record) -> str:
    return record.staged.parent if record.staged else record.link.parent if record.link else ""


def _linked(district: District, kind: Kind, sis_id: str, *, what: str) -> Rule:
    link = links.read.one(district, kind, sis_id) if sis_id else None
    there = link is not None and link.state in LinkState.in_use()
    return Rule(f"{what} {'is linked to Schoology' if there else 'is not in Schoology yet'}.", there)
