"""Keys of records as people say them. It stands apart from the words because names of records need it too."""

from __future__ import annotations

from lti_app.school.records import Kind
from lti_app.sis import registry


def record_name(key: str) -> str:
    """The key of a record as people say it, such as “student 1001”, where its adapter has words for it.

    Every other key is an id that the SIS shows itself, and stays as it is.
    """
    said = (each.key_words(key) for each in registry.ADAPTERS.values())
    return next(filter(None, said), key)


def joining_name(kind: str, sis_id: str, *, parent: str, person: str) -> str:
    """The key of a record, and of one that joins two of them by both: “student 1001 in section 5”."""
    if kind == Kind.ENROLLMENT and parent and person:
        return f"{record_name(person)} in section {record_name(parent)}"
    if kind == Kind.PARENT_LINK and parent and person:
        return f"{record_name(parent)} of {record_name(person)}"
    return record_name(sis_id)
