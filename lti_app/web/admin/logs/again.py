"""Known problems: what Schoology refused, or what another one holds, waits until someone tries it again."""

from __future__ import annotations

from lti_app import formats
from lti_app.extensions import db
from lti_app.runs.words import sentence
from lti_app.school.job_request import JobRequest
from lti_app.school.run_kinds import RunKind
from lti_app.setup.checklist import NotReady, raise_if_not_ready
from lti_app.store import audit, refusals
from lti_app.web.access import acting_user_only, own_district, who
from lti_app.web.admin.logs import page
from lti_app.web.admin.tabs import blueprint
from lti_app.web.shared.ask_jobs import ask_for


@blueprint.post("/logs/try-again")
@acting_user_only
def logs_try_again() -> str:
    """Forget what is known to be refused, and queue a sync that sends it again."""
    district = own_district()
    try:
        raise_if_not_ready(district, RunKind.ALL)
    except NotReady as refusal:
        return page.render(messages=[("danger", sentence(refusal.reason))])
    number = refusals.forget_all(district)
    audit.record(district, who(), "Known problems", new=f"{formats.counted(number, 'record')} tried again")
    db.session.commit()
    return page.render(messages=[ask_for(JobRequest(what=RunKind.ALL))])
