"""After a crash or a lost answer: find out what became of changes that were sent.

A create is looked up by its natural key. What is there and reads as we sent it is ours; what is there and
reads otherwise was there before. Updates and drops can simply be sent again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, literal_column, select, update
from sqlalchemy.orm import Session

from lti_app.models import Action, Change, ChangeState, Run
from lti_app.school.records import Kind
from lti_app.schoology.port import BULK, Found, Outcome, Schoology
from lti_app.sync.batches import make_batches
from lti_app.sync.outcomes import write_outcomes

SENT: ColumnElement[str] = literal_column(f"'{ChangeState.SENT}'")
"""Spelled out, so that the databases can use the index of sent changes."""


def resolve_sent(session: Session, schoology: Schoology, installation_id: int, run_id: int) -> int:
    """Settle every change of the installation that was sent and has no outcome. Returns how many.

    Changes that did not happen go back to planned when they belong to this run, and are discarded when an
    older run left them behind: its successor plans afresh. Commits after each batch.
    """
    settled = 0
    while True:
        sent = _next_sent(session, installation_id)
        if not sent:
            return settled
        if sent[0].action == Action.CREATE:
            _resolve_creates(session, schoology, installation_id, run_id, sent=sent)
        else:
            for change in sent:
                _put_back(change, run_id)
        session.commit()
        settled += len(sent)


def find_again(session: Session, schoology: Schoology, run: Run) -> None:
    """Look up every create of a plan before anything is sent: after a restored backup most of it is there.

    What is there and reads as planned is linked; the caller discards the rest.
    """
    session.execute(
        update(Change)
        .where(
            Change.run_id == run.id,
            Change.action == Action.CREATE,
            Change.state.in_((ChangeState.PLANNED, ChangeState.HELD)),
        )
        .values(state=ChangeState.SENT)
        .execution_options(synchronize_session=False)
    )
    session.commit()
    resolve_sent(session, schoology, run.installation_id, run.id)


def _next_sent(session: Session, installation_id: int) -> list[Change]:
    query = (
        select(Change)
        .where(Change.installation_id == installation_id, Change.state == SENT)
        .order_by(Change.run_id, Change.seq)
        .limit(BULK)
    )
    rows = list(session.scalars(query))
    return [row for row in rows if (row.kind, row.action) == (rows[0].kind, rows[0].action)]


def _resolve_creates(
    session: Session, schoology: Schoology, installation_id: int, run_id: int, *, sent: Sequence[Change]
) -> None:
    batches, unresolved = make_batches(session, installation_id, sent)
    for change, _ in unresolved:
        _put_back(change, run_id)
    for batch in batches:
        if batch.kind == Kind.PARENT_LINK:
            for change in batch.changes:
                _put_back(change, run_id)
            continue
        found = schoology.find(batch.kind, batch.items)
        for change, there in zip(batch.changes, found, strict=True):
            if there is None:
                _put_back(change, run_id)
            else:
                write_outcomes(session, installation_id, [(change, _judge(change, there))])


def _judge(change: Change, there: Found) -> Outcome:
    words = "Found by look-up after an answer was lost."
    if agrees(json.loads(change.after), there.fields):
        return Outcome(ok=True, schoology_id=there.schoology_id, words=words)
    return Outcome(ok=False, schoology_id=there.schoology_id, words=words, conflict=True)


def agrees(sent: Mapping[str, Any], there: Mapping[str, Any]) -> bool:
    """Whether every field that Schoology gives back reads as it was sent."""
    return all(
        str(value or "") == str(there.get(name) or "")
        for name, value in sent.items()
        if name in there and not isinstance(value, (list, dict))
    )


def _put_back(change: Change, run_id: int) -> None:
    if change.run_id == run_id:
        change.state = ChangeState.PLANNED
        return
    change.state = ChangeState.DISCARDED
    change.reason = "The answer was lost; a later run plans it anew."
