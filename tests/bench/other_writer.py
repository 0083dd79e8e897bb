"""How long another writer waits for SQLite's one lock while a sync runs in another process."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

EVERY = 0.02
"""Seconds between two writes."""
PREFIX = "sqlite:///"


@dataclass
class Waits:
    """The longest wait so far, in seconds."""

    longest: float = 0.0


@contextmanager
def writing(database_url: str) -> Iterator[Waits]:
    """Take and give back the writer's lock while the block runs; nothing where the database has no such
    lock."""
    waits, over = Waits(), threading.Event()

    def write() -> None:
        with closing(sqlite3.connect(database_url.removeprefix(PREFIX), timeout=600)) as connection:
            connection.isolation_level = None
            while not over.wait(EVERY):
                began = time.perf_counter()
                connection.execute("BEGIN IMMEDIATE")
                waits.longest = max(waits.longest, time.perf_counter() - began)
                connection.execute("COMMIT")

    thread = threading.Thread(target=write, daemon=True)
    if database_url.startswith(PREFIX):
        thread.start()
    try:
        yield waits
    finally:
        over.set()
        if thread.ident:
            thread.join()
