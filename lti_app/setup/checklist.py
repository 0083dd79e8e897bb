"""The steps of the set-up, and the refusal of a sync whose steps are not done."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from lti_app.models import (
    WAITING,
    ActingUser,
    BuildingRow,
    Installation,
    PrepRow,
    Side,
    SisConnection,
    TermRow,
)
from lti_app.school.outside_codes import SetupCode
from lti_app.school.reasons import Reason, Told, because
from lti_app.school.run_kinds import PLAN_STEPS, RunKind
from lti_app.setup import choices
from lti_app.setup.choices import read_options
from lti_app.setup.connection_entry import is_complete
from lti_app.setup.sis_move import MOVING
from lti_app.sis import registry
from lti_app.store import links
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
    hint: Reason
    tab: str
    optional: bool = False


class NotReady(Told):
    """A sync cannot start yet; the reason names the missing step and its tab."""

    def __init__(self, step: Step) -> None:
        missing = because(SetupCode.STEP_MISSING, step=step.title, why=step.hint)
        super().__init__(step.hint if step.key == PAUSED else missing)
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
    """Data was read in Data Prep, or its matches were confirmed once."""
    undecided: int
    """SIS records of Data Prep that are suggested, accepted but not confirmed, or need a decision."""

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
    options, prep = read_options(district), choices.data_prep_options(district)
    return _Facts(
        district.session.get_one(Installation, district.id),
        district.session.get(SisConnection, district.id),
        district.session.get(ActingUser, district.id),
        *ticks,
        terms=terms or 0,
        roles=sum(1 for role_id in options.role_ids.values() if role_id),
        prepared=prep.confirmed or prep.run_id != 0,
        undecided=_undecided(district, prep.run_id),
    )


def _undecided(district: District, run_id: int) -> int:
    linked = links.conditions.is_linked(district.id, PrepRow.kind, sis_id=PrepRow.ident)
    waiting = (PrepRow.run_id == run_id, PrepRow.side == Side.SIS, PrepRow.status.in_(WAITING))
    return district.session.scalar(select(func.count()).select_from(PrepRow).where(*waiting, ~linked)) or 0


def _outside_steps(facts: _Facts) -> list[Step]:
    api_key = Step(
        "api_key",
        "Schoology API key",
        bool(facts.installation.consumer_key and facts.installation.consumer_secret),
        because(SetupCode.STEP_API_KEY),
        "configuration",
    )
    return [
        *([] if api_key.done else [api_key]),
        Step("acting_user", "Acting User", _may_act(facts), _acting_hint(facts), "configuration"),
        Step(
            "api_access",
            "API access",
            facts.entered,
            because(SetupCode.STEP_API_ACCESS, adapter=_adapter(facts)),
            "configuration",
        ),
        Step("credentials", "Credentials", _tested(facts), _credentials_hint(facts), "configuration"),
    ]


def _adapter(facts: _Facts) -> str:
    found = registry.find(facts.connection.adapter) if facts.connection else None
    return (found or registry.first()).name


def _tested(facts: _Facts) -> bool:
    there = facts.connection
    return bool(facts.entered and there and there.checked_at and not there.problem)


def _credentials_hint(facts: _Facts) -> Reason:
    if facts.entered and facts.connection and facts.connection.problem:
        return because(SetupCode.STEP_TEST_FAILED, why=facts.connection.problem)
    waits_for_test = facts.entered and not _tested(facts)
    return because(SetupCode.STEP_NOT_TESTED if waits_for_test else SetupCode.STEP_NOT_ENTERED)


def _may_act(facts: _Facts) -> bool:
    return facts.acting_user is not None and not facts.acting_user.problem


def _acting_hint(facts: _Facts) -> Reason:
    lost = facts.acting_user is not None and facts.acting_user.problem
    return because(SetupCode.STEP_ACTING_USER_LOST if lost else SetupCode.STEP_NO_ACTING_USER)


def _mapping_steps(facts: _Facts) -> list[Step]:
    return [
        Step(
            "schools",
            "Schools",
            facts.mapped > 0,
            because(SetupCode.STEP_SCHOOLS),
            "schools",
        ),
        Step(
            "terms",
            "Terms",
            facts.terms > 0,
            because(SetupCode.STEP_TERMS),
            "terms",
        ),
        Step(
            "data_prep",
            "Data Prep",
            facts.prepared and not facts.undecided,
            because(SetupCode.STEP_DATA_PREP_WAITS, count=facts.undecided)
            if facts.undecided
            else because(SetupCode.STEP_DATA_PREP),
            "data_prep",
            optional=True,
        ),
    ]


def _choice_steps(facts: _Facts) -> list[Step]:
    people = because(SetupCode.STEP_SELECT_SCHOOLS, tab="Users")
    if facts.for_users and not facts.roles:
        people = because(SetupCode.STEP_SELECT_ROLE)
    courses, sections = (because(SetupCode.STEP_SELECT_SCHOOLS, tab=each) for each in ("Courses", "Sections"))
    confirmed = bool(facts.connection and facts.connection.preview_confirmed_at)
    return [
        Step("users", "Users", facts.for_users > 0 and facts.roles > 0, people, "users"),
        Step("courses", "Courses", facts.for_courses > 0, courses, "courses"),
        Step("sections", "Sections", facts.for_sections > 0, sections, "sections"),
        Step(
            "first_read",
            "SIS data check",
            confirmed,
            because(SetupCode.STEP_DATA_CHECK),
            "configuration",
        ),
    ]
