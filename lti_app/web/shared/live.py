"""What the pages of live sync share: who registers with Schoology, and putting back."""

from __future__ import annotations

from collections.abc import Sequence

from flask import current_app, request

from lti_app.extensions import db
from lti_app.grades import wishes
from lti_app.grades.live import view
from lti_app.grades.live.registration import Registrar
from lti_app.grades.rows import removed
from lti_app.grades.wishes import Asker
from lti_app.models import RemovedAssignment
from lti_app.school.job_request import JobRequest
from lti_app.schoology.port import Schoology
from lti_app.web.access import own_district, who
from lti_app.web.shared.ask_jobs import submit

Message = tuple[str, str]
MOVED: Message = (
    "warning",
    "Nothing was changed: what is on hold has changed since this page was shown. Look at it, then decide "
    "again.",
)
GOING: Message = ("success", "They are being carried out in the SIS. Each can be put back for 30 days.")


def registrar(schoology: Schoology) -> Registrar:
    """Who registers with Schoology for this installation."""
    wiring = current_app.extensions["wiring"]
    district = own_district()
    return Registrar(
        db.session, district.id, schoology, wiring.vault.seal, wiring.vault.open, wiring.settings.public_url
    )


def chosen(section_id: str = "") -> list[RemovedAssignment]:
    """The deleted assignments that a form names and that can still be put back, of one section or of any."""
    wanted = set(request.form.getlist("removed", type=int))
    return [each for each in removed.restorable(own_district(), section_id) if each.id in wanted]


def restore(rows: Sequence[RemovedAssignment]) -> Message:
    """Have deleted assignments of one course put back with their scores, in a job of it. Commits."""
    district, person = own_district(), who()
    if not rows:
        return ("info", "That was put back already, or it is not kept any more: nothing was changed.")
    section_id = rows[0].section_id
    mine = [each for each in rows if each.section_id == section_id]
    wanted = JobRequest(
        course=view.label_of(district, section_id), put_back_assignments=tuple(each.id for each in mine)
    )
    asked = wishes.ask(district, section_id, wanted, Asker(person.name, person.uid))
    submit(asked.job_id)
    if asked.follows:
        return ("success", "A sync of this course is running. Putting back follows it automatically.")
    what = mine[0].title if len(mine) == 1 else f"{len(mine)} assignments"
    return ("success", f"{what}: being put back in the SIS with scores. Live sync then leaves them alone.")
