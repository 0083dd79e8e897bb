"""The bucket of a key in PostgreSQL, so that the pace holds across processes and machines."""

from __future__ import annotations

import hashlib

from psycopg_pool import ConnectionPool
from pyrate_limiter import AbstractBucket, PostgresBucket, Rate

CONNECTIONS = 4


class SharedBuckets:
    """Makes buckets over one small pool of connections."""

    def __init__(self, conninfo: str, seconds: float) -> None:
        self._pool = ConnectionPool(conninfo, min_size=1, max_size=CONNECTIONS, open=False)
        self._milliseconds = int(seconds * 1000)

    def of(self, name: str, requests: int) -> AbstractBucket:
        """A bucket, such as that of a consumer key; its table is named by a hash, for a key is a secret's
        sibling."""
        self._pool.open()
        table = hashlib.blake2b(name.encode(), digest_size=8).hexdigest()
        return PostgresBucket(self._pool, f"pace_{table}", [Rate(requests, self._milliseconds)])
