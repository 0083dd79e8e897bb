"""What a district takes on the disk: the database after each sync, a backup, and the log.

    python -m tests.bench.disk --students 5000 --database sqlite

One line a figure. A busy night changes 1 % of the students.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import psycopg
import time_machine

from lti_app import create_app
from lti_app.config import Settings
from lti_app.store import sqlite
from tests.bench.figures import Figures
from tests.bench.roster import database_of, set_up, sync
from tests.bench.servers import Servers
from tests.support.world import DAY, settings

PACE = (2000, 1.0)
"""Requests and seconds: the time doesn't matter here."""
NIGHTS = 4
"""Of each kind. The first of them fills what was free in the file, so the last ones are counted."""


def main() -> int:
    """Run the bench; the exit code is the number of missed targets."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=5000)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    arguments = parser.parse_args()
    figures = Figures()
    with time_machine.travel(DAY, tick=True), tempfile.TemporaryDirectory() as folder:
        servers = Servers(arguments.students)
        try:
            with database_of(arguments.database, Path(folder)) as url:
                _nights(figures, servers, Path(folder), url, arguments.students)
        finally:
            servers.close()
    return figures.failures


def _nights(figures: Figures, servers: Servers, folder: Path, url: str, students: int) -> None:
    name = f"{url.partition(':')[0].partition('+')[0]}-{students}"
    chosen = settings(
        folder,
        database_url=url,
        schoology_pace=PACE,
        schoology_api_url=f"{servers.schoology.url}/v1",
        log_level="INFO",
    )
    set_up(chosen, servers)
    empty = _size(chosen)
    figures.say(f"{name}.empty", empty / 1e6, "MB")
    sizes, logs = [empty], [0]
    for night in range(1 + 2 * NIGHTS):
        if night > NIGHTS:
            servers.ask("change", 0.01)
        logs.append(_logged(chosen, servers, folder / "log"))
        sizes.append(_size(chosen))
        what = "first" if night == 0 else "quiet" if night <= NIGHTS else "busy"
        figures.say(f"{name}.night-{night}.{what}", (sizes[-1] - sizes[-2]) / students, "bytes/student")
        figures.say(f"{name}.night-{night}.log", logs[-1], "bytes")
    for what, last in (("quiet", 1 + NIGHTS), ("busy", 1 + 2 * NIGHTS)):
        grown = (sizes[last] - sizes[last - NIGHTS + 1]) / (NIGHTS - 1)
        figures.say(f"{name}.{what}-night", grown / students, "bytes/student")
    last = (sizes[1 + NIGHTS] - sizes[NIGHTS]) / sizes[NIGHTS]
    figures.say(f"{name}.last-quiet-night-to-database", last, "x", at_most=0.02)
    figures.say(f"{name}.database", sizes[-1] / 1e6, "MB")
    backup = folder / "backup.sqlite"
    said = create_app(chosen).test_cli_runner().invoke(args=["database", "backup", str(backup)])
    assert said.exit_code == 0, said.output
    figures.say(f"{name}.backup", backup.stat().st_size / 1e6, "MB")


def _logged(chosen: Settings, servers: Servers, file: Path) -> int:
    """Sync in a process of its own; how many bytes it has logged."""
    before = file.stat().st_size if file.exists() else 0
    sys.stderr.flush()
    kept = os.dup(2)
    with file.open("ab") as log:
        os.dup2(log.fileno(), 2)
        try:
            sync(chosen, servers)
        finally:
            os.dup2(kept, 2)
            os.close(kept)
    return file.stat().st_size - before


def _size(chosen: Settings) -> int:
    """Bytes of the database on the disk, in a process of its own: this one only forks."""
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe()
    process = context.Process(target=_send_size, args=(chosen, there))
    process.start()
    found: int = here.recv()
    process.join()
    return found


def _send_size(chosen: Settings, pipe: multiprocessing.connection.Connection) -> None:
    if chosen.database_url.startswith("sqlite"):
        file = Path(chosen.database_url.removeprefix("sqlite:///"))
        sqlite.take_over(file)
        pipe.send(file.stat().st_size)
        return
    with closing(psycopg.connect(chosen.conninfo, autocommit=True)) as connection:
        connection.execute("CHECKPOINT")
        row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
        assert row is not None
        pipe.send(int(row[0]))


if __name__ == "__main__":
    sys.exit(main())
