"""The oracle: what both sides must hold after a good sync, and which writes there may be. Plain on purpose.

Written from DESIGN.md and the docs, not from the engine: everybody of the SIS has an account that reads like
the SIS; every course and class is there; everybody who has a seat is enrolled, and the app enrolled no
one else; accounts of people who left stay; what someone did by hand in Schoology stays.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from lti_app.school.records import Kind
from tests.fakes import FakeSchoology
from tests.simulation.outside import Write
from tests.simulation.town import Human, Place, Town

ROLE = {False: "1", True: "2"}
"""Whether someone teaches → the id of the role in Schoology."""
BUILDING = {"1": "900", "2": "901"}
LINKED = ("owned", "adopted")


def account(human: Human) -> dict[str, str]:
    """How a person must read in Schoology."""
    return {
        "first_name": human.first,
        "last_name": human.last,
        "username": human.login,
        "email": human.email,
        "role_id": ROLE[human.teaches],
        "building_id": BUILDING[human.school],
    }


class Model:
    """What is expected of Schoology. `by_hand` are the places that someone filled there without the app."""

    def __init__(self, schoology: FakeSchoology) -> None:
        self.schoology = schoology
        self.by_hand: set[Place] = set()
        self.ended_by_hand: set[Place] = set()
        self.people: dict[str, list[dict[str, str]]] = {}
        """Number → each way in which the SIS ever told of someone."""
        self.titles: dict[str, set[str]] = {}
        self.classes: set[str] = set()
        self.seats: set[Place] = set()
        """Those that the SIS tells now."""
        self.ever_seats: set[Place] = set()
        self.late: set[str] = set()
        """What was carried out so late that it may meet a second request for the same."""
        self.seen = 0
        """So many writes have been judged."""

    def learn(self, town: Town) -> None:
        """The SIS tells this from now on."""
        for human in town.people.values():
            told = self.people.setdefault(human.number, [])
            if account(human) not in told:
                told.append(account(human))
        for code, title in town.courses.items():
            self.titles.setdefault(f"1-{code}", set()).add(title)
        self.classes |= set(town.classes)
        self.seats = set(town.seats)
        self.ever_seats |= town.seats

    def somebody_acts(self, dice: random.Random) -> str:
        """Someone enrolls a person by hand in Schoology, or ends an enrollment. What was done, in words."""
        there = self.schoology.objects[Kind.ENROLLMENT]
        if dice.random() < 0.5:
            key = dice.choice(sorted(there))
            self.ended_by_hand.add(self.place(key))
            del there[key]
            return f"{self.place(key)} ended by hand"
        sections, people = (sorted(self.schoology.objects[kind]) for kind in (Kind.SECTION, Kind.USER))
        place = (dice.choice(sections), dice.choice(people))
        section, user = self.schoology.objects[Kind.SECTION], self.schoology.objects[Kind.USER]
        key = f"{section[place[0]]['id']}:{user[place[1]]['id']}"
        if key in there:
            return "nothing by hand"
        there[key] = {"id": self.schoology.new_id(), "admin": False}
        self.by_hand.add(place)
        return f"{place} enrolled by hand"

    # Which writes there may be

    def wrong_writes(self, writes: Sequence[Write]) -> list[str]:
        """What was sent since the last look and should not have been."""
        wrong = [found for each in writes[self.seen :] for found in self._wrong(each)]
        self.seen = len(writes)
        return wrong

    def _wrong(self, write: Write) -> Iterable[str]:
        what = f"{write.verb} {write.kind} {self._name(write)}"
        if not write.its_own:
            yield f"zombie: {what} left at {write.left:.1f} from a process that had no job"
        conflict = write.outcome is not None and write.outcome.conflict
        if write.late:
            self.late.add(self._name(write))
        if conflict and self._name(write) not in self.late and self._place(write) not in self.by_hand:
            yield f"twice: {what} is there already"
        if not self._is_known(write):
            yield f"unknown: {what} {dict(write.item.payload)}"

    def _is_known(self, write: Write) -> bool:
        key, payload = write.key, write.item.payload
        if write.verb == "drop":
            place = self._place(write)
            return write.key == "?" or (place not in self.seats and place not in self.by_hand)
        if write.kind == Kind.USER:
            told = self.people.get(key, [])
            fields = [name for name in payload if told and name in told[0]]
            return any(all(payload[name] == each[name] for name in fields) for each in told)
        if write.kind == Kind.COURSE:
            return payload.get("title") in self.titles.get(key, ())
        if write.kind == Kind.SECTION:
            return key in self.classes
        return self._place(write) in self.ever_seats

    def _name(self, write: Write) -> str:
        return ":".join(self._place(write)) if write.kind == Kind.ENROLLMENT else write.key

    def _place(self, write: Write) -> Place:
        if write.kind != Kind.ENROLLMENT:
            return ("", "")
        return self.place(f"{write.item.refs.get('section', '')}:{write.item.refs.get('user', '')}")

    def place(self, key: str) -> Place:
        """The class and the number of an enrollment of Schoology, from the ids of both."""
        section, _, uid = key.partition(":")
        return self._called(Kind.SECTION, section), self._called(Kind.USER, uid)

    def _called(self, kind: Kind, schoology_id: str) -> str:
        there = self.schoology.objects[kind].items()
        return next((name for name, each in there if each["id"] == schoology_id), "?")

    # What must be there after a good sync

    def wrong_state(self, town: Town) -> list[str]:
        """What Schoology holds otherwise than it must."""
        return [*self._people(town), *self._classes(town), *self._places(town)]

    def _people(self, town: Town) -> Iterable[str]:
        there = self.schoology.objects[Kind.USER]
        for human in town.people.values():
            found = there.get(human.number)
            if found is None:
                yield f"lost: {human.number} has no account"
                continue
            for name, value in account(human).items():
                if found[name] != value:
                    yield f"stale: {name} of {human.number} is {found[name]}, not {value}"
        yield from (f"unknown account {each}" for each in there if each not in self.people)

    def _classes(self, town: Town) -> Iterable[str]:
        courses, sections = self.schoology.objects[Kind.COURSE], self.schoology.objects[Kind.SECTION]
        for code, title in town.courses.items():
            found = courses.get(f"1-{code}", {}).get("title")
            if found != title:
                yield f"stale: course {code} is {found}, not {title}"
        yield from (f"lost: class {each}" for each in town.classes if each not in sections)

    def _places(self, town: Town) -> Iterable[str]:
        there = {self.place(each) for each in self.schoology.objects[Kind.ENROLLMENT]}
        yield from (f"lost: seat {each}" for each in town.seats - there - self.ended_by_hand)
        yield from (f"left over: seat {each}" for each in there - town.seats - self.by_hand)

    # Every link is true

    def wrong_links(self, links: Sequence[tuple[Any, ...]]) -> list[str]:
        """Of the rows (kind, SIS id, Schoology id, state): those that point to something else or nothing."""
        wrong = [each for each in links if each[3] in LINKED and not self._is_true(*each[:3])]
        twice = Counter((kind, schoology_id) for kind, _, schoology_id, state in links if state in LINKED)
        return [f"untrue link {each}" for each in wrong] + [
            f"two links to {key}" for key, number in twice.items() if number > 1
        ]

    def _is_true(self, kind: str, sis_id: str, schoology_id: str) -> bool:
        if kind == Kind.ENROLLMENT:
            section, _, person = sis_id.partition(":")
            place = (section, person.rpartition(":")[2])
            there = self.schoology.objects[Kind.ENROLLMENT].items()
            found = next((self.place(key) for key, each in there if each["id"] == schoology_id), None)
            return found == place or (found is None and place in self.ended_by_hand)
        called = self._called(Kind(kind), schoology_id)
        return called == {"user": sis_id.rpartition(":")[2], "course": sis_id.replace("|", "-")}.get(
            kind, sis_id
        )
