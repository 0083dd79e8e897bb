"""The bucket of a key in PostgreSQL, so that the pace holds across processes and machines."""

from __future__ import annotations

import hashlib

from psycopg_pool import ConnectionPool
from pyrate_limiter import AbstractBucket, PostgresBucket, Rate

CONNECTIONS = 4


class SharedBuckets:
    """Makes buckets over one small pool of connections."""

    def __init__(self, conninfo: str, requests: int, seconds: float) -> None:
        self._pool = ConnectionPool(conninfo, min_size=1, max_size=CONNECTIONS, open=False)
        self._rate = Rate(requests, int(seconds * 1000))

    def of(self, key: str) -> AbstractBucket:
        """The bucket of a consumer key; its table is named by a hash, for a key is a secret's sibling."""
        self._pool.open()
        name = hashlib.blake2b(key.encode(), digest_size=8).hexdigest()
        return PostgresBucket(self._pool, f"pace_{name}", [self._rate])
