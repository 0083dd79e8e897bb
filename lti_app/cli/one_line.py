"""Around every command: it is logged, and what goes wrong is one line with the remedy, never a traceback."""

from __future__ import annotations

import errno
import logging
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

import click
import psycopg
from flask import current_app
from procrastinate.exceptions import ConnectorException
from sqlalchemy import inspect
from sqlalchemy.exc import DatabaseError, InterfaceError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from lti_app.extensions import db
from lti_app.logs import say
from lti_app.vault import VaultError

log = logging.getLogger(__name__)
DISK_FULL = "The disk is full. Make room there, then run this again."
NO_ROOM = ("database or disk is full", "disk I/O error", "No space left on device", "DiskFull")
BROKEN = ("file is not a database", "malformed")
READ_ONLY = ("ReadOnlySqlTransaction", "CannotConnectNow")
OF_THE_DATABASE = (
    DatabaseError,
    InterfaceError,
    PoolTimeout,
    psycopg.OperationalError,
    ConnectorException,
)


def report_in_one_line(commands: Iterable[click.Command]) -> None:
    """Wrap every command, those of groups too."""
    for command in commands:
        if isinstance(command, click.Group):
            report_in_one_line(command.commands.values())
        elif command.callback is not None and not hasattr(command.callback, "__in_one_line__"):
            command.callback = _wrapped(command.callback)


def _wrapped(callback: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(callback)
    def reporting(*arguments: Any, **options: Any) -> Any:
        with _logged():
            try:
                return callback(*arguments, **options)
            except VaultError as error:
                raise click.ClickException(str(error)) from error
            except OF_THE_DATABASE as error:
                raise click.ClickException(of_the_database(error)) from error
            except BrokenPipeError:
                raise
            except OSError as error:
                raise click.ClickException(of_the_machine(error)) from error

    reporting.__in_one_line__ = True  # type: ignore[attr-defined]
    return reporting


@contextmanager
def _logged() -> Iterator[None]:
    """One line of the process log for each command of the host: its name without what was typed behind it."""
    name = click.get_current_context().command_path.partition(" ")[2].replace(" ", "-")
    outcome, began = "failed", time.monotonic()
    try:
        yield
        outcome = "done"
    finally:
        say(log, "command", command=name, outcome=outcome, seconds=round(time.monotonic() - began, 1))


def of_the_database(error: Exception) -> str:
    """Why the database didn't do what a command asked, with the remedy; without values of rows."""
    url = current_app.extensions["wiring"].settings.database_url
    if url.startswith("sqlite") and "unable to open" in str(error):
        file = db.engine.url.database
        return (
            f"The database file {file} can't be opened: its folder must exist, and this user must be allowed "
            "to write there. Set LTI_APP_DATABASE_URL to another place, or change the folder's rights."
        )
    if url.startswith("sqlite") and "readonly" in str(error):
        return f"This user may not write to the database file {db.engine.url.database}: change its rights."
    if any(each in str(error) for each in NO_ROOM):
        return DISK_FULL
    if url.startswith("sqlite") and any(each in str(error) for each in BROKEN):
        return (
            f"The database file {db.engine.url.database} is damaged or isn't a database: stop the app, and "
            "run 'flask --app wsgi database restore' with the newest backup."
        )
    name = type(getattr(error, "orig", None) or error).__name__
    if name in READ_ONLY:
        return (
            f"PostgreSQL takes no changes ({name}): LTI_APP_DATABASE_URL may lead to a standby server, or "
            "the database was set to read only."
        )
    if _is_empty():
        return "The database has no tables yet: run 'flask --app wsgi db upgrade' first."
    return (
        f"The database refused or didn't answer ({name}): check LTI_APP_DATABASE_URL, and whether the server "
        "runs. 'flask --app wsgi doctor --before-start' says more."
    )


def of_the_machine(error: OSError) -> str:
    """Why a file, a folder, or the network didn't do what a command asked."""
    where = f"{error.filename}: " if error.filename else ""
    if error.errno == errno.ENOSPC:
        return f"{where}{DISK_FULL}"
    words = error.strerror or f"{type(error).__name__}, {error}"
    return f"{where}{words}. Commands run as the app's user, who must be allowed to read and write there."


def _is_empty() -> bool:
    """Whether the database answers and has no tables."""
    try:
        with db.engine.connect() as connection:
            return not inspect(connection).has_table("platform")
    except SQLAlchemyError:
        return False
