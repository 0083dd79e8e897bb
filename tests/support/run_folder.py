"""One folder for each run of the tests, in memory where there is room, shared by all of its processes."""

from __future__ import annotations

import atexit
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import IO

VARIABLE = "TEST_RUN_FOLDER"
PREFIX = "schoology-sis-tests-"
ALIVE = "alive"
MEMORY = Path("/dev/shm")
ROOM = 4 * 1024**3
"""Bytes that must be free before memory is used."""


@cache
def run_folder() -> Path:
    """The folder of this run; the first process to ask makes it, and removes it when it ends."""
    given = os.environ.get(VARIABLE)
    if given:
        return Path(given)
    parent = MEMORY if _has_room(MEMORY) else Path(tempfile.gettempdir())
    remove_abandoned(parent)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
    sign = held(folder)
    os.environ[VARIABLE] = str(folder)
    owner = os.getpid()

    def remove() -> None:
        if os.getpid() == owner:  # not in a child that was forked
            _remove(folder)
            sign.close()

    atexit.register(remove)
    return folder


@contextmanager
def only_one(name: str) -> Iterator[Path]:
    """A folder of the run by name, for one process at a time; what is inside tells what is left to do."""
    folder = run_folder() / name
    folder.mkdir(parents=True, exist_ok=True)
    with (run_folder() / f"{name.replace('/', '-')}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


def _has_room(folder: Path) -> bool:
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK) and shutil.disk_usage(folder).free >= ROOM


def held(folder: Path) -> IO[str]:
    """The sign that a run lives: a lock, which goes with its process however that ends."""
    sign = (folder / ALIVE).open("w")
    fcntl.flock(sign, fcntl.LOCK_EX)
    return sign


def remove_abandoned(parent: Path) -> None:
    """What runs that were killed left behind. A database server among it ends when its folder is gone."""
    for folder in parent.glob(f"{PREFIX}*"):
        with suppress(OSError), (folder / ALIVE).open("r+") as sign:
            fcntl.flock(sign, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _remove(folder)


def _remove(folder: Path) -> None:
    """The sign goes last: where a server that is about to end still writes, the next run tries again."""
    for each in folder.iterdir():
        if each.is_dir():
            shutil.rmtree(each, ignore_errors=True)
        elif each.name != ALIVE:
            each.unlink(missing_ok=True)
    if [each.name for each in folder.iterdir()] == [ALIVE]:
        shutil.rmtree(folder, ignore_errors=True)
