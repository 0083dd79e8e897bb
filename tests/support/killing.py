"""A process that is forked again and again, each time to run the queue and to be killed at one moment.

Run as a module. Each line of standard input is {"settings": …, "now": …, "kill_at": n, "side": …} as JSON,
the side being before or after; the answer is a line {"signal": …, "commits": n}. The child sends SIGKILL to
itself around its n-th commit; with kill_at 0 it runs to the end and says how often it committed.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from datetime import datetime
from typing import Any

import time_machine
from sqlalchemy import event, select
from sqlalchemy.orm import Session, configure_mappers

from lti_app import create_app
from lti_app.config import Settings
from lti_app.extensions import db
from lti_app.models import Job, JobState


def main() -> None:
    """Answer orders until standard input ends. An app that nobody uses loads all modules before the forks."""
    loaded = False
    for line in sys.stdin:
        order = json.loads(line)
        if not loaded:
            create_app(Settings(**_settings(order["settings"])))
            configure_mappers()
            loaded = True
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            _work(order, writing)
        os.close(writing)
        said = b""
        while part := os.read(reading, 100):
            said += part
        os.close(reading)
        _, status = os.waitpid(child, 0)
        ended = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        counted = int(said.split()[-1]) if said else 0
        sys.stdout.write(json.dumps({"signal": ended, "commits": counted}) + "\n")
        sys.stdout.flush()


def _work(order: dict[str, Any], writing: int) -> None:
    """Run everything that waits, as a worker that has just started; never returns."""
    time_machine.travel(datetime.fromisoformat(order["now"]), tick=True).start()
    try:
        app = create_app(Settings(**_settings(order["settings"])))
        _count_commits(int(order["kill_at"]), str(order["side"]), writing)
        runner = app.extensions["runner"]
        runner.tick()
        with app.app_context(), Session(db.engine) as session:
            waiting = list(session.scalars(select(Job.id).where(Job.state == JobState.QUEUED)))
        for job_id in waiting:
            runner.run_now(job_id)
    except BaseException as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        os._exit(3)
    os._exit(0)


def _count_commits(kill_at: int, side: str, writing: int) -> None:
    seen = 0

    def passed(_session: Session) -> None:
        nonlocal seen
        seen += 1
        os.write(writing, f"{seen} ".encode())
        if seen == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Session, "before_commit" if side == "before" else "after_commit", passed)


def _settings(given: dict[str, Any]) -> dict[str, Any]:
    pairs = ("secret_keys", "schoology_pace")
    return {name: tuple(value) if name in pairs else value for name, value in given.items()}


if __name__ == "__main__":
    main()
