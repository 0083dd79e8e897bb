"""One bulk request of a run: what its batch asks for, and what Schoology said of each line."""

from __future__ import annotations

from dataclasses import replace

from lti_app.models import Action
from lti_app.outbound.errors import OutboundError
from lti_app.school.records import Kind
from lti_app.schoology.port import Outcome
from lti_app.sync.batches import Batch
from lti_app.sync.context import RunContext


def send(context: RunContext, batch: Batch) -> list[Outcome]:
    """One bulk request; runs in a thread and touches no session."""
    verb = {
        Action.CREATE: context.schoology.create,
        Action.UPDATE: context.schoology.update,
        Action.DROP: context.schoology.drop,
    }[batch.action]
    outcomes = verb(batch.kind, batch.items)
    if batch.kind == Kind.ENROLLMENT and batch.action == Action.CREATE:
        return _with_ids_of_present(context, batch, outcomes)
    return outcomes


def _with_ids_of_present(context: RunContext, batch: Batch, outcomes: list[Outcome]) -> list[Outcome]:
    """Enrollments that were there before need their ids, so that the app can take note of them."""
    blank = [n for n, each in enumerate(outcomes) if each.conflict and not each.schoology_id]
    if not blank:
        return outcomes
    try:
        found = context.schoology.find(batch.kind, [batch.items[n] for n in blank])
    except OutboundError:
        for number in blank:
            outcomes[number] = replace(outcomes[number], ambiguous=True)
        return outcomes
    for number, there in zip(blank, found, strict=True):
        if there is not None:
            outcomes[number] = replace(outcomes[number], schoology_id=there.schoology_id)
    return outcomes
