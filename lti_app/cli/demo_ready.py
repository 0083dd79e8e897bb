"""The demo's setup, done by the functions that the pages call, for whoever wants to look first.

It runs in a process with the demo's environment, before the app itself starts; the connection is stored then.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import click
from flask import Flask

from lti_app import clock
from lti_app.extensions import db
from lti_app.jobs import queue
from lti_app.lti import acting
from lti_app.models import ActingUser, Installation, Job
from lti_app.outbound.errors import OutsideError
from lti_app.runs import history
from lti_app.runs.words import sentence
from lti_app.school.gradebook import GradeCategory
from lti_app.school.job_request import JobRequest
from lti_app.school.records import Kind
from lti_app.schoology.port import Schoology
from lti_app.setup import buildings, choices, connection, roles, schoology_lists, terms
from lti_app.setup.choices import Choice
from lti_app.sis.port import Sis
from lti_app.store import audit, links
from lti_app.store.district import District
from lti_app.wiring import Wiring

ADMIN = "avery.admin"
"""The user name of the sandbox's administrator."""
INSTALLATION = 1
TABS: tuple[choices.Tab, ...] = ("users", "courses", "sections")
CATEGORIES = ("Homework", "Quizzes")
LOOKED_AT = 20
"""Courses among which one with many students is chosen."""


@dataclass
class Setup:
    """What the steps work on."""

    district: District
    wiring: Wiring
    who: audit.Nobody
    schoology: Schoology

    @property
    def sis(self) -> Sis:
        """The SIS as it is connected."""
        return self.wiring.sis(connection.read(self.district))


def prepare(app: Flask, schoology_url: str) -> None:
    """Everything that the setup steps ask for, and the first sync. Raises ClickException."""
    with app.app_context():
        wiring: Wiring = app.extensions["wiring"]
        district = District(db.session, INSTALLATION)
        try:
            setup = _claimed(district, wiring, schoology_url)
            _connected(setup)
            _schools(setup)
            _terms(setup)
            _chosen(setup)
            _synced(setup, app.extensions["runner"].run_now)
            _course(setup, schoology_url)
        except OutsideError as error:
            raise click.ClickException(str(error)) from error


def _claimed(district: District, wiring: Wiring, schoology_url: str) -> Setup:
    """The installation belongs to the sandbox's administrator, who is the Acting User."""
    installation = district.session.get_one(Installation, district.id)
    consent = wiring.consent(installation)
    nobody = wiring.schoology_with(installation, "", "")
    uid = next(row["uid"] for row in nobody.people() if row["name"] == ADMIN)
    token, secret = consent.request_token()
    _approve(schoology_url, token, uid)
    token, secret = consent.access_token(token, secret)
    schoology = wiring.schoology_with(installation, token, secret)
    me = schoology.me()
    who = audit.Nobody(me.name, me.uid)
    installation.claimed_by_uid, installation.claimed_by_name = me.uid, me.name
    installation.claimed_at, installation.setup_code_hash = clock.now(), ""
    audit.record(district, who, "Installation claimed", new=audit.account(me.uid))
    audit.record(district, who, "Acting User", new=audit.account(me.uid))
    acting.replace(
        district.session,
        ActingUser(
            installation_id=district.id,
            uid=me.uid,
            subject="",
            name=me.name,
            token=wiring.vault.seal(token),
            token_secret=wiring.vault.seal(secret),
            since=clock.now(),
            checked_at=clock.now(),
            time_zone=me.time_zone,
            problem="",
        ),
    )
    district.session.commit()
    return Setup(district, wiring, who, schoology)


def _approve(schoology_url: str, token: str, uid: str) -> None:
    """What the administrator selects in the consent window of the sandbox."""
    form = urlencode({"oauth_token": token, "person": uid, "answer": "approve"}).encode()
    with urlopen(Request(f"{schoology_url}/oauth/authorize", form), timeout=30):  # noqa: S310 - our sandbox
        pass


