"""What a person asked for in one section, by the road of every write."""

from __future__ import annotations

from lti_app.grades import ledger as grades_ledger
from lti_app.grades.context import GradeContext
from lti_app.grades.refresh import refresh
from lti_app.grades.road.gather import Press
from lti_app.grades.road.travel import Travelled, travel
from lti_app.grades.rules.decide import Wish
from lti_app.school.job_request import JobRequest


def press_of(request: JobRequest) -> Press:
    """What a job asks for."""
    shown = None
    if request.shown is not None:
        shown = {
            (item, student): text
            for item, scores in request.shown.items()
            for student, text in scores.items()
        }
    wish = Wish(frozenset(request.items), request.failed_only, request.approved_only, shown=shown)
    return Press(wish, frozenset(request.remove), request.let_go)


def push(context: GradeContext, job_id: int, press: Press) -> Travelled:
    """Read both sides and deal with what was asked for, in a run of the job; it may be repeated and resumed.

    Raises NoGrades, SisError and OutboundError, with what was done until then kept, and whatever
    `context.report` and `context.hold` raise. The run stays open then.
    """
    grades_ledger.open_run(context.district, job_id)
    context.save()
    return travel(context, job_id, refresh(context, sends=True), press)
