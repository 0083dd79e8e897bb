"""Keys of records as people say them. It stands apart from the words because names of records need it too."""

from __future__ import annotations

SPACES = {"student": "student", "staff": "staff member", "contact": "parent"}
"""Whose ids the SIS numbers apart → one of them."""


def record_name(key: str) -> str:
    """The key of a record as people say it: “student 1001”, “parent 5 of student 1001”.

    A key of another shape is an id that the SIS shows itself, and stays as it is.
    """
    guardian, links, student = key.partition(">")
    if links:
        return f"{record_name(guardian)} of {record_name(student)}"
    head, _, number = key.rpartition(":")
    section, seat, space = head.rpartition(":")
    if space not in SPACES or not number:
        return key
    person = f"{SPACES[space]} {number}"
    return f"{person} in section {section}" if seat else person
