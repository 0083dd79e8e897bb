"""What every step of a run gets, and how the choices of an installation are read for the rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy.orm import Session

from lti_app.jobs.runner import Progress
from lti_app.models import BuildingRow, TermRow
from lti_app.outbound.pace import IN_FLIGHT
from lti_app.school.records import Kind, Person, Record
from lti_app.schoology.port import Schoology
from lti_app.setup.choices import read_options
from lti_app.sis.port import Sis
from lti_app.store import links
from lti_app.store.district import District
from lti_app.sync.rules import BuildingChoice, CourseFacts, RuleContext, TermChoice


@dataclass(frozen=True)
class RunContext:
    """One run's tools. `wait` sleeps the given seconds; `confirm` raises when the Acting User may not write
    any more, and is called before each round of sending; `in_flight` says how many requests are under way at
    once at the full pace, and `slowness` how many times slower the pace is at present;
    `keyed_hash` hashes a text with a secret key of the host, or says nothing."""

    session: Session
    installation_id: int
    run_id: int
    what: str
    sis: Sis
    schoology: Schoology
    progress: Progress
    today: date
    wait: Callable[[float], None]
    confirm: Callable[[], None] = lambda: None
    in_flight: int = IN_FLIGHT
    slowness: Callable[[], float] = lambda: 1.0
    keyed_hash: Callable[[str], str] = lambda _text: ""

    @property
    def room(self) -> int:
        """Requests under way at once: at a slow pace fewer keep it, and none waits for long to leave."""
        return max(1, round(self.in_flight / self.slowness()))

    def pause(self, seconds: float) -> None:
        """Wait before an attempt is repeated, and take requests for one record in the meantime."""
        self.progress.pause(seconds, self.wait)

    @property
    def district(self) -> District:
        """Whose rows these are."""
        return District(self.session, self.installation_id)


def with_accounts(district: District, known: RuleContext, page: Iterable[Record]) -> RuleContext:
    """With the unique ids of the linked people of a page; they only matter where prefixes differ."""
    if len(set(known.options.prefixes.values())) < 2:
        return known
    people = [each.key for each in page if isinstance(each, Person)]
    if not people:
        return known
    return replace(known, account_ids=links.read.natural_keys(district, Kind.USER, people))


def rule_context(
    district: District, today: date, known_role_ids: frozenset[str] = frozenset()
) -> RuleContext:
    """Mapped buildings and terms, options and the day, as the rules want them."""
    buildings = district.session.scalars(district.select(BuildingRow))
    terms = district.session.scalars(district.select(TermRow))
    return RuleContext(
        options=read_options(district),
        today=today,
        buildings={
            row.sis_id: BuildingChoice(
                name=row.name,
                code=row.code,
                schoology_id=row.schoology_id,
                for_users=row.for_users,
                for_courses=row.for_courses,
                for_sections=row.for_sections,
            )
            for row in buildings
        },
        terms={
            row.key: TermChoice(
                name=row.name,
                start=row.start,
                end=row.end,
                grading_period_id=row.grading_period_id,
                parent=row.parent,
                buildings=frozenset(row.buildings),
            )
            for row in terms
        },
        known_role_ids=known_role_ids,
        courses={
            key: CourseFacts(label, code)
            for key, _, code, label in links.read.all_facts(district, Kind.COURSE)
        },
    )
