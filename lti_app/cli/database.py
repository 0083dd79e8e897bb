"""flask database: move everything from a SQLite file into PostgreSQL."""

from __future__ import annotations

import click
from alembic.migration import MigrationContext
from flask.cli import AppGroup
from sqlalchemy import Connection, Table, create_engine, func, insert, select, text
from sqlalchemy.exc import SQLAlchemyError

from lti_app.extensions import db
from lti_app.models import Base, JobState, Platform
from lti_app.store.sqlite import prepare

group = AppGroup("database", help="Look after the database as a whole.")
CHUNK = 1000


@group.command("copy-from")
@click.argument("source", metavar="SQLITE_URL")
def copy_from(source: str) -> None:
    """Copy every row of a SQLite database into the one that LTI_APP_DATABASE_URL names.

    Stop the app first. The target must be migrated (`db upgrade`) and empty. Either all rows arrive, or none.
    """
    if not source.startswith("sqlite:///"):
        raise click.ClickException("SQLITE_URL looks like sqlite:////folder/app.sqlite")
    engine = create_engine(source)
    prepare(engine)
    try:
        with engine.connect() as old, db.engine.begin() as new:
            _check(old, new)
            number = sum(_copy(old, new, table) for table in Base.metadata.sorted_tables)
    except SQLAlchemyError as error:
        raise click.ClickException(
            f"Nothing was copied: the database said {type(error).__name__}."
        ) from error
    finally:
        engine.dispose()
    click.echo(f"{number} rows copied. Point LTI_APP_DATABASE_URL at the new database and start the app.")


def _check(old: Connection, new: Connection) -> None:
    revisions = {MigrationContext.configure(each).get_current_revision() for each in (old, new)}
    if len(revisions) != 1 or None in revisions:
        raise click.ClickException("Both databases must be at the same migration: run 'db upgrade' on both.")
    if new.scalar(select(func.count()).select_from(Platform.__table__)):
        raise click.ClickException("The target holds data already. Copy into an empty database.")
    jobs = Base.metadata.tables["job"]
    if old.scalar(select(func.count()).where(jobs.c.state == JobState.RUNNING)):
        raise click.ClickException("A job is running: stop the app, wait until it is over, or cancel it.")


def _copy(old: Connection, new: Connection, table: Table) -> int:
    """Every row of one table, and the counter of its ids."""
    total = old.scalar(select(func.count()).select_from(table)) or 0
    copied = 0
    if total:
        rows = old.execute(select(table).execution_options(yield_per=CHUNK))
        with click.progressbar(length=total, label=f"{table.name:<20}") as bar:
            for part in rows.mappings().partitions():
                new.execute(insert(table), [dict(row) for row in part])
                copied += len(part)
                bar.update(len(part))
        _advance(new, table)
    if new.scalar(select(func.count()).select_from(table)) != total or copied != total:
        raise click.ClickException(f"Not all rows of {table.name} arrived; nothing was copied.")
    return copied


def _advance(new: Connection, table: Table) -> None:
    """Let PostgreSQL count on from the highest id."""
    column = table.autoincrement_column
    if new.dialect.name != "postgresql" or column is None:
        return
    sequence = new.scalar(select(func.pg_get_serial_sequence(table.name, column.name)))
    if sequence:
        highest = new.scalar(select(func.max(column)))
        counter = {"name": sequence, "value": highest}
        new.execute(text("SELECT setval(CAST(:name AS regclass), :value)"), counter)
