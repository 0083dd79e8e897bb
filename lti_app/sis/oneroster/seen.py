"""Ids that came, held on disk as soon as there are many: a district of any size is read in flat memory."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

FEW = 20_000
"""Ids that are held in memory."""


class Seen:
    """A growing set of texts, by their hashes of 64 bits."""

    def __init__(self) -> None:
        self._few: set[int] = set()
        self._many: sqlite3.Connection | None = None

    def add(self, texts: Sequence[str]) -> list[bool]:
        """For each text whether it was unknown before; all of them are known from then on."""
        hashes = [hash(each) for each in texts]
        known = self._known(hashes)
        self._keep(set(hashes) - known)
        return [each not in known for each in hashes]

    def _known(self, hashes: Sequence[int]) -> set[int]:
        if self._many is None:
            return self._few.intersection(hashes)
        ask = self._many.execute
        return {each for each in hashes if ask("SELECT 1 FROM seen WHERE id = ?", (each,)).fetchone()}

    def _keep(self, fresh: set[int]) -> None:
        if self._many is None and len(self._few) + len(fresh) <= FEW:
            self._few |= fresh
            return
        if self._many is None:
            self._many = temporary()
            self._many.execute("CREATE TABLE seen (id INTEGER PRIMARY KEY)")
            fresh, self._few = fresh | self._few, set()
        self._many.executemany("INSERT OR IGNORE INTO seen VALUES (?)", ((each,) for each in fresh))


def temporary() -> sqlite3.Connection:
    """A database of one read, on disk where it is large, that no one else sees and nothing keeps."""
    made = sqlite3.connect("", isolation_level=None, check_same_thread=False)
    for line in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -8000", "temp_store = FILE"):
        made.execute(f"PRAGMA {line}")
    return made
