"""Drift of courses and sections."""

from __future__ import annotations

import json

from lti_app.school.reason_codes import Code
from lti_app.school.records import Kind
from lti_app.schoology.port import BULK, Outgoing
from lti_app.store import links
from lti_app.store.bulk import chunks
from lti_app.sync.context import RunContext
from lti_app.sync.drift.lines import DriftLines, batches
from lti_app.sync.drift.not_listed import check_unlisted


def check_courses(context: RunContext, lines: DriftLines) -> None:
    """Compare every linked course with the list of courses."""
    lines.report("courses")
    listed: set[str] = set()
    for found in chunks(context.schoology.courses(), BULK):
        there = {each.schoology_id: each for each in found}
        for link in links.lists.of_objects(context.district, Kind.COURSE, there):
            listed.add(link.schoology_id)
            lines.compare(link, there[link.schoology_id].fields)
        lines.report("courses")
    check_unlisted(context, lines, Kind.COURSE, listed)


def check_sections(context: RunContext, lines: DriftLines) -> None:
    """Compare every linked section, fifty at a time. One that is gone shows when its members are read."""
    for rows in batches(context, Kind.SECTION, BULK):
        batch = [each for each in rows if json.loads(each.payload or "{}").get("section_school_code")]
        found = context.schoology.find(Kind.SECTION, [Outgoing(json.loads(each.payload)) for each in batch])
        for link, there in zip(batch, found, strict=True):
            if there is None or there.schoology_id != link.schoology_id:
                lines.differ(link, "", Code.NOT_FOUND_BY_KEY)
            else:
                lines.compare(link, there.fields)
        lines.report("sections")
