"""Live sync where web processes only queue: PostgreSQL, a web process, two workers, one of which dies."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from lti_app import clock
from lti_app.extensions import db
from tests.support.gradebook import Class, class_in
from tests.support.live import registrar_of
from tests.support.processes import answers, environment, free_port, running, until
from tests.support.world import make_world

pytestmark = [pytest.mark.postgres, pytest.mark.long, pytest.mark.long_run]
APP = ("flask", "--app", "tests.support.clocked_wsgi", "jobs")


@contextmanager
def live_class(folder: Path, url: str, port: int) -> Iterator[Class]:
    with make_world(
        folder,
        students=30,
        database_url=url.replace("postgresql://", "postgresql+psycopg://"),
        public_url=f"http://127.0.0.1:{port}",
    ) as world:
        world.sync()
        room = class_in(world)
        with world.app.app_context():
            registrar_of(world.app).turn_on()
            db.session.remove()
        yield room


def test_a_typed_score_reaches_the_sis_though_the_worker_that_took_it_dies(
    tmp_path: Path, postgres_url: str
) -> None:
    port = free_port()
    with live_class(tmp_path, postgres_url, port) as room, ExitStack() as stack:
        settings = replace(room.world.app.extensions["wiring"].settings, tasks="procrastinate")
        moment = tmp_path / "clock"
        moment.write_text(clock.now().isoformat())
        env = {**environment(settings), "TEST_CLOCK": str(moment)}

        def start(name: str, *command: str) -> int:
            process = stack.enter_context(running(*command, env=env, log=tmp_path / f"{name}.log"))
            processes[name] = process
            return process.pid

        processes = {}
        start("prepare", *APP, "prepare")
        assert processes["prepare"].wait(60) == 0
        start("first", *APP, "worker")
        web = ("gunicorn", "-w", "1", "--threads", "4", "-b", f"127.0.0.1:{port}")
        start("web", *web, "tests.support.clocked_wsgi:app")
        until(lambda: answers(port))
        item = room.item()

        room.type(item, 0, 7)
        until(lambda: room.score(item, 0) == Decimal(7))

        slow = {"route": "PUT ^.*/scores", "fault": "hang", "seconds": 3}
        room.world.sis_faults.add([{**slow, "times": 1}])
        at_work = room.watch("PUT ^.*/scores")
        room.type(item, 1, 6)
        until(lambda: at_work() > 0)
        processes["first"].send_signal(signal.SIGKILL)
        processes["first"].wait()  # as a host does: a process that no one waits for seems to live
        start("second", *APP, "worker")
        until(lambda: room.score(item, 1) == Decimal(6))
