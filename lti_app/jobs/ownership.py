"""How long ago a worker knew for certain that a job was its own.

A process that was stopped, or that waited for its machine, doesn't know how late it is: in the meantime
another worker may have taken over its job and ended it. So each request of a job asks here before it leaves.
The time is that of the monotonic clock, which no one sets.
"""

from __future__ import annotations

import time
from datetime import timedelta

from lti_app.jobs.heartbeats import SILENT_AFTER

CERTAIN = (SILENT_AFTER - timedelta(seconds=15)).total_seconds()
"""Seconds: less than others wait before they take over."""


class JobLost(Exception):
    """Another worker took over this job, or may have: this one writes and sends nothing more for it."""


class Ownership:
    """Kept by the heartbeats of one job and by each report of its progress."""

    def __init__(self) -> None:
        self._asked_at = time.monotonic()

    def confirm(self, asked_at: float) -> None:
        """The database said that the job is ours when it was asked at this time of `time.monotonic`."""
        self._asked_at = max(self._asked_at, asked_at)

    def check(self) -> None:
        """Raises JobLost when it is too long ago to be certain."""
        if time.monotonic() - self._asked_at > CERTAIN:
            raise JobLost
