"""flask database: copy everything from a SQLite file to PostgreSQL."""

from __future__ import annotations

import click
from alembic.migration import MigrationContext
from flask.cli import AppGroup
from sqlalchemy import Connection, Table, create_engine, func, insert, select, text
from sqlalchemy.exc import SQLAlchemyError

from lti_app.extensions import db
from lti_app.models import Base, JobState, Platform
from lti_app.store.sqlite import prepare

group = AppGroup("database", help="Manage the whole database.")
CHUNK = 1000


@group.command("copy-from")
@click.argument("source", metavar="SQLITE_URL")
def copy_from(source: str) -> None:
    """Copy every row of a SQLite database to the one in LTI_APP_DATABASE_URL.

    Stop the app first. The target must be migrated (`db upgrade`) and empty. Copies all rows, or none.
    """
    if not source.startswith("sqlite:///"):
        raise click.ClickException(
            "SQLITE_URL isn't a SQLite address. Use one like sqlite:////folder/app.sqlite"
        )
    engine = create_engine(source)
    prepare(engine)
    try:
        with engine.connect() as old, db.engine.begin() as new:
            _check(old, new)
            number = sum(_copy(old, new, table) for table in Base.metadata.sorted_tables)
    except SQLAlchemyError as error:
        raise click.ClickException(
            f"Nothing was copied: the database reported {type(error).__name__}."
        ) from error
    finally:
        engine.dispose()
    click.echo(f"{number} rows copied. Point LTI_APP_DATABASE_URL at the new database and start the app.")


def _check(old: Connection, new: Connection) -> None:
    revisions = {MigrationContext.configure(each).get_current_revision() for each in (old, new)}
    if len(revisions) != 1 or None in revisions:
        raise click.ClickException("The databases aren't at the same migration. Run 'db upgrade' on both.")
    if new.scalar(select(func.count()).select_from(Platform.__table__)):
        raise click.ClickException("The target already contains data. Use an empty database.")
    jobs = Base.metadata.tables["job"]
    if old.scalar(select(func.count()).where(jobs.c.state == JobState.RUNNING)):
        raise click.ClickException("A job is running. Wait until it ends, or cancel it, and stop the app.")


def _copy(old: Connection, new: Connection, table: Table) -> int:
    """Copy every row of one table and its ID counter; returns the number of rows."""
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
        raise click.ClickException(f"Not all rows of {table.name} arrived, so nothing was copied.")
    return copied


def _advance(new: Connection, table: Table) -> None:
    """Set PostgreSQL's ID counter to the highest ID."""
    column = table.autoincrement_column
    if new.dialect.name != "postgresql" or column is None:
        return
    sequence = new.scalar(select(func.pg_get_serial_sequence(table.name, column.name)))
    if sequence:
        highest = new.scalar(select(func.max(column)))
        counter = {"name": sequence, "value": highest}
        new.execute(text("SELECT setval(CAST(:name AS regclass), :value)"), counter)
