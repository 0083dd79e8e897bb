"""The steps of the set-up, and the refusal of a sync whose steps are not done."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from lti_app.models import ActingUser, BuildingRow, Installation, SisConnection, TermRow
from lti_app.school.run_kinds import PLAN_STEPS, RunKind
from lti_app.setup import choices
from lti_app.setup.choices import read_options
from lti_app.setup.connection_entry import is_complete
from lti_app.setup.sis_move import MOVING
from lti_app.sis import registry
from lti_app.sis.description import Description
from lti_app.store.district import District

PAUSED = "paused"
"""The key of what stands in for a step while syncs are paused."""
PLAN = "plan"
"""A plan of anything, which sends nothing; what else is asked about is a RunKind."""


@dataclass(frozen=True)
class Step:
    """One step of the set-up. `hint` says how it is done; `tab` is where."""

    key: str
    title: str
    done: bool
    hint: str
    tab: str
    optional: bool = False


class NotReady(Exception):
    """A sync cannot start yet; the message names the missing step and its tab."""

    def __init__(self, step: Step) -> None:
        paused = step.key == PAUSED
        super().__init__(step.hint if paused else f"Complete the “{step.title}” step first. {step.hint}")
        self.step = step


@dataclass(frozen=True)
class _Facts:
    """Everything that the steps are judged by, in one reading."""

    installation: Installation
    connection: SisConnection | None
    acting_user: ActingUser | None
    mapped: int
    for_users: int
    for_courses: int
    for_sections: int
    terms: int
    roles: int
    prepared: bool

    @property
    def entered(self) -> bool:
        there = self.connection
        return there is not None and is_complete(there)


def steps(district: District) -> list[Step]:
    """The steps in the order in which they are best done."""
    facts = _facts(district)
    return [*_outside_steps(facts), *_mapping_steps(facts), *_choice_steps(facts)]


def next_step(todo: list[Step]) -> Step | None:
    """The first step that is neither done nor optional."""
    return next((each for each in todo if not each.done and not each.optional), None)


def raise_if_not_ready(district: District, what: str) -> None:
    """Raise NotReady with the first missing step of a sync (all, users, courses, sections) or a plan.

    A plan sends nothing, so it needs neither choices nor the confirmed first read, and may run while the
    installation is paused.
    """
    installation = district.session.get_one(Installation, district.id)
    connection = district.session.get(SisConnection, district.id)
    moves = what == RunKind.PREP and installation.paused_reason == MOVING
    if installation.paused_reason and what != PLAN and not moves:
        raise NotReady(Step(PAUSED, "Syncs are paused", False, installation.paused_reason, "configuration"))
    if what not in (PLAN, RunKind.PREP) and connection is not None and connection.move:
        raise NotReady(Step("move", "Change of SIS", False, MOVING, "configuration"))
    by_key = {each.key: each for each in steps(district)}
    for key in PLAN_STEPS if what == PLAN else RunKind(what).steps:
        step = by_key.get(key)
        if step is not None and not step.done:
            raise NotReady(step)


def _facts(district: District) -> _Facts:
    mapped = BuildingRow.schoology_id != ""
    ticks = district.session.execute(
        select(
            func.count(BuildingRow.id),
            func.count(BuildingRow.id).filter(BuildingRow.for_users),
            func.count(BuildingRow.id).filter(BuildingRow.for_courses),
            func.count(BuildingRow.id).filter(BuildingRow.for_sections),
        ).where(BuildingRow.installation_id == district.id, mapped)
    ).one()
    terms = district.session.scalar(
        select(func.count(TermRow.id)).where(
            TermRow.installation_id == district.id, TermRow.grading_period_id != ""
        )
    )
    options = read_options(district)
    return _Facts(
        district.session.get_one(Installation, district.id),
        district.session.get(SisConnection, district.id),
        district.session.get(ActingUser, district.id),
        *ticks,
        terms=terms or 0,
        roles=sum(1 for role_id in options.role_ids.values() if role_id),
        prepared=choices.data_prep_options(district).confirmed,
    )


def _outside_steps(facts: _Facts) -> list[Step]:
    api_key = Step(
        "api_key",
        "Schoology API key",
        bool(facts.installation.consumer_key and facts.installation.consumer_secret),
        "Your organization’s Schoology API key isn’t set up yet. Ask the people who host this app to add "
        "it with "
        "the command “installation set-key”.",
        "configuration",
    )
    return [
        *([] if api_key.done else [api_key]),
        Step(
            "api_access",
            "API access",
            facts.entered,
            _description(facts).capabilities.help.access,
            "configuration",
        ),
        Step("credentials", "Credentials", _tested(facts), _credentials_hint(facts), "configuration"),
        Step("acting_user", "Acting User", _may_act(facts), _acting_hint(facts), "configuration"),
    ]


def _description(facts: _Facts) -> Description:
    found = registry.find(facts.connection.adapter) if facts.connection else None
    return found or registry.first()


def _tested(facts: _Facts) -> bool:
    there = facts.connection
    return bool(facts.entered and there and there.checked_at and not there.problem)


def _credentials_hint(facts: _Facts) -> str:
    if facts.entered and facts.connection and facts.connection.problem:
        return f"The last test failed: {facts.connection.problem} Fix this on the Configuration tab."
    if facts.entered and not _tested(facts):
        return "The credentials are saved. Select Test connection on the Configuration tab."
    return "Enter and save the credentials on the Configuration tab, then test the connection."


def _may_act(facts: _Facts) -> bool:
    return facts.acting_user is not None and not facts.acting_user.problem


def _acting_hint(facts: _Facts) -> str:
    if facts.acting_user is not None and facts.acting_user.problem:
        return "The Acting User can’t sync right now. Set the Acting User again on the Configuration tab."
    return "A Schoology system administrator must select Make me the Acting User on the Configuration tab."


def _mapping_steps(facts: _Facts) -> list[Step]:
    return [
        Step(
            "schools",
            "Schools",
            facts.mapped > 0,
            "Match at least one school on the Schools tab. Schools that aren’t matched aren’t synced.",
            "schools",
        ),
        Step(
            "terms",
            "Terms",
            facts.terms > 0,
            "Match terms to grading periods on the Terms tab. Sections in unmatched terms aren’t synced.",
            "terms",
        ),
        Step(
            "data_prep",
            "Data Prep",
            facts.prepared,
            "If people, courses, or sections are already in Schoology, match them with the SIS before the "
            "first "
            "sync to avoid duplicates.",
            "data_prep",
            optional=True,
        ),
    ]


def _choice_steps(facts: _Facts) -> list[Step]:
    people = "Select schools on the Users tab."
    if facts.for_users and not facts.roles:
        people = "Choose a Schoology role for students or staff on the Users tab."
    confirmed = bool(facts.connection and facts.connection.preview_confirmed_at)
    return [
        Step("users", "Users", facts.for_users > 0 and facts.roles > 0, people, "users"),
        Step("courses", "Courses", facts.for_courses > 0, "Select schools on the Courses tab.", "courses"),
        Step(
            "sections", "Sections", facts.for_sections > 0, "Select schools on the Sections tab.", "sections"
        ),
        Step(
            "first_read",
            "SIS data check",
            confirmed,
            "Check the data from your SIS and confirm it. Open the check from the Configuration tab.",
            "configuration",
        ),
    ]
