"""A database that is kept as it is at one moment, and put back as often as a test wants it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Protocol

from sqlalchemy import create_engine, make_url, text


class Kept(Protocol):
    """Nobody may be connected while it is kept or put back."""

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
    """A SQLite file and its copy."""

    def __init__(self, file: Path) -> None:
        self._file, self._copy = file, file.with_name("kept.sqlite")

    def keep(self) -> None:
        """Remember the database as it is now; whoever closed it last has written its log back."""
        assert not self._file.with_name(f"{self._file.name}-wal").exists()
        shutil.copy(self._file, self._copy)

    def put_back(self) -> None:
        """The database is as it was when it was kept."""
        for leftover in self._file.parent.glob(f"{self._file.name}*"):
            leftover.unlink()
        shutil.copy(self._copy, self._file)

    def forget(self) -> None:
        """Remove the copy."""
        self._copy.unlink(missing_ok=True)


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
