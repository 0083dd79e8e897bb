"""A database that is kept as it is at one moment, and put back as often as a test wants it."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Protocol

from sqlalchemy import create_engine, make_url, text


class Kept(Protocol):
    """No one may be connected while it is kept or put back."""

    def keep(self) -> None:
        """Remember the database as it is now."""

    def put_back(self) -> None:
        """The database is as it was when it was kept."""

    def forget(self) -> None:
        """Remove what was remembered."""


def kept_database(address: str) -> Kept:
    """What keeps the database of this address."""
    file = make_url(address).database
    return KeptFile(Path(str(file))) if address.startswith("sqlite") else KeptTemplate(address)


class KeptFile:
    """A SQLite file with its log, and their copies."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._copies = Path(tempfile.mkdtemp(prefix="kept", dir=file.parent))

    def keep(self, name: str = "") -> None:
        """Remember the database as it is now; also while someone has it open who is not writing, for then
        the files are what a killed process would leave."""
        folder = self._copies / f"kept{name}"
        folder.mkdir(exist_ok=True)
        for part in self._parts(self._file):
            shutil.copy(part, folder)

    def put_back(self, name: str = "") -> None:
        """The database is as it was when it was kept."""
        for leftover in self._file.parent.glob(f"{self._file.name}*"):
            leftover.unlink()
        for part in self._parts(self._copies / f"kept{name}" / self._file.name):
            shutil.copy(part, self._file.parent)

    def forget(self) -> None:
        """Remove the copies."""
        shutil.rmtree(self._copies)

    def _parts(self, file: Path) -> list[Path]:
        log = file.with_name(f"{file.name}-wal")
        return [file, log] if log.exists() else [file]


class KeptTemplate:
    """A PostgreSQL database and the template that it is made from again."""

    def __init__(self, address: str) -> None:
        url = make_url(address.replace("postgresql://", "postgresql+psycopg://"))
        self._name, self._template = url.database, f"{url.database}_kept"
        self._server = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")

    def keep(self) -> None:
        """Remember the database as it is now."""
        self._copy(self._name, self._template)

    def put_back(self) -> None:
        """The database is as it was when it was kept."""
        self._copy(self._template, self._name)

    def forget(self) -> None:
        """Remove the template."""
        with self._server.connect() as connection:
            connection.execute(text(f'DROP DATABASE IF EXISTS "{self._template}" WITH (FORCE)'))
        self._server.dispose()

    def _copy(self, source: str | None, target: str | None) -> None:
        with self._server.connect() as connection:
            connection.execute(text(f'DROP DATABASE IF EXISTS "{target}" WITH (FORCE)'))
            connection.execute(text(f'CREATE DATABASE "{target}" TEMPLATE "{source}" STRATEGY FILE_COPY'))
