"""Drift of people: Schoology's export of users against the links, as the rows arrive."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from sqlalchemy import select

from lti_app.models import Link
from lti_app.school.records import Kind
from lti_app.sync.bulk import chunks
from lti_app.sync.context import RunContext
from lti_app.sync.drift.gone import check_unlisted
from lti_app.sync.drift.lines import COLUMNS, LINKED, Book, LinkRow

ROWS = 500
EXPORTED = {
    "school_uid": "school_uid",
    "first_name": "name_first",
    "middle_name": "name_middle",
    "last_name": "name_last",
    "username": "name",
    "email": "mail",
}
"""Payload key → column of Schoology's export of users."""


def check(context: RunContext, book: Book) -> None:
    """Compare every linked person."""
    book.report("users")
    titles = {role.id: role.title for role in context.schoology.roles()}
    listed: set[str] = set()
    for rows in chunks(context.schoology.people(), ROWS):
        for link, row in _linked(context, rows):
            listed.add(link.schoology_id)
            book.compare(link, _seen(link, row, titles))
        book.report("users")
    check_unlisted(context, book, Kind.USER, listed)


def _linked(
    context: RunContext, rows: Sequence[Mapping[str, str]]
) -> list[tuple[LinkRow, Mapping[str, str]]]:
    by_uid = {str(row.get("uid")): row for row in rows}
    found = context.session.execute(
        select(*COLUMNS).where(
            Link.installation_id == context.installation_id,
            Link.kind == Kind.USER,
            Link.schoology_id.in_(list(by_uid)),
            Link.state.in_(LINKED),
        )
    ).all()
    return [(link, by_uid[link.schoology_id]) for link in sorted(found, key=lambda each: each.sis_id)]


def _seen(link: LinkRow, row: Mapping[str, str], titles: Mapping[str, str]) -> dict[str, str]:
    seen = {ours: row.get(theirs, "") for ours, theirs in EXPORTED.items() if theirs in row}
    wanted = json.loads(link.payload or "{}")
    if titles.get(str(wanted.get("role_id")), "") != row.get("role_name", ""):
        seen["role_id"] = row.get("role_name", "")
    return seen
