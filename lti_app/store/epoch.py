"""How far the database has come, kept in it and outside of it.

The number in the database grows before anything is sent. The highest number seen is kept outside: beside a
SQLite file, and in the memory of each process. A database whose number is lower than that was restored or
lost its last commits, and doesn't know what the app has made in Schoology since.
"""

from __future__ import annotations

import json
import uuid
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, update
from sqlalchemy.orm import Session

from lti_app.models import Epoch
from lti_app.store import private, sqlite

ROW = 1
BESIDE = "-epoch"
"""What the file is called by, after the name of the database."""
Known = dict[str, int]
"""Name of a line of history → the highest number seen; the newest line is the last one."""


@dataclass(frozen=True)
class Mark:
    """How far a line of history has come."""

    name: str
    number: int


def mark(session: Session) -> Mark | None:
    """How far the database has come; None for one that has not begun."""
    row = session.get(Epoch, ROW, populate_existing=True)
    return Mark(row.name, row.number) if row is not None else None


def advance(session: Session) -> Mark | None:
    """The database comes one step further. The caller commits, and calls `keep` before it sends anything."""
    stepped = update(Epoch).where(Epoch.id == ROW).values(number=Epoch.number + 1)
    row = session.execute(stepped.returning(Epoch.name, Epoch.number)).first()
    return Mark(*row) if row is not None else None


def begin_anew(session: Session) -> None:
    """Begin a line of history: of a new database, and of one that was restored. The caller commits."""
    session.merge(Epoch(id=ROW, name=uuid.uuid4().hex, number=0))


def keep(session: Session, reached: Mark | None, known: Known | None = None) -> None:
    """Keep outside how far the database has come, as it was committed: in a file, and in `known`."""
    if reached is None:
        return
    file = _file(session)
    if file is not None and _note(kept := _read(file), reached):
        _write(file, kept)
    if known is not None:
        _note(known, reached)


def _note(known: Known, reached: Mark) -> bool:
    """Whether that was news."""
    if known.get(reached.name, -1) >= reached.number:
        return False
    known[reached.name] = reached.number
    return True


def went_back(session: Session, known: Known) -> bool:
    """Whether the database knows less than what is kept outside. `known` is what this process has seen.

    What is kept is read first: the database is never behind it unless it went back.
    """
    file = _file(session)
    kept = [each for each in (known, _read(file) if file else {}) if each]
    session.rollback()
    now = mark(session)
    session.rollback()
    return any(now is None or _is_behind(now, each) for each in kept)


def _is_behind(now: Mark, known: Known) -> bool:
    newest = [*known][-1]
    return now.name in known and (now.name != newest or now.number < known[newest])


def _file(session: Session) -> Path | None:
    engine = session.get_bind()
    assert isinstance(engine, Engine)
    file = sqlite.file_of(engine)
    return file.with_name(f"{file.name}{BESIDE}") if file else None


def _read(file: Path) -> Known:
    """A file that is missing or damaged knows nothing."""
    with suppress(OSError, ValueError):
        found = json.loads(file.read_text())
        if isinstance(found, dict):
            return {str(name): int(number) for name, number in found.items()}
    return {}


def _write(file: Path, known: Known) -> None:
    """Whole or not at all; a folder that can't be written to leaves the memory of the processes."""
    part = file.with_name(f"{file.name}.part")
    with suppress(OSError):
        part.unlink(missing_ok=True)
        with private.new_file(part) as out:
            json.dump(known, out)
        part.replace(file)
