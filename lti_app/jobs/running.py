"""The jobs that this process runs right now, and their heartbeats."""

from __future__ import annotations

import threading
import time

from sqlalchemy.orm import Session

from lti_app.jobs import heartbeats, order
from lti_app.jobs.calls import Calls


class Running:
    """Thread-safe. A job is noted before it is claimed, so that a row without a note has no one here."""

    def __init__(self, owner: str) -> None:
        self._owner = owner
        self._guard = threading.Lock()
        self._jobs: dict[int, Calls] = {}

    def begin(self, job_id: int, calls: Calls) -> bool:
        """Note that a thread is about to run it; False when another thread of this process has it."""
        with self._guard:
            if job_id in self._jobs:
                return False
            self._jobs[job_id] = calls
            return True

    def end(self, job_id: int) -> None:
        """The thread is done with it, whatever came of it."""
        with self._guard:
            self._jobs.pop(job_id, None)

    def beat(self, session: Session) -> None:
        """Send heartbeats, and hear from the rows which jobs are still ours and which are canceled."""
        with self._guard:
            mine = dict(self._jobs)
        if not mine:
            return
        asked_at = time.monotonic()
        waits = {job_id: wait for job_id, each in mine.items() if (wait := each.wait())}
        for job_id, canceled in heartbeats.beat(session, self._owner, mine.keys(), waits).items():
            mine[job_id].ownership.confirm(asked_at)
            mine[job_id].canceled = canceled

    def make_room(self, session: Session) -> None:
        """End first turns that have had their time, the oldest first, as many as other jobs wait for one."""
        with self._guard:
            over = [each for each in self._jobs.values() if each.had_first_turn()]
        if over:
            waiting = order.number_for_first_turn(session)
            for each in sorted(over, key=lambda each: each.began)[:waiting]:
                each.makes_room = True

    def put_back_orphans(self, session: Session) -> None:
        """Put back what the rows say is ours and no thread has."""
        with self._guard:
            mine = set(self._jobs)
        heartbeats.requeue_orphans(session, self._owner, mine)
