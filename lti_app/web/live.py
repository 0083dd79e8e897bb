"""What the pages of live sync share: who registers, who puts back, and handing out jobs."""

from __future__ import annotations

from flask import current_app

from lti_app import clock
from lti_app.extensions import db
from lti_app.grades.context import GradeContext, policy_of
from lti_app.grades.live import restore, rows
from lti_app.grades.live.register import Registrar
from lti_app.lti import acting
from lti_app.models import Installation, RemovedAssignment, SisConnection
from lti_app.schoology.port import Schoology
from lti_app.sis.errors import SisError
from lti_app.web.access import who

Message = tuple[str, str]
NO_SIS: Message = (
    "danger",
    "The SIS does not answer at present, so nothing was changed. Try again in a few minutes.",
)


def registrar(far: Schoology) -> Registrar:
    """Who registers with Schoology for this installation."""
    wiring = current_app.extensions["wiring"]
    mine = who().installation_id
    return Registrar(db.session, mine, far, wiring.vault.seal, wiring.vault.open, wiring.settings.public_url)


def submit(*job_ids: int) -> None:
    """Have jobs run soon; 0 is none."""
    for each in job_ids:
        if each:
            current_app.extensions["runner"].submit(each)


def context_for(section_id: str) -> GradeContext | None:
    """The tools for one write to the SIS while a person waits; None when the installation may not write."""
    mine = who().installation_id
    installation = db.session.get_one(Installation, mine)
    connection = db.session.get(SisConnection, mine)
    acting_user = acting.acting_user(db.session, mine)
    if connection is None or connection.problem or acting_user is None or installation.paused_reason:
        return None
    wiring = current_app.extensions["wiring"]
    return GradeContext(
        session=db.session,
        installation_id=mine,
        section_id=section_id,
        sis=wiring.sis(connection),
        schoology=wiring.schoology(installation, acting_user),
        today=clock.today(installation.time_zone),
        zone=installation.time_zone,
        policy=policy_of(db.session, mine),
    )


def put_back(row: RemovedAssignment | None) -> Message:
    """Put a deleted assignment back with its scores. Commits what became of it."""
    mine = who().installation_id
    if row is None or row.installation_id != mine or not restore.is_restorable(row):
        return ("info", "That was put back already, or it is not kept any more: nothing was changed.")
    context = context_for(row.section_id)
    if context is None:
        return NO_SIS
    here = rows.live_section(db.session, mine, row.section_id)
    try:
        refused = restore.restore(context, here, row, who().name)
    except SisError:
        db.session.rollback()
        return NO_SIS
    if refused:
        return ("warning", f"The SIS did not take all of it back. {refused}")
    return ("success", f"{row.title} is in the SIS again with its scores. Live sync leaves it alone now.")
