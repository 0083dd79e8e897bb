"""flask database: back up, restore, and move the whole database."""

from __future__ import annotations

from pathlib import Path

import click
from alembic import command as alembic
from alembic.migration import MigrationContext
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy import Connection, func, make_url, select
from sqlalchemy.exc import SQLAlchemyError

from lti_app import formats
from lti_app.cli.one_line import of_the_database, of_the_machine
from lti_app.extensions import db
from lti_app.models import Base, JobState, Platform
from lti_app.operations import backup as backups
from lti_app.operations import service
from lti_app.store import copying, sqlite

group = AppGroup("database", help="Back up, restore, and move the whole database.")
FILE = click.Path(dir_okay=False, path_type=Path)


@group.command("backup")
@click.argument("file", type=FILE)
def backup(file: Path) -> None:
    """Write a backup of the whole database to FILE, while the app runs.

    The backup is a SQLite file, also of a PostgreSQL database, and readable for its owner only. Keep
    LTI_APP_SECRET_KEYS in another place: what is sealed can't be opened without them.
    """
    try:
        _databases().backup(file)
    except backups.Refused as error:
        raise click.ClickException(str(error)) from error
    except (SQLAlchemyError, copying.Incomplete) as error:
        raise click.ClickException(f"No backup was written. {_reported(error)}") from error
    megabytes = file.stat().st_size / 1_000_000
    click.echo(f"The backup is in {file} ({megabytes:.1f} MB). Keep LTI_APP_SECRET_KEYS in another place.")


@group.command("restore")
@click.argument("file", type=FILE)
def restore(file: Path) -> None:
    """Put the backup FILE in the place of the database. Stop every web process and worker first.

    Every installation is paused until the app has found in Schoology what it created since the backup. That
    happens automatically after the start.
    """
    db.session.close()
    try:
        done = _databases().restore(file, current_app.extensions["wiring"].vault)
    except backups.Refused as error:
        raise click.ClickException(str(error)) from error
    except (SQLAlchemyError, copying.Incomplete, OSError) as error:
        raise click.ClickException(f"Nothing was restored. {_reported(error)}") from error
    for name in done.paused:
        click.echo(f"{name}: paused. A job that finds its links again is queued.")
    if done.erased_again:
        people = formats.counted(done.erased_again, "person", "people")
        click.echo(f"{people} in the backup had been erased since, and {people} were erased again.")
    if done.former:
        click.echo(f"The former database is in {done.former}. Delete it when the app works again.")
    if done.unreadable:
        click.echo(
            f"LOOK {done.unreadable} stored secrets can't be opened with LTI_APP_SECRET_KEYS. Add the keys "
            "of the time of the backup at the end of the list; until then the app takes no jobs."
        )
    click.echo("The database is restored. Run 'doctor --before-start', then start the app.")


@group.command("copy-from")
@click.argument("source", metavar="SQLITE_URL")
def copy_from(source: str) -> None:
    """Copy every row of a SQLite database to the one in LTI_APP_DATABASE_URL.

    Stop the app first. The target must be migrated (`db upgrade`) and empty. Copies all rows, or none, and
    only reads the source.
    """
    if not source.startswith("sqlite:///"):
        raise click.ClickException(
            "SQLITE_URL isn't a SQLite address. Use one like sqlite:////folder/app.sqlite"
        )
    file = Path(make_url(source).database or "")
    try:
        backups.raise_unless_backup(file)
        number = _copy_from(file)
    except backups.Refused as error:
        raise click.ClickException(f"{error} Nothing was copied.") from error
    except (SQLAlchemyError, copying.Incomplete) as error:
        raise click.ClickException(f"Nothing was copied. {_reported(error)}") from error
    click.echo(f"{number} rows copied. Point LTI_APP_DATABASE_URL at the new database and start the app.")


def _copy_from(file: Path) -> int:
    engine = sqlite.read_only(file)
    try:
        with engine.connect() as old, db.engine.begin() as new:
            _check(old, new)
            with click.progressbar(length=copying.total(old), label="Rows") as bar:
                return copying.copy_all(old, new, bar.update)
    finally:
        engine.dispose()


def _check(old: Connection, new: Connection) -> None:
    revisions = {MigrationContext.configure(each).get_current_revision() for each in (old, new)}
    if len(revisions) != 1 or None in revisions:
        raise click.ClickException("The databases aren't at the same migration. Run 'db upgrade' on both.")
    if new.scalar(select(func.count()).select_from(Platform.__table__)):
        raise click.ClickException("The target already contains data. Use an empty database.")
    jobs = Base.metadata.tables["job"]
    if old.scalar(select(func.count()).where(jobs.c.state == JobState.RUNNING)):
        raise click.ClickException("A job is running. Wait until it ends, or cancel it, and stop the app.")


def _databases() -> backups.Databases:
    folder = current_app.extensions["service"]().migrations
    return backups.Databases(db.engine, service.newest_migration(folder), _upgrade)


def _upgrade(connection: Connection) -> None:
    """Bring any database to the migrations of this release. Commits."""
    config = current_app.extensions["migrate"].migrate.get_config()
    config.attributes["connection"] = connection
    alembic.upgrade(config, "head")


def _reported(error: Exception) -> str:
    if isinstance(error, OSError):
        return of_the_machine(error)
    return str(error) if isinstance(error, copying.Incomplete) else of_the_database(error)
