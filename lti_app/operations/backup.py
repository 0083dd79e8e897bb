"""A backup of the whole database, and the way back.

A backup is always one SQLite file, whichever database it was made of: of SQLite by SQLite's own backup, of
PostgreSQL by copying every row of one snapshot. So one can be looked into, and go back into either database.
Tables of the task engine aren't in it: `jobs prepare` makes them, and the rows of the queue are the truth.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from alembic.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import URL, Connection, Engine, create_engine, text
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.operations.people.again import kept_marks
from lti_app.operations.restored import pause_everywhere
from lti_app.store import copying, private, sealed, sqlite
from lti_app.vault import Vault

OTHERS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND backend_type = 'client backend'"
)
IN_USE = (
    "The app or another program has the database open. Stop every web process and worker, then run this again"
)
SQLITE = b"SQLite format 3\0"
DUMPS = (b"PGDMP", b"--\n-- PostgreSQL")
"""How the dumps of pg_dump begin."""
RESTORING = "restore-"
"""How the folder begins in which a restore prepares the new file. One that was killed leaves it."""
NOT_MIGRATED = "The database has pending migrations, or none at all: run 'flask --app wsgi db upgrade' first"


class Refused(Exception):
    """Nothing was changed; the message is one line with the remedy."""


@dataclass(frozen=True)
class Restored:
    """What a restore did, for the person who asked for it."""

    paused: list[str]
    """Names of the installations that are paused until their links are found again."""
    unreadable: int
    """How many stored secrets the present keys don't open."""
    former: Path | None
    """Where the former SQLite file was kept."""
    erased_again: int = 0
    """How many people are in the backup who were erased since."""


@dataclass(frozen=True)
class Databases:
    """The app's database, and what brings any database to the migrations of this release."""

    engine: Engine
    newest: str
    """The newest migration of this release."""
    upgrade: Callable[[Connection], None]

    def backup(self, target: Path, copied: Callable[[int], None] = lambda _rows: None) -> None:
        """Write a backup that is whole from the moment it has its name. Raises Refused."""
        if target.exists():
            raise Refused(f"{target} is there already. Give the backup another name.")
        part = target.with_name(f"{target.name}.part")
        part.unlink(missing_ok=True)
        try:
            self._write(part, copied)
            part.rename(target)
        except OSError as error:
            raise Refused(f"{target} can't be written: {error.strerror}.") from error
        finally:
            part.unlink(missing_ok=True)

    def _write(self, part: Path, copied: Callable[[int], None]) -> None:
        with self.engine.connect() as connection:
            if _revision(connection) != self.newest:
                raise Refused(f"{NOT_MIGRATED}.")
        file = sqlite.file_of(self.engine)
        if file is not None:
            _copy_file(file, part)
            return
        part.touch(private.OWNER_ONLY)
        snapshot = self.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with _opened(part) as copy, snapshot.connect() as old, copy.connect() as new:
            self.upgrade(new)
            copying.copy_all(old, new, copied)
            new.commit()

    def restore(self, source: Path, vault: Vault) -> Restored:
        """Put a backup in the place of the database, with every installation paused. Raises Refused."""
        raise_unless_backup(source)
        erased = kept_marks(self.engine, vault)
        self.engine.dispose()
        file = sqlite.file_of(self.engine)
        with tempfile.TemporaryDirectory(dir=file.parent if file else None, prefix=RESTORING) as folder:
            fresh = Path(folder) / "fresh.sqlite"
            _copy_file(source, fresh)
            with _opened(fresh) as copy:
                self._upgrade_copy(copy, source)
                with Session(copy) as session:
                    paused = pause_everywhere(session)
                    again = erased.erase_again(session, vault)
                    session.commit()
                    unreadable = sum(sealed.unreadable(session.connection(), vault).values())
            if file is None:
                self._copy_back(fresh)
                return Restored(paused, unreadable, None, again)
            former = _put_in_place(fresh, file)
        return Restored(paused, unreadable, former, again)

    def _upgrade_copy(self, copy: Engine, source: Path) -> None:
        with copy.connect() as connection:
            try:
                self.upgrade(connection)
            except OperationalError:  # no room
                raise
            except CommandError as error:
                raise Refused(f"{source} is of a newer release ({error}): install that one first.") from error
            except Exception as error:
                raise Refused(
                    f"{source} can't be brought to the migrations of this release ({error})."
                ) from error

    def _copy_back(self, fresh: Path) -> None:
        """Into PostgreSQL: all rows, or none."""
        with self.engine.connect() as new:
            if new.scalar(text(OTHERS)):
                raise Refused(f"{IN_USE}.")
            self.upgrade(new)
            with _opened(fresh) as copy, copy.connect() as old:
                copying.empty(new)
                copying.copy_all(old, new)
            new.commit()


