"""Kinds of records and feeds as people read them."""

from __future__ import annotations

from lti_app.school.records import GradeKind, Kind
from lti_app.school.run_kinds import BookKind

KINDS = {str(each): (each.singular, each.plural) for each in Kind}
GRADE_KINDS = {str(each): (each.singular, each.plural) for each in GradeKind}
BOOK_KINDS = {str(each): (each.singular, each.plural) for each in BookKind}
LOGGED_KINDS = {**KINDS, "term": ("term", "terms"), **GRADE_KINDS, **BOOK_KINDS}
"""Every kind of line that a log can have → one and many of them, in the order of sending."""
FEEDS = {
    "people": "people",
    "guardians": "parents and their links",
    "students": "students",
    "staff": "staff",
    "contacts": "parents and contacts",
    "courses": "courses",
    "sections": "sections",
    "seats": "enrollments",
    "teachers": "teachers of sections",
    "enrollments": "enrollments",
}
"""Feeds and parts of a read."""

PEOPLE = {"student": "students", "teacher": "teachers", "staff": "staff", "guardian": "parents"}
"""Role in the SIS → many of them."""
GROUPS = {
    "student": ("student", "students"),
    "staff": ("staff member", "staff members"),
    "contact": ("parent", "parents"),
}
"""Group of people (PersonGroup) → one and many of them."""
PARTS = {
    "guardian": "parent",
    "student": "student",
    "course": "course",
    "section": "section",
    "person": "person",
}
"""What a record needs of others."""
KEYS = {"user": "unique ID", "course": "course code", "section": "section school code"}
"""Kind → the key that Schoology has once in an organization."""
PREP_RULES = {
    "unique_id": "equal unique IDs",
    "id_template": "unique IDs that are equal without prefixes and leading zeros",
    "email": "equal email addresses",
    "username": "equal usernames",
    "name": "the same name and school",
    "code": "equal course codes",
    "title": "the same title and school",
    "school_code": "equal section school codes",
    "section_code": "the same course, section code and term",
    "teacher": "the same course, teacher and period",
}
"""Rule of Data Prep → why it paired two records."""


def counted_kind(kind: str, count: int) -> str:
    """The kind in singular or plural."""
    one, many = LOGGED_KINDS.get(kind, (kind, kind))
    return one if count == 1 else many
