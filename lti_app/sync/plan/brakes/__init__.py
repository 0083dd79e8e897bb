"""Brakes: what in a plan is too much to do without a person's word.

A tripped brake holds the lines it concerns and nothing else; the safe parts of the plan go on.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import date

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from lti_app.models import Change, Run
from lti_app.school.limits import Limits
from lti_app.school.run_kinds import RunKind
from lti_app.sync.plan.brakes.courses import hold_courses
from lti_app.sync.plan.brakes.dependents import hold_dependents
from lti_app.sync.plan.brakes.families import judge_parents
from lti_app.sync.plan.brakes.lines import Trip
from lti_app.sync.plan.brakes.people import hold_admin_roles, hold_people_already_there, hold_shared_numbers
from lti_app.sync.plan.brakes.regenerated import hold_regenerated
from lti_app.sync.plan.brakes.sections import hold_last_teachers, judge_sections
from lti_app.sync.plan.brakes.shares import judge_drops, judge_leaving, judge_updates
from lti_app.sync.plan.brakes.silent import silent_buildings, unjudged


def judge(
    session: Session,
    run: Run,
    limits: Limits,
    *,
    today: date,
    admin_roles: Collection[str] = (),
    present_roles: Mapping[str, str] | None = None,
) -> None:
    """Hold what trips a brake; the trips and the silent buildings are kept in the run's counts.

    `admin_roles` are the ids of Schoology's roles of system administrators; `present_roles` what Schoology
    said just now of the users whose role would be sent, by their ids there. The caller commits.
    """
    trips: list[Trip] = []
    if _has_lines(session, run):
        roles = present_roles or {}
        trips = _held(session, run, limits, today=today, admin_roles=admin_roles, present_roles=roles)
    silent = silent_buildings(session, run)
    run.counts = {**run.counts, "trips": [asdict(each) for each in trips], "silent": silent}
    if run.what != RunKind.ONE and (lost := unjudged(session, run, silent)):
        run.counts = {**run.counts, "unjudged": lost}


def _has_lines(session: Session, run: Run) -> bool:
    return bool(session.scalar(select(exists().where(Change.run_id == run.id))))


def _held(
    session: Session,
    run: Run,
    limits: Limits,
    *,
    today: date,
    admin_roles: Collection[str],
    present_roles: Mapping[str, str],
) -> list[Trip]:
    trips = [*hold_regenerated(session, run), *hold_courses(session, run)]
    if run.what != RunKind.ONE:  # one record is no share of anything, and someone asked for it
        trips += judge_drops(session, run, limits)
        trips += judge_leaving(session, run, limits, today)
        trips += judge_updates(session, run, limits)
    trips += judge_sections(session, run, limits)
    trips += judge_parents(session, run, limits)
    trips += hold_admin_roles(session, run, admin_roles, present_roles)
    trips += hold_people_already_there(session, run)
    trips += hold_shared_numbers(session, run)
    hold_dependents(session, run)
    return trips + hold_last_teachers(session, run)
