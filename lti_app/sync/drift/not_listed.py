"""What a list of Schoology did not hold: asked for by its key, and noted as missing when it is not there."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator

from sqlalchemy import update

from lti_app.models import Change, LinkState
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import because
from lti_app.school.records import Kind
from lti_app.schoology.port import BULK, Outgoing
from lti_app.store import links
from lti_app.store.links.lists import LinkRow
from lti_app.sync.context import RunContext
from lti_app.sync.drift.lines import DriftLines, batches

MANY = 0.1
"""When a greater part of a kind seems to be gone at once, nothing is believed: a list may have been short."""
FEW = 5
"""So many may always be gone."""


def check_unlisted(context: RunContext, lines: DriftLines, kind: Kind, listed: Collection[str]) -> None:
    """One line for each link whose object was not in the list and is not what its key leads to."""
    for batch in _unlisted(context, kind, listed):
        there = context.schoology.find(kind, [Outgoing(json.loads(each.payload or "{}")) for each in batch])
        for link, found in zip(batch, there, strict=True):
            if found is None:
                lines.gone(link)
                lines.differ(link, "", Code.DELETED_IN_SCHOOLOGY)
            elif found.schoology_id != link.schoology_id:
                lines.differ(link, "", Code.NOT_FOUND_BY_KEY)
        lines.report(kind)


def _unlisted(context: RunContext, kind: Kind, listed: Collection[str]) -> Iterator[list[LinkRow]]:
    for rows in batches(context, kind, BULK):
        batch = [each for each in rows if each.schoology_id not in listed]
        if batch:
            yield batch


def note_missing(context: RunContext, lines: DriftLines) -> None:
    """Turn the links of what is certainly gone missing, at the end of a check. Commits."""
    for kind, sis_ids in lines.missing.items():
        all_of = links.counts.in_use(context.district, Kind(kind))
        if len(sis_ids) <= max(FEW, MANY * all_of):
            links.write.set_state(context.district, kind, sis_ids, state=LinkState.MISSING)
        else:
            context.session.execute(
                update(Change)
                .where(
                    Change.run_id == context.run_id,
                    Change.kind == kind,
                    Change.reason_code.in_((Code.DELETED_IN_SCHOOLOGY, Code.NOT_FOUND_BY_KEY)),
                )
                .values(reason=because(Code.TOO_MANY_NOT_FOUND))
                .execution_options(synchronize_session=False)
            )
    context.session.commit()
