"""*Update Schoology* on the Configuration tab: the SIS's categories and settings, shown first, then made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from flask import current_app, request

from lti_app import clock
from lti_app.extensions import db
from lti_app.grades.categories.ask import is_busy
from lti_app.grades.categories.plan import Planned, plan
from lti_app.grades.context import GradeContext
from lti_app.grades.rows.section import NoGrades, policy_of
from lti_app.lti import acting
from lti_app.models import Installation
from lti_app.outbound.errors import OutboundError
from lti_app.runs.history import CATEGORIES
from lti_app.runs.words import sentence
from lti_app.school.job_request import JobRequest
from lti_app.school.run_kinds import RunKind
from lti_app.setup import connection
from lti_app.sis.errors import SisError
from lti_app.vault import VaultError
from lti_app.web.access import course_member, launched, own_district, who
from lti_app.web.course import configuration, section
from lti_app.web.course.pages import blueprint
from lti_app.web.shared.ask_jobs import enqueue_for
from lti_app.web.shared.tab import Message

NOT_WRITTEN: Message = (
    "danger",
    "The app can’t reach Schoology or the SIS for your district right now, so nothing was changed. Contact "
    "your district’s administrator of this app.",
)
PAUSED: Message = (
    "warning",
    "Syncs are paused for your district, so nothing was changed. For details, ask your district’s "
    "administrator of this app.",
)
MOVED: Message = (
    "warning",
    "Nothing was changed because the settings changed in the meantime. Review the current ones below.",
)
BUSY: Message = (
    "warning",
    "Nothing was changed because another update of these categories is running. Try again in a few minutes.",
)
THERE: Message = ("info", "Schoology already matches, so nothing was changed.")
STARTED: Message = ("success", "Schoology is being updated. You can leave this page.")


@blueprint.post("/configuration/match")
@course_member
@section.linked
def match() -> str:
    """Show what Schoology would get, with each student's average; once that was confirmed, have it made."""
    allowed = [launched().section_id, *(each.schoology_id for each in configuration.shown_view().siblings)]
    shown = _confirmed(allowed)
    if shown:
        return _make(shown)
    chosen = [each for each in allowed[1:] if each in request.form.getlist("also")]
    messages = [MOVED] if "confirm" in request.form else []
    context = _context()
    if not isinstance(context, GradeContext):
        return configuration.render([context])
    try:
        planned = [_planned(context, each) for each in (allowed[0], *chosen)]
    except NoGrades as error:
        return configuration.render([("danger", sentence(error.reason))])
    except (OutboundError, SisError, VaultError):
        db.session.rollback()
        return configuration.render([NOT_WRITTEN])
    if all(each.making.is_empty for each in planned):
        return configuration.render([THERE])
    return configuration.render(messages, planned=planned)


def _confirmed(allowed: Sequence[str]) -> Mapping[str, str]:
    """Section → digest, as posted; empty where it is none of what the page offers."""
    pairs = [each.partition(":") for each in request.form.get("confirm", "").split()]
    found = {section_id: digest for section_id, _, digest in pairs if digest}
    return found if len(found) == len(pairs) and set(found) <= set(allowed) else {}


def _make(shown: Mapping[str, str]) -> str:
    installation = db.session.get_one(Installation, launched().installation_id)
    if installation.paused_reason:
        return configuration.render([PAUSED])
    if is_busy(own_district(), shown):
        db.session.rollback()
        return configuration.render([BUSY])
    here = launched()
    section.note("Schoology categories and grade settings updated to match the SIS", new=", ".join(shown))
    wanted = JobRequest(
        what=RunKind.CATEGORIES,
        course=here.section_title,
        sections=shown,
        by_teacher=not section.acts_for_teacher(),
    )
    enqueue_for(who(), CATEGORIES, wanted, lane=CATEGORIES, section_id=here.section_id)
    return configuration.render([STARTED], refreshes=True)


def _planned(context: GradeContext, section_id: str) -> Planned:
    return plan(replace(context, section_id=section_id), by_teacher=not section.acts_for_teacher())


def _context() -> GradeContext | Message:
    """What reads both gradebooks of the section, or why they can't be read."""
    district, here = own_district(), launched()
    installation = db.session.get_one(Installation, district.id)
    acting_user, stored = acting.acting_user(district), connection.read(district)
    if installation.paused_reason:
        return PAUSED
    if acting_user is None or acting_user.problem or stored.problem:
        return NOT_WRITTEN
    wiring = current_app.extensions["wiring"]
    try:
        return GradeContext(
            session=db.session,
            installation_id=district.id,
            section_id=here.section_id,
            sis=wiring.sis(stored),
            capabilities=wiring.capabilities(stored),
            schoology=wiring.schoology(installation, acting_user),
            today=clock.today(installation.time_zone),
            zone=installation.time_zone,
            account_zone=acting_user.time_zone,
            policy=policy_of(district),
        )
    except (SisError, VaultError):
        return NOT_WRITTEN
