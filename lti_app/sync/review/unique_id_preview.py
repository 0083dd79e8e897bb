"""Five real people with each id that could be their unique id, and whether an account in Schoology has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from lti_app.school import unique_ids
from lti_app.school.options import ProvisioningOptions
from lti_app.school.records import Kind, Person, PersonGroup
from lti_app.schoology.port import Outgoing, Schoology
from lti_app.sis.port import Feed, Sis
from lti_app.store.bulk import chunks

AT_ONCE = 50
"""Most that Schoology looks up at once."""
MOST = {True: 3, False: 2}
"""Is a student → how many of them are shown."""
MOST_PAGES = 4
"""Pages of people that are read for them."""


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
    """Read a few pages of people, and look each id up. Raises SisError, OutboundError."""
    people = _people(sis)
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
    return options.id_prefixes.get(person.group, "") + value if value else ""


def _people(sis: Sis) -> list[Person]:
    pages = islice(sis.read(Feed.PEOPLE), MOST_PAGES)
    people = [each for page in pages for each in page if isinstance(each, Person) and each.active]
    return [
        each
        for is_student, most in MOST.items()
        for each in islice((who for who in people if (who.group == PersonGroup.STUDENT) == is_student), most)
    ]
