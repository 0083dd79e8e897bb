"""Five real people with each id that could be their unique id, and whether an account in Schoology has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lti_app.school import unique_ids
from lti_app.school.options import ProvisioningOptions
from lti_app.school.records import Contact, Kind, Person, Record
from lti_app.schoology.port import Outgoing, Schoology
from lti_app.sis.port import Feed, Sis
from lti_app.store.bulk import chunks

AT_ONCE = 50
"""Most that Schoology looks up at once."""
MOST = ((Feed.STUDENTS, 3), (Feed.STAFF, 2))


@dataclass(frozen=True)
class Candidate:
    """One person. `ids`: choice → (unique id with its prefix, whether an account in Schoology has it)."""

    name: str
    ids: Mapping[str, tuple[str, bool]]


@dataclass(frozen=True)
class Preview:
    """What there is to choose from. `sources` are those that the SIS has ids for, in a fixed order."""

    sources: tuple[str, ...]
    people: tuple[Candidate, ...]

    def found(self, source: str) -> int:
        """How many of the people have an account under a choice."""
        return sum(1 for each in self.people if each.ids.get(source, ("", False))[1])


def preview(sis: Sis, schoology: Schoology, options: ProvisioningOptions) -> Preview:
    """Read one page of students and one of staff, and look each id up. Raises SisError, OutboundError."""
    people = [each for feed, number in MOST for each in _people(sis, feed)[:number]]
    sources = tuple(dict.fromkeys([*unique_ids.offered(people), options.unique_id]))
    keys = [(person, source, _key(person, source, options)) for person in people for source in sources]
    there: set[str] = set()
    for wanted in chunks(sorted({key for _, _, key in keys if key}), AT_ONCE):
        batch = [Outgoing({"school_uid": each}) for each in wanted]
        answers = schoology.find(Kind.USER, batch)
        there |= {key for key, found in zip(wanted, answers, strict=True) if found}
    return Preview(sources, tuple(_candidate(each, keys, there) for each in people))


def _candidate(person: Person, keys: Sequence[tuple[Person, str, str]], there: set[str]) -> Candidate:
    ids = {source: (key, key in there) for whose, source, key in keys if whose is person}
    return Candidate(f"{person.last_name}, {person.first_name}", ids)


def _key(person: Person, source: str, options: ProvisioningOptions) -> str:
    value = unique_ids.value(person, source)
    return options.id_prefixes.get(person.space, "") + value if value else ""


def _people(sis: Sis, feed: Feed) -> list[Person]:
    page: list[Record] = next(iter(sis.read(feed)), [])
    people = [each.person if isinstance(each, Contact) else each for each in page]
    return [each for each in people if isinstance(each, Person) and each.active]
