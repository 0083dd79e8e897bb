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
from lti_app.web.shared.numbers import whole

Message = tuple[str, str]
MOVED: Message = (
    "warning",
    "Nothing was changed because the changes on hold are different from the ones you reviewed. Review them, "
    "then decide again.",
)
GOING: Message = ("success", "Sending these changes to the SIS. You can restore each one for 30 days.")


def registrar(schoology: Schoology) -> Registrar:
    """Who registers with Schoology for this installation."""
    wiring = current_app.extensions["wiring"]
    district = own_district()
    return Registrar(
        db.session, district.id, schoology, wiring.vault.seal, wiring.vault.open, wiring.settings.public_url
    )


def chosen(section_id: str = "") -> list[RemovedAssignment]:
    """The deleted assignments that a form names and that can still be put back, of one section or of any."""
    wanted = set(request.form.getlist("removed", type=whole))
    return [each for each in removed.restorable(own_district(), section_id) if each.id in wanted]


def restore(rows: Sequence[RemovedAssignment]) -> Message:
    """Have deleted assignments of one course put back with their scores, in a job of it. Commits."""
    district, person = own_district(), who()
    if not rows:
        return ("info", "This was already restored or is no longer kept, so nothing was changed.")
    section_id = rows[0].section_id
    mine = [each for each in rows if each.section_id == section_id]
    wanted = JobRequest(
        course=view.label_of(district, section_id), put_back_assignments=tuple(each.id for each in mine)
    )
    asked = wishes.ask(district, section_id, wanted, Asker(person.name, person.uid))
    submit(asked.job_id)
    if asked.follows:
        return ("success", "A sync of this course is running. The restore follows automatically.")
    what = f"“{mine[0].title}”" if len(mine) == 1 else f"{len(mine)} assignments"
    return ("success", f"Restoring {what} in the SIS with scores. Live sync won’t change them after that.")
