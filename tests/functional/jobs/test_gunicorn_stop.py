"""gunicorn is told to end in the middle of a run: the run stops between two batches and goes back at once."""

from __future__ import annotations

import signal
from dataclasses import replace
from pathlib import Path

from sqlalchemy import select

from lti_app.extensions import db
from lti_app.jobs.queue import enqueue
from lti_app.models import Job, JobState
from lti_app.runs.words import sentence
from lti_app.store.district import District
from tests.support.districts import install, many_districts
from tests.support.processes import environment, free_port, running, until
from tests.support.world import running_app, settings


def job() -> Job:
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(select(Job)).one()


def test_a_web_process_that_ends_puts_its_run_back_between_two_batches(tmp_path: Path) -> None:
    with many_districts(1, 120, latency=0.2) as (api, districts):
        chosen = settings(tmp_path, schoology_api_url=api)
        with running_app(chosen) as app, app.app_context():
            install(app, districts)
            asked = {"params": {"what": "all"}, "trigger": "manual", "asked_by": "Avery Admin"}
            enqueue(District(db.session(), 1), "provision", **asked)
            db.session.commit()
            env = environment(replace(chosen))
            command = ("gunicorn", "-w", "1", "--threads", "2", "-b", f"127.0.0.1:{free_port()}", "wsgi:app")
            with running(*command, env=env, log=tmp_path / "web.log") as web:
                until(lambda: job().phase.startswith("sending"))
                web.send_signal(signal.SIGTERM)
                assert web.wait(60) == 0

            ended = job()
            assert ended.state == JobState.QUEUED
            assert ended.owner == ""
            assert "Traceback" not in (tmp_path / "web.log").read_text()
            assert "Interrupted because the app restarted" in sentence(ended.message)
