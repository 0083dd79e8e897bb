"""What a run could not bring into Schoology, kept from run to run with the moment since which it lasts."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from lti_app.models import Change, ChangeState, Run
from lti_app.school.reasons import Reason, main_code
from lti_app.school.run_kinds import RunKind
from lti_app.store import problems
from lti_app.store.bulk import AT_ONCE
from lti_app.store.district import District
from lti_app.store.problems import Found
from lti_app.sync.plan.terms import TERM

WRONG = (ChangeState.FAILED, ChangeState.BLOCKED)


def gather(district: District, run: Run) -> None:
    """Keep what a finished run found wrong, and forget what is over. The caller commits."""
    kinds = RunKind(run.what).kinds
    if run.plan_only or not (kinds or run.what == RunKind.ONE):
        return
    problems.note(district, run.id, list(_found(district, run)))
    if kinds:
        silent = {str(each["building"]) for each in run.counts.get("silent", [])}
        read = [*map(str, kinds), *([TERM] if run.what == RunKind.ALL else [])]
        problems.forget_others(district, run.id, read, silent=silent)
    elif run.notes.only:
        problems.forget_one(district, run.id, run.notes.only["kind"], run.notes.only["sis_id"])


def _found(district: District, run: Run) -> Iterator[Found]:
    columns = (Change.kind, Change.sis_id, Change.reason_code, Change.reason_values)
    lines = district.session.execute(
        select(*columns, Change.role, Change.person, Change.building)
        .where(Change.run_id == run.id, Change.state.in_(WRONG))
        .order_by(Change.seq)
        .execution_options(yield_per=AT_ONCE)
    )
    for kind, sis_id, code, values, *where in lines:
        yield Found(kind, sis_id, main_code(Reason(code, values)), *where)
