"""Sections that somebody deleted in Schoology, noticed by the enrollments that fail in them."""

from __future__ import annotations

from collections.abc import Collection

from lti_app import links
from lti_app.models import LinkState
from lti_app.school.records import Kind
from lti_app.schoology.port import BULK
from lti_app.sync.bulk import chunks
from lti_app.sync.context import RunContext


def note_deleted_sections(context: RunContext, sis_ids: Collection[str]) -> None:
    """Mark those that Schoology has no more as *missing*: a person decides on them. Commits."""
    session, mine = context.session, context.installation_id
    there = links.schoology_ids(session, mine, Kind.SECTION, sis_ids)
    session.commit()
    for batch in chunks(there.items(), BULK):
        members = context.schoology.members([schoology_id for _, schoology_id in batch])
        gone = [sis_id for sis_id, schoology_id in batch if members[schoology_id] is None]
        links.set_state(session, mine, Kind.SECTION, gone, state=LinkState.MISSING)
        session.commit()
