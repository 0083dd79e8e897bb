"""Keep the district that the code of today makes: `python -m tests.support.before.make` writes tests/data.

What is kept is named after the newest migration, so that each version may leave one.
"""

from __future__ import annotations

import json
import lzma
import tempfile
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import MetaData, select, text

from lti_app import clock
from lti_app.extensions import db
from lti_app.models import JobState
from lti_app.runs.words import sentence
from tests.factories import set_options
from tests.support.before.kept import DATA, NEXT, PACKED, STATE
from tests.support.before.values import encode
from tests.support.gradebook import Class, class_in, gradebook_of
from tests.support.live import Live
from tests.support.world import ROLE_IDS, World, make_world

STUDENTS = 40
NOT_KEPT = ("lock", "clock", "listeners", "traffic", "_ids")
ROWS = 200
"""Rows in one statement."""


def main() -> None:
    """Play the district's story and write what is left of it."""
    with (
        tempfile.TemporaryDirectory() as folder,
        make_world(Path(folder), students=STUDENTS, public_url="http://localhost") as world,
    ):
        room, away = _story(world)
        _write(world, room, away)


def _story(world: World) -> tuple[Class, dict[int, list[Any]]]:
    with world.app.app_context():
        roles = {role: str(role_id) for role, role_id in ROLE_IDS.items()}
        set_options(db.session(), 1, role_ids=roles, with_guardians=True, with_co_teachers=True)
        db.session.commit()
    _done(world.sync("prep", step="read"))
    _done(world.sync())
    room = class_in(world)
    quiz, essay = room.item("Quiz"), room.item("Essay", max_points="20")
    for item in (quiz, essay):
        room.grade_all(item)
    room.grade(essay, 0, None, exception=1)
    room.grade(essay, 1, None, exception=3)
    _done(room.sync())
    room.edit_in_sis(quiz, 0, "3")
    room.look()
    live = Live(room)
    live.on()
    live.sweep(whole=True)
    live.type(essay, 1, 17.5)
    live.settle()
    away = _leave(world, room)
    assert world.sync().state == JobState.HELD
    return room, away


def _leave(world: World, room: Class) -> dict[int, list[Any]]:
    """More students leave than a sync may take out without asking."""
    away = {}
    for key, rows in world.district.enrollments.items():
        if key != room.key and len(away) < 6 and len(rows) > 4:
            away[key] = rows[1:]
            world.district.enrollments[key] = rows[:1]
    return away


def _done(job: Any) -> None:
    assert job.state in (JobState.DONE, JobState.DONE_WITH_PROBLEMS), sentence(job.message)


def _write(world: World, room: Class, away: dict[int, list[Any]]) -> None:
    with world.app.app_context():
        revision = db.session.scalar(text("SELECT version_num FROM alembic_version"))
        rows = NEXT.join(_statements())
    name = f"district_of_{revision}"
    book = gradebook_of(world)
    state = {
        "revision": revision,
        "moment": clock.now().isoformat(),
        "next_id": world.store.new_id(),
        "district": encode(world.district),
        "away": encode(away),
        "schoology": encode({key: value for key, value in vars(world.store).items() if key not in NOT_KEPT}),
        "gradebook": encode(
            {key: getattr(book, key) for key in ("_assignments", "_scores", "_next_number", "locked")}
        ),
        "room": {
            "section_id": room.section_id,
            "key": room.key,
            "session": room.session,
            "code": room.code,
            "category": room.category.id,
        },
    }
    DATA.mkdir(exist_ok=True)
    (DATA / PACKED.format(name)).write_bytes(lzma.compress(rows.encode(), preset=9))
    (DATA / STATE.format(name)).write_bytes(lzma.compress(json.dumps(state).encode(), preset=9))


def _statements() -> Iterator[str]:
    """INSERTs of every row, what others refer to first, in SQL that both databases understand."""
    tables = MetaData()
    tables.reflect(db.engine)
    for table in tables.sorted_tables:
        if table.name == "alembic_version":
            continue
        names = ", ".join(f'"{each.name}"' for each in table.columns)
        found = db.session.execute(select(table)).all()
        for start in range(0, len(found), ROWS):
            lines = [f"({', '.join(_literal(each) for each in row)})" for row in found[start : start + ROWS]]
            yield f'INSERT INTO "{table.name}" ({names}) VALUES\n' + ",\n".join(lines)


def _literal(value: object) -> str:
    match value:
        case None:
            return "NULL"
        case bool():
            return str(value).upper()
        case int() | float() | Decimal():
            return str(value)
        case dict() | list():
            value = json.dumps(value, ensure_ascii=False)
        case datetime():
            value = value.replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")
    return "'" + str(value).replace("'", "''") + "'"


if __name__ == "__main__":
    main()
