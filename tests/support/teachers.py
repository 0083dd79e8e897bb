"""Random but repeatable teachers: what each of their saves changed, and which events told of it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from lti_app.sandbox.schoology import gradebook as far_book
from tests.support.gradebook import Class

Key = tuple[str, str, str]
"""(section, item, student); the student is empty for the item itself."""
Value = str | None
"""A title or a score; None for none."""
MOST_ITEMS, MOST_CLEARS, MOST_DELETES = 6, 3, 15


@dataclass(frozen=True)
class Save:
    """One save of a teacher. `events`: the numbers of those that Schoology posted about it."""

    number: int
    section_id: str
    changes: dict[Key, Value]
    events: frozenset[int]


@dataclass
class Teachers:
    """Type in many courses, one save after the other."""

    rooms: Sequence[Class]
    postman: Any
    seed: int
    saves: list[Save] = field(default_factory=list)
    clears: dict[str, int] = field(default_factory=dict)
    deletes: dict[str, int] = field(default_factory=dict)
    titles: int = 0

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._students: dict[str, list[Any]] = {each.section_id: each.seats() for each in self.rooms}

    def save(self, section_id: str = "") -> None:
        """Whatever comes to a teacher's mind, in this course or in any."""
        here = [each for each in self.rooms if each.section_id == section_id]
        room = self._random.choice(here or list(self.rooms))
        items = self._items(room)
        before = self.postman.posted
        if len(items) < 2:
            changes = self._new(room)
        else:
            deeds = [self._type, self._type_many, self._clear, self._new, self._edit, self._delete]
            deed = self._random.choices(deeds, weights=[55, 15, 6, 9, 11, 4])[0]
            changes = deed(room)
        events = frozenset(range(before + 1, self.postman.posted + 1))
        self.saves.append(Save(len(self.saves), room.section_id, changes, events))

    def _items(self, room: Class) -> list[int]:
        return list(room.world.store.items_of.get(int(room.section_id), []))

    def _type(self, room: Class, number: int = 1) -> dict[Key, Value]:
        store, item_id = room.world.store, self._random.choice(self._items(room))
        seats = self._random.sample(
            self._students[room.section_id], min(number, len(self._students[room.section_id]))
        )
        typed = [
            far_book.set_grade(store, item_id, seat.id, grade=self._random.randrange(0, 21) / 2)
            for seat in seats
        ]
        far_book.grades_saved(store, int(room.section_id), typed)
        return {self._key(room, item_id, each.enrollment_id): text_of(each.grade) for each in typed}

    def _type_many(self, room: Class) -> dict[Key, Value]:
        return self._type(room, 8)

    def _clear(self, room: Class) -> dict[Key, Value]:
        store, section_id = room.world.store, room.section_id
        given = [
            each
            for item_id in self._items(room)
            for (_, of), each in store.grades.items()
            if of == item_id and each.grade is not None
        ]
        if not given or self.clears.get(section_id, 0) >= MOST_CLEARS:
            return self._type(room)
        self.clears[section_id] = self.clears.get(section_id, 0) + 1
        chosen = self._random.choice(sorted(given, key=lambda each: (each.item_id, each.enrollment_id)))
        far_book.set_grade(store, chosen.item_id, chosen.enrollment_id, grade=None)
        far_book.grades_saved(store, int(section_id), [chosen])
        return {self._key(room, chosen.item_id, chosen.enrollment_id): None}

    def _new(self, room: Class) -> dict[Key, Value]:
        if len(self._items(room)) >= MOST_ITEMS:
            return self._type(room)
        made = room.item(self._title())
        return {(room.section_id, str(made.id), ""): made.title}

    def _edit(self, room: Class) -> dict[Key, Value]:
        store, item_id = room.world.store, self._random.choice(self._items(room))
        far_book.update_item(store, item_id, title=self._title())
        return {(room.section_id, str(item_id), ""): store.items[item_id].title}

    def _delete(self, room: Class) -> dict[Key, Value]:
        spent = self.deletes.get(room.section_id, 0)
        if spent or sum(self.deletes.values()) >= MOST_DELETES or len(self._items(room)) < 3:
            return self._edit(room)
        self.deletes[room.section_id] = 1
        store, item_id = room.world.store, self._random.choice(self._items(room))
        scores = [seat for (seat, of) in store.grades if of == item_id]
        far_book.delete_item(store, item_id)
        gone: dict[Key, Value] = {self._key(room, item_id, seat): None for seat in scores}
        return {**gone, (room.section_id, str(item_id), ""): None}

    def _title(self) -> str:
        self.titles += 1
        return f"Work {self.titles}"

    def _key(self, room: Class, item_id: int, seat: int) -> Key:
        store = room.world.store
        uid = store.enrollments[seat].uid
        return (room.section_id, str(item_id), str(store.users[uid].school_uid))


def text_of(score: float | Decimal | None) -> Value:
    """A number as both systems would write it."""
    return None if score is None else f"{Decimal(str(score)).normalize():f}"


def in_schoology(room: Class) -> dict[Key, Value]:
    """Everything that a course has in Schoology."""
    store, found = room.world.store, dict[Key, Value]()
    for item_id in store.items_of.get(int(room.section_id), []):
        found[(room.section_id, str(item_id), "")] = store.items[item_id].title
    for (seat, item_id), grade in store.grades.items():
        if (room.section_id, str(item_id), "") in found and grade.grade is not None:
            student = str(store.users[store.enrollments[seat].uid].school_uid)
            found[(room.section_id, str(item_id), student)] = text_of(grade.grade)
    return found


def in_sis(room: Class) -> dict[Key, Value]:
    """Everything that a course has in the SIS."""
    found: dict[Key, Value] = {}
    for each in room.sis.assignments(room.key):
        found[(room.section_id, each.schoology_id, "")] = each.description
    for made, score in room.sis.scores(room.key):
        if score.score is not None:
            found[(room.section_id, made.schoology_id, score.student_id)] = text_of(score.score)
    return found


def differences(room: Class) -> set[Key]:
    """Where the two gradebooks differ; the scores of an item that is to go do not count."""
    here, there = in_schoology(room), in_sis(room)
    found = {key for key in {*here, *there} if here.get(key) != there.get(key)}
    gone = {key[:2] for key in there if not key[2] and key not in here}
    return {key for key in found if not key[2] or key[:2] not in gone}
