"""The bucket of a key and its slowness in PostgreSQL: the pace holds across processes and machines."""

from __future__ import annotations

import hashlib
import time

from psycopg_pool import ConnectionPool
from pyrate_limiter import AbstractBucket, PostgresBucket, Rate

from lti_app.outbound.pace import RECOVERY, SLOWEST, Slowness

CONNECTIONS = 4
FRESH = 1.0
"""Seconds for which a process goes by the slowness that it last read."""


class SharedBuckets:
    """Makes buckets over one small pool of connections."""

    def __init__(self, conninfo: str, seconds: float) -> None:
        self._pool = ConnectionPool(conninfo, min_size=1, max_size=CONNECTIONS, open=False)
        self._milliseconds = int(seconds * 1000)

    def of(self, name: str, requests: int) -> AbstractBucket:
        """A bucket, such as that of a consumer key; its table is named by a hash, for a key is a secret's
        sibling."""
        self._pool.open()
        return PostgresBucket(self._pool, f"pace_{_hashed(name)}", [Rate(requests, self._milliseconds)])

    def slowness_of(self, name: str) -> Slowness:
        """The slowness of a key: one process is told to slow down, and all do."""
        self._pool.open()
        return SharedSlowness(self._pool, _hashed(name))


class SharedSlowness(Slowness):
    """One row for a key; read again once a second."""

    def __init__(self, pool: ConnectionPool, key: str) -> None:
        super().__init__()
        self._pool, self._key, self._read_at = pool, key, 0.0
        with self._pool.connection() as connection:
            # If two processes create a table at the same time, PostgreSQL refuses one.
            connection.execute("SELECT pg_advisory_xact_lock(hashtext('pace_slowness'))")
            connection.execute(
                "CREATE TABLE IF NOT EXISTS pace_slowness (key text PRIMARY KEY, slowness float NOT NULL)"
            )
            connection.execute(
                "INSERT INTO pace_slowness VALUES (%s, 1) ON CONFLICT (key) DO NOTHING", (self._key,)
            )

    def read(self) -> float:
        """What the slowest process has learned, at most a second ago."""
        if time.monotonic() - self._read_at >= FRESH:
            self._ask("SELECT slowness FROM pace_slowness WHERE key = %s", (self._key,))
        return self._value

    def give_way(self) -> None:
        """Twice as slow, for everybody."""
        self._ask(
            "UPDATE pace_slowness SET slowness = least(%s, slowness * 2) WHERE key = %s RETURNING slowness",
            (SLOWEST, self._key),
        )

    def recover(self) -> None:
        """A little faster, for everybody."""
        if self._value > 1:
            self._ask(
                "UPDATE pace_slowness SET slowness = greatest(1, slowness * %s) WHERE key = %s "
                "RETURNING slowness",
                (RECOVERY, self._key),
            )

    def _ask(self, statement: str, values: tuple[object, ...]) -> None:
        with self._pool.connection() as connection:
            row = connection.execute(statement, values).fetchone()
        self._value, self._read_at = float(row[0]) if row else 1.0, time.monotonic()


def _hashed(name: str) -> str:
    return hashlib.blake2b(name.encode(), digest_size=8).hexdigest()
