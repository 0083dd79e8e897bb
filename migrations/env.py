"""Alembic's environment: the app's own engine and metadata, online only."""

from __future__ import annotations

import logging
from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy.exc import DBAPIError

from lti_app.cli.one_line import of_the_database
from lti_app.logs import say
from lti_app.models.base import UtcDateTime

log = logging.getLogger("lti_app.migrations")
database = current_app.extensions["migrate"].db


def render_item(kind: str, item: Any, _context: Any) -> str | bool:
    """Our own column type is written into migrations as the type beneath it."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def run() -> None:
    """Migrate the app's database, or the one that the caller has opened."""
    given = context.config.attributes.get("connection")
    if given is not None:
        migrate(given)
        return
    try:
        connection = database.engine.connect()
    except DBAPIError as error:
        raise RuntimeError(of_the_database(error)) from error
    with connection:
        migrate(connection)


def migrate(connection: Any) -> None:
    """Every step in one transaction: a migration that fails leaves the database as it was."""
    sqlite = connection.dialect.name == "sqlite"
    if sqlite:
        begin_without_foreign_keys(connection)
    try:
        context.configure(
            connection=connection,
            target_metadata=database.metadatas[None],
            render_as_batch=True,
            render_item=render_item,
            transactional_ddl=True,
            on_version_apply=note,
        )
        with context.begin_transaction():
            context.run_migrations()
        if sqlite:
            raise_if_a_reference_is_lost(connection)
        connection.commit()
    finally:
        connection.rollback()
        if sqlite:
            connection.exec_driver_sql("PRAGMA foreign_keys = ON")
            connection.commit()


def note(step: Any, **_more: Any) -> None:
    """One line of the process log for each migration."""
    direction = "up" if step.is_upgrade else "down"
    names = ",".join(each.revision for each in step.up_revisions)
    say(log, "migration", revision=names, direction=direction)


def begin_without_foreign_keys(connection: Any) -> None:
    """SQLite changes a table by making it again. With foreign keys on, dropping the former one would delete
    or refuse the rows that refer to it (https://www.sqlite.org/lang_altertable.html#otheralter)."""
    connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def raise_if_a_reference_is_lost(connection: Any) -> None:
    """Raises RuntimeError, which undoes the migration, when a row refers to one that isn't there."""
    lost = {f"{row[0]} → {row[2]}" for row in connection.exec_driver_sql("PRAGMA foreign_key_check")}
    if lost:
        raise RuntimeError(f"Nothing was migrated: rows would lose what they refer to ({', '.join(lost)}).")


run()
