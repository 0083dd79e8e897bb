"""A town with a few students, teachers and classes, and what happens there from one day to the next."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Human:
    """Someone as the SIS tells of them."""

    number: str
    first: str
    last: str
    teaches: bool = False
    school: str = "1"

    @property
    def login(self) -> str:
        return f"{self.first}.{self.number}".lower()

    @property
    def email(self) -> str:
        return f"{self.login}@d.example"


Place = tuple[str, str]
"""(class, number of the person)."""
FIRST = ("Mei", "Ada", "Liam", "Noor", "Iris", "Omar", "Zoe", "Ivan")
LAST = ("Okafor", "Silva", "Novak", "Haddad", "Larsen", "Moreau")


@dataclass
class Town:
    """What is true, whatever any system holds of it."""

    people: dict[str, Human] = field(default_factory=dict)
    courses: dict[str, str] = field(default_factory=dict)
    """Code → title."""
    classes: dict[str, str] = field(default_factory=dict)
    """Class → code of its course."""
    seats: set[Place] = field(default_factory=set)
    gone: dict[str, Human] = field(default_factory=dict)
    """People who left, and may return."""


def first_day() -> Town:
    """Three students, two teachers, two classes."""
    town = Town(courses={"ALG1": "Algebra I", "BIO1": "Biology I"}, classes={"5001": "ALG1", "5002": "BIO1"})
    for place, number in enumerate(("001", "002", "003")):
        town.people[number] = Human(number, FIRST[place], LAST[place])
    for place, number in enumerate(("77", "78"), start=3):
        town.people[number] = Human(number, FIRST[place], LAST[place], teaches=True)
    town.seats = {
        ("5001", "77"),
        ("5002", "78"),
        ("5001", "001"),
        ("5001", "002"),
        ("5002", "001"),
        ("5002", "003"),
    }
    return town


Event = Callable[[Town, random.Random], None]


def _students(town: Town) -> list[str]:
    return sorted(each.number for each in town.people.values() if not each.teaches)


def enroll(town: Town, dice: random.Random) -> None:
    """A student comes into a class."""
    free = sorted({(key, each) for key in town.classes for each in _students(town)} - town.seats)
    if free:
        town.seats.add(dice.choice(free))


def drop(town: Town, dice: random.Random) -> None:
    """A student leaves a class."""
    taken = sorted(each for each in town.seats if not town.people[each[1]].teaches)
    if taken:
        town.seats.discard(dice.choice(taken))


def rename(town: Town, dice: random.Random) -> None:
    """Someone has another last name."""
    number = dice.choice(sorted(town.people))
    town.people[number] = replace(town.people[number], last=dice.choice(LAST))


def transfer(town: Town, dice: random.Random) -> None:
    """A student goes to the other school and stays in the classes."""
    number = dice.choice(_students(town) or sorted(town.people))
    there = town.people[number]
    town.people[number] = replace(there, school="2" if there.school == "1" else "1")


def arrive(town: Town, dice: random.Random) -> None:
    """A new student, in one class."""
    number = f"{10 + len(town.people) + len(town.gone):03}"
    town.people[number] = Human(number, dice.choice(FIRST), dice.choice(LAST))
    town.seats.add((dice.choice(sorted(town.classes)), number))


def leave(town: Town, dice: random.Random) -> None:
    """A student leaves the district."""
    students = _students(town)
    if len(students) > 1:
        number = dice.choice(students)
        town.gone[number] = town.people.pop(number)
        town.seats = {each for each in town.seats if each[1] != number}


def come_back(town: Town, dice: random.Random) -> None:
    """Someone who left is here again, in one class."""
    if town.gone:
        number = dice.choice(sorted(town.gone))
        town.people[number] = town.gone.pop(number)
        town.seats.add((dice.choice(sorted(town.classes)), number))


def open_class(town: Town, dice: random.Random) -> None:
    """One more class of a course, with a teacher and a student."""
    key = str(5001 + len(town.classes))
    town.classes[key] = dice.choice(sorted(town.courses))
    town.seats |= {(key, "77"), (key, dice.choice(_students(town)))}


def new_course(town: Town, dice: random.Random) -> None:
    """A course and a class of it."""
    code = f"ART{len(town.courses)}"
    town.courses[code] = f"Art {len(town.courses)}"
    key = str(5001 + len(town.classes))
    town.classes[key] = code
    town.seats.add((key, "78"))


def retitle(town: Town, dice: random.Random) -> None:
    """A course has another title."""
    code = dice.choice(sorted(town.courses))
    town.courses[code] = (
        f"{town.courses[code].split(',')[0]}, {dice.choice(('honors', 'blended', 'evening'))}"
    )


EVENTS: tuple[Event, ...] = (
    enroll,
    enroll,
    drop,
    rename,
    transfer,
    arrive,
    leave,
    come_back,
    open_class,
    new_course,
    retitle,
)