def raise_unless_backup(source: Path) -> None:
    """Raises Refused unless a file is a sound SQLite database of this app that holds something."""
    if not source.is_file():
        raise Refused(f"There is no file {source}.")
    with source.open("rb") as file:
        begins = file.read(len(SQLITE))
    if not begins:
        raise Refused(f"{source} is empty.")
    if begins.startswith(DUMPS):
        raise Refused(
            f"{source} isn't a SQLite database but a dump of PostgreSQL: see docs/hosting.md, By hand."
        )
    if begins != SQLITE:
        raise Refused(f"{source} isn't a SQLite database, as 'database backup' writes it.")
    with _looked_at(source) as connection:
        damage = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
        if damage != "ok":
            raise Refused(f"{source} is damaged: {' '.join(str(damage).split())}.")
        if _revision(connection) is None:
            raise Refused(f"{source} has no tables of this app: it was never migrated.")
        if not connection.scalar(text("SELECT count(*) FROM platform")):
            raise Refused(f"{source} contains no data.")


def revision_of(source: Path) -> str:
    """The migration up to which a backup has come."""
    with _looked_at(source) as connection:
        return _revision(connection) or ""


def opened_by(source: Path, vaults: list[Vault]) -> tuple[int, list[int]]:
    """How many secrets a backup stores, and how many of them each vault opens."""
    raise_unless_backup(source)
    with _looked_at(source) as connection:
        found = [value for _place, value in sealed.texts(connection)]
    return len(found), [sum(vault.opens(each) for each in found) for vault in vaults]


@contextmanager
def _looked_at(source: Path) -> Iterator[Connection]:
    """A connection that only reads. Raises Refused when something in the file can't be read."""
    engine = sqlite.read_only(source)
    try:
        with engine.connect() as connection:
            yield connection
    except DatabaseError as error:
        raise Refused(f"{source} isn't a SQLite database, or is damaged or cut off: {error.orig}.") from error
    finally:
        engine.dispose()


@contextmanager
def _opened(file: Path) -> Iterator[Engine]:
    """A file that only this command knows."""
    engine = create_engine(URL.create("sqlite", database=str(file)))
    try:
        yield engine
    finally:
        engine.dispose()


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _copy_file(source: Path, target: Path) -> None:
    try:
        sqlite.copy_file(source, target)
    except sqlite.Damaged as error:
        raise Refused(f"{error}.") from error


def _put_in_place(fresh: Path, place: Path) -> Path | None:
    """The former file keeps its content under another name. What stood beside a damaged one goes with it."""
    former = None
    if place.exists():
        try:
            sqlite.take_over(place)
        except sqlite.InUse as error:
            raise Refused(f"{IN_USE}.") from error
        except sqlite.Damaged:
            pass
        former = place.with_name(f"{place.name}.before-{int(clock.now().timestamp())}")
        former.hardlink_to(place)
    for end in sqlite.BESIDE:
        beside = Path(f"{place}{end}")
        if beside.exists():
            beside.rename(f"{former or place}{end}{'' if former else '.before'}")
    fresh.replace(place)
    return former
