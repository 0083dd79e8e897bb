"""A process that is forked again and again, each time to run the queue and to be killed at one moment.

Run as a module. Each line of standard input is {"settings": …, "now": …, "kill_at": n, "side": …} as JSON,
the side being before or after; the answer is a line {"signal": …, "commits": n}. The child sends SIGKILL to
itself around its n-th commit; with kill_at 0 it runs to the end. How often it committed is said only of the
first order.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
from datetime import datetime
from typing import Any

import time_machine
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app import create_app, runner_for
from lti_app.config import Settings
from lti_app.extensions import db
from lti_app.models import Job, JobState
from lti_app.wiring import Wiring
from tests.support.sudden_end import Life, living


class RealLife(Life):
    """Of a process that really ends."""

    def end(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    """Answer orders until standard input ends.

    The first is carried out by this very process, whose app has compiled every statement by then; each later
    one by a child, which begins with that app but with connections, clients and a name of its own.
    """
    app: Flask | None = None
    for line in sys.stdin:
        order = json.loads(line)
        if app is None:
            assert not order["kill_at"], "the first order is one without a kill"
            app = create_app(Settings(**_settings(order["settings"])))
            said = {"signal": 0, "commits": _live(app, order).commits}
            gc.freeze()  # what the children share with us is theirs to read, not to look through
        else:
            said = {"signal": _signal_of_a_child(app, order), "commits": 0}
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()


def _signal_of_a_child(app: Flask, order: dict[str, Any]) -> int:
    child = os.fork()
    if child == 0:
        _work(app, order)
    _, status = os.waitpid(child, 0)
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def _work(app: Flask, order: dict[str, Any]) -> None:
    """Run everything that waits, as a worker that has just started; never returns."""
    try:
        with app.app_context():
            db.engine.dispose(close=False)
        settings = Settings(**_settings(order["settings"]))
        app.extensions["wiring"] = Wiring(settings)
        app.extensions["runner"] = runner_for(app, settings)
        _live(app, order)
    except BaseException as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        os._exit(3)
    os._exit(0)


def _live(app: Flask, order: dict[str, Any]) -> Life:
    life = RealLife(int(order["kill_at"]), str(order["side"]))
    with app.app_context():
        engine = db.engine
    with time_machine.travel(datetime.fromisoformat(order["now"]), tick=True), living(engine, life):
        run_all(app)
    return life


def run_all(app: Flask) -> None:
    """What a worker does that has just started: look around, and run everything that waits."""
    runner = app.extensions["runner"]
    runner.tick()
    with app.app_context(), Session(db.engine) as session:
        waiting = list(session.scalars(select(Job.id).where(Job.state == JobState.QUEUED)))
    for job_id in waiting:
        runner.run_now(job_id)


def _settings(given: dict[str, Any]) -> dict[str, Any]:
    pairs = ("secret_keys", "schoology_pace")
    return {name: tuple(value) if name in pairs else value for name, value in given.items()}


if __name__ == "__main__":
    main()
