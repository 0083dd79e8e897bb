"""What Schoology's unique id of a person is made of: the district chooses it once, before the first sync.

Accounts that exist already keep their unique ids only when the choice is the one that they were made by. The
names are those of OneRoster (sourcedId, identifier, userMasterIdentifier, userIds); an SIS that has only one
number has nothing to choose.
"""

from __future__ import annotations

from collections.abc import Iterable

from lti_app.school.records import Person

SOURCE_ID, NUMBER, MASTER = "source_id", "number", "user_master_identifier"
USER_ID = "user_id:"
"""Before the type of one of the person's further ids."""
LABELS = {
    SOURCE_ID: "ID of the record in the SIS",
    NUMBER: "Number",
    MASTER: "User master identifier",
}


def label(source: str) -> str:
    """What people call a choice."""
    return LABELS.get(source) or f"ID of type “{source.removeprefix(USER_ID)}”"


def value(person: Person, source: str) -> str:
    """The person's id under a choice; empty where the SIS doesn't tell one."""
    if source.startswith(USER_ID):
        wanted = source.removeprefix(USER_ID)
        return next((each for kind, each in person.user_ids if kind == wanted), "")
    if source == MASTER:
        return person.master_id
    return person.number or person.sis_id if source == NUMBER else person.sis_id


def offered(people: Iterable[Person]) -> list[str]:
    """The choices that at least one of these people has an id for, source id and number first."""
    found = [SOURCE_ID]
    for each in people:
        found += [NUMBER] if value(each, NUMBER) != value(each, SOURCE_ID) else []
        found += [MASTER] if each.master_id else []
        found += [f"{USER_ID}{kind}" for kind, text in each.user_ids if text]
    order = [SOURCE_ID, NUMBER, MASTER]
    known = dict.fromkeys(found)
    return [each for each in order if each in known] + sorted(each for each in known if each not in order)
