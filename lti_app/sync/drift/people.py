"""Drift of people: Schoology's export of users against the links, as the rows arrive."""

from __future__ import annotations

import json
from collections.abc import Mapping

from lti_app.school.records import Kind
from lti_app.store import links
from lti_app.store.bulk import chunks
from lti_app.store.links.lists import LinkRow
from lti_app.sync.context import RunContext
from lti_app.sync.drift.lines import DriftLines
from lti_app.sync.drift.not_listed import check_unlisted
from lti_app.sync.drift.still_held import StillHeld

ROWS = 500
EXPORTED = {
    "school_uid": "school_uid",
    "first_name": "name_first",
    "middle_name": "name_middle",
    "last_name": "name_last",
    "username": "name",
    "email": "mail",
    "building_id": "building_nid",
    "graduation_year": "grad_year",
}
"""Payload key → column of Schoology's export of users."""


def check(context: RunContext, lines: DriftLines) -> None:
    """Compare every linked person."""
    lines.report("users")
    titles = {role.id: role.title for role in context.schoology.roles()}
    listed: set[str] = set()
    still_held = StillHeld.of(context.district)
    for rows in chunks(context.schoology.people(), ROWS):
        by_uid = {str(row.get("uid")): row for row in rows}
        still_held.note(context, rows)
        for link in links.lists.of_objects(context.district, Kind.USER, by_uid):
            listed.add(link.schoology_id)
            lines.compare(link, _seen(link, by_uid[link.schoology_id], titles))
        lines.report("users")
    check_unlisted(context, lines, Kind.USER, listed)
    still_held.forget(context)


def _seen(link: LinkRow, row: Mapping[str, str], titles: Mapping[str, str]) -> dict[str, str]:
    seen = {ours: row.get(theirs, "") for ours, theirs in EXPORTED.items() if theirs in row}
    wanted = json.loads(link.payload or "{}")
    if titles.get(str(wanted.get("role_id")), "") != row.get("role_name", ""):
        seen["role_id"] = row.get("role_name", "")
    return seen
