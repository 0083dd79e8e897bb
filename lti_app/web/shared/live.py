"""What the pages of live sync share: who registers with Schoology, and putting back."""

from __future__ import annotations

from flask import current_app

from lti_app.extensions import db
from lti_app.grades.context import LANE
from lti_app.grades.live import view
from lti_app.grades.live.registration import Registrar
from lti_app.grades.rows import removed
from lti_app.models import RemovedAssignment
from lti_app.school.job_request import JobRequest
from lti_app.school.run_kinds import RunKind
from lti_app.schoology.port import Schoology
from lti_app.web.access import own_district, who
from lti_app.web.shared.ask_jobs import enqueue_for

Message = tuple[str, str]


def registrar(schoology: Schoology) -> Registrar:
    """Who registers with Schoology for this installation."""
    wiring = current_app.extensions["wiring"]
    district = own_district()
    return Registrar(
        db.session, district.id, schoology, wiring.vault.seal, wiring.vault.open, wiring.settings.public_url
    )


def restore(row: RemovedAssignment | None) -> Message:
    """Have a deleted assignment put back with its scores, in a job of its course. Commits."""
    district = own_district()
    if row is None or row.installation_id != district.id or not removed.is_restorable(row):
        return ("info", "This was already restored or is no longer kept, so nothing was changed.")
    title, course = row.title, view.label_of(district, row.section_id)
    request = JobRequest(what=RunKind.GRADES, course=course, put_back_assignment=row.id)
    asked = enqueue_for(who(), LANE, request, lane=LANE, section_id=row.section_id)
    if asked.joined:
        return ("info", "A sync of this course is queued or running. Try again when it’s done.")
    return (
        "success",
        f"Restoring “{title}” in the SIS with its scores. Live sync won’t change it after that.",
    )
