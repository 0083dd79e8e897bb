"""A district that was kept with an earlier version: its rows as SQL, and what both systems held then.

The rows go into tables made by the migrations of that time, on either database, and are upgraded from there.
"""

from __future__ import annotations

import itertools
import json
import lzma
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from flask_migrate import upgrade
from sqlalchemy import Engine, inspect, text

from lti_app.extensions import db
from lti_app.sandbox.schoology.store import SchoologyStore
from tests.support.apps import app_over
from tests.support.before.values import decode
from tests.support.gradebook import Class, gradebook_of
from tests.support.world import World, make_world, settings

DATA = Path(__file__).resolve().parents[2] / "data"
PACKED = "{}.sql.xz"
STATE = "{}.json.xz"
NEXT = ";\n-- next\n"
"""What stands between two statements."""
NEWEST = "district_of_0011"


@dataclass(frozen=True)
class Kept:
    """One kept district by its name in tests/data; `Snapshot` of tests.support.world is its like."""

    name: str = NEWEST

    @property
    def revision(self) -> str:
        """The migration up to which its tables had come."""
        return str(self._stored["revision"])

    @property
    def moment(self) -> datetime:
        """When it was kept."""
        return datetime.fromisoformat(self._stored["moment"])

    @cached_property
    def _stored(self) -> dict[str, Any]:
        packed = (DATA / STATE.format(self.name)).read_bytes()
        return dict(json.loads(lzma.decompress(packed)))

    def restore(self) -> tuple[Any, SchoologyStore]:
        """District and Schoology as they were."""
        store = SchoologyStore()
        for name, value in decode(self._stored["schoology"]).items():
            there = getattr(store, name)
            if isinstance(there, dict):
                there.clear()
                there.update(value)
            else:
                setattr(store, name, value)
        store._ids = itertools.count(self._stored["next_id"])
        return decode(self._stored["district"]), store

    def put_rows(self, url: str) -> None:
        """Fill an empty database with tables and rows as they were; not upgraded yet."""
        with _app_over(url) as engine:
            upgrade(revision=self.revision)
            _insert(engine, lzma.decompress((DATA / PACKED.format(self.name)).read_bytes()).decode())

    def upgrade(self, url: str) -> None:
        """Take a database that holds these rows to the newest tables."""
        with _app_over(url):
            upgrade()

    def open(self, world: World) -> DistrictOfBefore:
        """Everything that tests want to know of it, over a world with the same database and systems."""
        gradebook = gradebook_of(world)
        for name, value in decode(self._stored["gradebook"]).items():
            setattr(gradebook, name, value)
        known = self._stored["room"]
        category = world.store.categories[known["category"]]
        room = Class(
            world, known["section_id"], known["key"], known["session"], gradebook, known["code"], category
        )
        return DistrictOfBefore(world, room, decode(self._stored["away"]))


@dataclass
class DistrictOfBefore:
    """The upgraded district with both of its systems.

    It has links of every kind, a class under live sync with pushed scores, and a plan that is held because
    students are `away` from the SIS (section → rows).
    """

    world: World
    room: Class
    away: dict[int, list[Any]]

    def come_back(self) -> None:
        """The SIS has again what the held plan is about: from here on there is nothing to do."""
        for key, rows in self.away.items():
            self.world.district.enrollments[key].extend(rows)


@contextmanager
def district_of_before(
    folder: Path, database_url: str = "", *, kept: Kept | None = None
) -> Iterator[DistrictOfBefore]:
    """The kept district after an upgrade to the newest tables; `database_url` is an empty database
    (default: SQLite in the folder)."""
    chosen = kept or Kept()
    url = database_url or f"sqlite:///{folder / 'app.sqlite'}"
    chosen.put_rows(url)
    chosen.upgrade(url)
    given = {"synced": chosen, "database_url": url, "public_url": "http://localhost"}
    with make_world(folder, **given) as world:  # type: ignore[arg-type]
        yield chosen.open(world)


@contextmanager
def _app_over(url: str) -> Iterator[Engine]:
    with app_over(settings(Path(), database_url=url)).app_context():
        try:
            yield db.engine
        finally:
            db.session.remove()
            db.engine.dispose()


def _insert(engine: Engine, sql: str) -> None:
    with engine.begin() as connection:
        if engine.name == "postgresql":
            connection.execute(text("SET LOCAL TIME ZONE 'UTC'"))
        for statement in sql.split(NEXT):
            escaped = statement.replace("%", "%%") if engine.name == "postgresql" else statement
            connection.exec_driver_sql(escaped)
        if engine.name == "postgresql":
            _set_counters(connection)


def _set_counters(connection: Any) -> None:
    """Rows with given numbers do not move PostgreSQL's counters."""
    for table in inspect(connection).get_table_names():
        counter = f"pg_get_serial_sequence('\"{table}\"', 'id')"
        columns = {each["name"] for each in inspect(connection).get_columns(table)}
        if "id" in columns:
            connection.execute(
                text(f'SELECT setval({counter}, (SELECT max(id) FROM "{table}")) WHERE {counter} IS NOT NULL')
            )
