"""A worker in processes of its own, which are really killed."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from random import Random

from sqlalchemy import select, update

from lti_app import clock
from lti_app.extensions import db
from lti_app.jobs import heartbeats
from lti_app.models import Job
from tests.support.killed_worker import KilledWorker
from tests.support.world import World


class ForkedWorker(KilledWorker):
    """Its processes are children of one that is started once and has everything loaded."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._parent = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", "tests.support.killing"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def close(self) -> None:
        """End the parent."""
        assert self._parent.stdin is not None and self._parent.stdout is not None
        self._parent.stdin.close()
        self._parent.wait(10)
        self._parent.stdout.close()
        super().close()

    def fork(self, kill_at: int = 0, side: str = "after") -> dict[str, int]:
        """One process: the signal that ended it, and how often the first one committed.

        Each begins when a job that was lost twice at one place may go on.
        """
        assert self._parent.stdin is not None and self._parent.stdout is not None
        with self.world.app.app_context():
            db.session.execute(update(Job).values(resume_at=None))
            db.session.commit()
        self._disconnect()
        now = clock.now().isoformat()
        order = {"settings": asdict(self.settings), "now": now, "kill_at": kill_at, "side": side}
        self._parent.stdin.write(json.dumps(order, default=str) + "\n")
        self._parent.stdin.flush()
        said: dict[str, int] = json.loads(self._parent.stdout.readline())
        return said

    def may_die_again(self) -> bool:
        """Whether one more end at this place would not be the last."""
        with self.world.app.app_context():
            job = db.session.scalars(select(Job).order_by(Job.id.desc())).first()
            db.session.remove()
        assert job is not None
        lost_here = job.take_overs if job.lost_at == f"{job.phase}:{job.done}" else 0
        return lost_here + 2 < heartbeats.MOST_TAKE_OVERS


@contextmanager
def forked_worker(world: World) -> Iterator[ForkedWorker]:
    """A worker whose parent ends with the block."""
    made = ForkedWorker(world)
    try:
        yield made
    finally:
        made.close()


def drawn() -> Random:
    """Dice whose seed is printed; KILL_SEED plays them again."""
    seed = int(os.environ.get("KILL_SEED") or random.randrange(10**6))  # noqa: S311 - a test's dice
    sys.stdout.write(f"KILL_SEED={seed}\n")
    return Random(seed)  # noqa: S311 - a test's dice
