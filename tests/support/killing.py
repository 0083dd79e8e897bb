"""A process that is forked again and again, each time to run the queue and to be killed at one moment.

Run as a module. Each line of standard input is {"settings": …, "now": …, "kill_at": n, "side": …} as JSON,
the side being before or after; the answer is a line {"signal": …, "commits": n}. The child sends SIGKILL to
itself around its n-th commit; with kill_at 0 it runs to the end and says how often it committed.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import time_machine
from flask import Flask
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from lti_app import create_app, runner_for
from lti_app.config import Settings
from lti_app.extensions import db
from lti_app.models import Job, JobState
from lti_app.wiring import Wiring


def main() -> None:
    """Answer orders until standard input ends.

    The first is carried out by this very process, whose app has compiled every statement by then; each later
    one by a child, which begins with that app but with connections, clients and a name of its own.
    """
    app: Flask | None = None
    for line in sys.stdin:
        order = json.loads(line)
        if app is None:
            app = create_app(Settings(**_settings(order["settings"])))
            said = _undisturbed(app, order)
            gc.freeze()  # what the children share with us is theirs to read, not to look through
        else:
            said = _of_a_child(app, order)
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()


def _undisturbed(app: Flask, order: dict[str, Any]) -> dict[str, int]:
    assert not order["kill_at"], "the first order is one without a kill"
    with time_machine.travel(datetime.fromisoformat(order["now"]), tick=True), counting() as seen:
        _run_all(app)
    return {"signal": 0, "commits": seen[0]}


def _of_a_child(app: Flask, order: dict[str, Any]) -> dict[str, int]:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _work(app, order, writing)
    os.close(writing)
    said = b""
    while part := os.read(reading, 100):
        said += part
    os.close(reading)
    _, status = os.waitpid(child, 0)
    ended = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    return {"signal": ended, "commits": int(said.split()[-1]) if said else 0}


def _work(app: Flask, order: dict[str, Any], writing: int) -> None:
    """Run everything that waits, as a worker that has just started; never returns."""
    time_machine.travel(datetime.fromisoformat(order["now"]), tick=True).start()
    try:
        with app.app_context():
            db.engine.dispose(close=False)
        settings = Settings(**_settings(order["settings"]))
        app.extensions["wiring"] = Wiring(settings)
        app.extensions["runner"] = runner_for(app, settings)
        kill_at, side = int(order["kill_at"]), str(order["side"])

        def passed(number: int) -> None:
            os.write(writing, f"{number} ".encode())
            if number == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

        with counting(passed, "before_commit" if side == "before" else "after_commit"):
            _run_all(app)
    except BaseException as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        os._exit(3)
    os._exit(0)


def _run_all(app: Flask) -> None:
    runner = app.extensions["runner"]
    runner.tick()
    with app.app_context(), Session(db.engine) as session:
        waiting = list(session.scalars(select(Job.id).where(Job.state == JobState.QUEUED)))
    for job_id in waiting:
        runner.run_now(job_id)


@contextmanager
def counting(
    told: Callable[[int], None] = lambda number: None, moment: str = "before_commit"
) -> Iterator[list[int]]:
    """Counts the commits of this process, and tells of each."""
    seen = [0]

    def passed(_session: Session) -> None:
        seen[0] += 1
        told(seen[0])

    event.listen(Session, moment, passed)
    try:
        yield seen
    finally:
        event.remove(Session, moment, passed)


def _settings(given: dict[str, Any]) -> dict[str, Any]:
    pairs = ("secret_keys", "schoology_pace")
    return {name: tuple(value) if name in pairs else value for name, value in given.items()}


if __name__ == "__main__":
    main()