def _connected(setup: Setup) -> None:
    info = connection.check(setup.district, setup.sis)
    click.echo(f"  {info.product} {info.version}: {_counted(info.buildings, 'school')}")
    refusal = connection.read(setup.district).gradebook_problem
    if refusal:
        click.echo(f"  Grades are off. {refusal}")


def _schools(setup: Setup) -> None:
    """Match what the Schools tab suggests, and create the others."""
    district = setup.district
    buildings.refresh_buildings(district, setup.sis)
    schoology_lists.refresh_buildings(district, setup.schoology)
    offered = schoology_lists.buildings(district)
    found = buildings.suggestions(buildings.building_rows(district), offered)
    wanted = {sis_id: each.schoology.id for sis_id, each in found.items()}
    for row in buildings.building_rows(district):
        if row.sis_id not in wanted:
            made = setup.schoology.create_building(row.name, row.code, {})
            offered = [*offered, made]
            wanted[row.sis_id] = made.id
    schoology_lists.keep_buildings(district, offered)
    buildings.save_buildings(district, wanted, offered, who=setup.who)
    district.session.commit()


def _terms(setup: Setup) -> None:
    """Match what the Terms tab suggests, and create the others."""
    district = setup.district
    terms.refresh_terms(district, setup.sis)
    schoology_lists.refresh_grading_periods(district, setup.schoology)
    offered = schoology_lists.grading_periods(district)
    groups = terms.group_terms(terms.term_rows(district))
    wanted = dict(terms.suggested_periods(groups, offered))
    titles = terms.suggested_titles(groups, [each.title for each in offered])
    for group in groups:
        if group.key not in wanted:
            made = setup.schoology.create_grading_period(titles[group.key], group.start, group.end)
            offered = [*offered, made]
            wanted[group.key] = made.id
    schoology_lists.keep_grading_periods(district, offered)
    terms.save_terms(district, wanted, offered, who=setup.who)
    district.session.commit()


def _chosen(setup: Setup) -> None:
    """Select every school on each tab, with the roles that the Users tab suggests."""
    district = setup.district
    options = choices.read_options(district)
    known = {each.id: each.title for each in setup.schoology.roles()}
    options = replace(options, known_roles=known, with_guardians=True)
    options = replace(options, role_ids=roles.suggested(options))
    every = frozenset(row.sis_id for row in choices.mapped_buildings(district))
    for tab in TABS:
        choices.save(district, tab, Choice(every, options))
    connection.confirm_first_read(district, setup.who)
    district.session.commit()


def _synced(setup: Setup, run: Callable[[int], bool]) -> None:
    """The first sync, to its end."""
    district = setup.district
    asked = queue.enqueue(
        district,
        history.PROVISION,
        params=JobRequest(),
        trigger="manual",
        asked_by=setup.who.name,
        asked_by_uid=setup.who.uid,
    )
    district.session.commit()
    number = asked.job.id
    run(number)
    job = district.session.get_one(Job, number)
    district.session.refresh(job)
    click.echo(f"  First sync: {sentence(job.message)}")


def _course(setup: Setup, schoology_url: str) -> None:
    """Two categories in one course, so that a teacher can begin; and where it is."""
    linked = sorted(links.read.all_schoology_ids(setup.district, Kind.SECTION))[:LOOKED_AT]
    if linked:
        section_id = max(linked, key=lambda each: len(setup.schoology.seats(each)))
        made = [GradeCategory("", title) for title in CATEGORIES]
        setup.schoology.create_categories(section_id, made)
        click.echo(f"  A course to begin with: {schoology_url}/course/{section_id}/gradebook")


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def run(app: Flask, schoology_url: str) -> None:
    """As `prepare`, in a process of its own: it ends with 1 and one line where something doesn't work."""
    try:
        prepare(app, schoology_url)
    except click.ClickException as error:
        error.show()
        raise SystemExit(1) from None
