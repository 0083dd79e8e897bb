"""Kinds of records and feeds as people read them."""

from __future__ import annotations

from lti_app.school.records import GradeKind, Kind

KINDS = {str(each): (each.singular, each.plural) for each in Kind}
GRADE_KINDS = {str(each): (each.singular, each.plural) for each in GradeKind}
LOGGED_KINDS = {**KINDS, **GRADE_KINDS}
"""Every kind of line that a log can have → one and many of them, in the order of sending."""
FEEDS = {
    "people": "people",
    "guardians": "parents and their links",
    "students": "students",
    "staff": "staff",
    "contacts": "parents and contacts",
    "courses": "courses",
    "sections": "sections",
    "seats": "seats",
    "teachers": "teachers of sections",
    "enrollments": "enrollments",
}
"""Feeds and parts of a read."""


def counted_kind(kind: str, count: int) -> str:
    """The kind in singular or plural."""
    one, many = LOGGED_KINDS.get(kind, (kind, kind))
    return one if count == 1 else many
