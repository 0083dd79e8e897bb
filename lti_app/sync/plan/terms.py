"""What is wrong with the calendar, in the plan: rows that can't be used, and sections in a grading period
that Schoology lost."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_app.models import Action, Change, ChangeState, Run, Staged, StagedState
from lti_app.school.desired import grading_periods_of
from lti_app.school.ending_codes import EndingCode
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import Reason, because, encoded
from lti_app.school.records import Kind
from lti_app.store import links
from lti_app.store.bulk import AT_ONCE, insert_rows
from lti_app.sync.changes import TARGET

TERM = "term"
"""The kind of a line on a row of the SIS's terms."""


def block_sections(session: Session, run: Run) -> None:
    """Block new sections that would go into a grading period which Schoology doesn't have. The caller
    commits."""
    lost: dict[str, str] = run.counts.get("lost_periods", {})
    if not lost:
        return
    linked = links.conditions.is_linked(run.installation_id, Kind.SECTION, sis_id=Staged.sis_id)
    rows = session.scalars(
        select(Staged)
        .where(Staged.run_id == run.id, Staged.kind == Kind.SECTION, Staged.state == StagedState.OK, ~linked)
        .execution_options(yield_per=AT_ONCE)
    )
    for row in rows:
        gone = sorted(lost[each] for each in grading_periods_of(row.payload) if each in lost)
        if gone:
            row.state = StagedState.BLOCKED
            row.reason = because(EndingCode.PERIODS_LOST, count=1, titles=f"“{gone[0]}”")
    session.flush()


def add_lines(session: Session, run: Run) -> None:
    """One blocked line for each row of the terms that can't be used. The caller commits."""
    last = session.scalar(select(func.max(Change.seq)).where(Change.run_id == run.id)) or 0
    rows = []
    for seq, (key, reason) in enumerate(run.counts.get("bad_terms", []), start=last + 1):
        values: dict[str, Any] = dict.fromkeys(TARGET, "")
        why = because(Code.ROW_UNREADABLE, text=Reason.from_json(reason))
        values |= {
            "installation_id": run.installation_id,
            "run_id": run.id,
            "seq": seq,
            "kind": TERM,
            "action": str(Action.BLOCK),
            "sis_id": key or f"row {seq - last}",
            "state": str(ChangeState.BLOCKED),
            "batch": 0,
            "reason_code": why.code,
            "reason_values": encoded(why.values),
        }
        rows.append(tuple(values[name] for name in TARGET))
    if rows:
        insert_rows(session, "change", TARGET, rows)
