"""The app and both sandbox systems on real sockets, wired together as a district's people would."""

from __future__ import annotations

import json
import pickle
import shutil
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import time_machine
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import create_engine, inspect, make_url, text

from lti_app import clock
from lti_app.config import Settings
from lti_app.extensions import db
from lti_app.jobs.queue import enqueue
from lti_app.models import (
    BuildingRow,
    Change,
    Installation,
    Job,
    JobState,
    Platform,
    Run,
    SisConnection,
    TermRow,
)
from lti_app.runs.words import sentence
from lti_app.sandbox.district.make import make_district
from lti_app.sandbox.faults import Faults
from lti_app.sandbox.schoology.objects import Token
from lti_app.sandbox.schoology.store import ADMIN, PARENT, STAFF, STUDENT, TEACHER, SchoologyStore
from lti_app.sandbox.schoology.toggles import Toggles
from lti_app.sandbox.serving import Served, serve
from lti_app.setup import buildings, terms
from lti_app.store.district import District
from lti_app.sync import scope
from tests.factories import (
    add_acting_user,
    add_installation,
    add_platform,
    add_sis_connection,
    claimed,
    set_options,
)
from tests.support.apps import app_over, private_key, schoology_over, sis_over
from tests.support.run_folder import only_one

CONSUMER = {"test-key": "test-secret"}
DAY = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
"""When every scene plays: noon of a school day in New York, whatever the day of the test."""
KEY = b64encode(b"the same key in every test's app").decode()
"""One for all processes of the tests, so that a database may be copied with what is sealed in it."""
ROLE_IDS = {"student": STUDENT, "teacher": TEACHER, "staff": STAFF, "guardian": PARENT}


@dataclass
class World:
    """Everything that a functional test touches."""

    app: Flask
    store: SchoologyStore
    schoology: Served
    sis: Served
    district: Any
    schoology_faults: Faults
    sis_faults: Faults
    installation_id: int = 1

    def sync(self, what: str = "all", *, plan_only: bool = False, **params: Any) -> Job:
        """Queue a job as the button does, and run it in this thread; `params` are further ones of the job."""
        params = {"what": what, "plan_only": plan_only, **params}
        with self.app.app_context():
            asked = enqueue(
                District(db.session, self.installation_id),
                "provision",
                params=params,
                trigger="manual",
                asked_by="Avery Admin",
                lane=scope.lane_of(what),
            )
            db.session.commit()
            self.app.extensions["runner"].run_now(asked.job.id)
            db.session.expire_all()
            job = db.session.get_one(Job, asked.job.id)
            db.session.refresh(job)
            db.session.expunge(job)
            return job

    def changes(self, job: Job) -> list[Change]:
        """The lines of a job's run."""
        with self.app.app_context():
            run = db.session.query(Run).filter(Run.job_id == job.id).one()
            rows = db.session.query(Change).filter(Change.run_id == run.id).order_by(Change.seq).all()
            for row in rows:
                db.session.expunge(row)
            return list(rows)

    def run_of(self, job: Job) -> Run:
        """The run of a job."""
        with self.app.app_context():
            run = db.session.query(Run).filter(Run.job_id == job.id).one()
            db.session.expunge(run)
            return run


def settings(folder: Path, **changes: Any) -> Settings:
    """Settings of a test: a fresh database, no scheduler, a pace that does not slow down."""
    values: dict[str, Any] = {
        "database_url": f"sqlite:///{folder / 'app.sqlite'}",
        "secret_keys": (KEY,),
        "public_url": "http://localhost:8000",
        "allow_private_sis_hosts": True,
        "schoology_pace": (100_000, 1.0),
        "scheduler": False,
        "log_level": "ERROR",
        **changes,
    }
    return Settings(**values)


def migrate(folder: Path, database_url: str) -> None:
    """Take a database through every migration."""
    with app_over(settings(folder, database_url=database_url)).app_context():
        upgrade()
        db.engine.dispose()


@cache
def migrated() -> Path:
    """A SQLite database that has been through every migration, made once for each run of the tests."""
    with only_one("migrated") as folder:
        done, file = folder / "done", folder / "app.sqlite"
        if not done.exists():
            migrate(folder, f"sqlite:///{file}")
            done.touch()
    return file


def _is_migrated(database_url: str) -> bool:
    engine = create_engine(database_url)
    try:
        return inspect(engine).has_table("alembic_version")
    finally:
        engine.dispose()


@contextmanager
def running_app(chosen: Settings) -> Iterator[Flask]:
    """The app over a database that is migrated unless it was before."""
    file = make_url(chosen.database_url).database
    if chosen.database_url.startswith("sqlite") and file is not None and not Path(file).exists():
        shutil.copy(migrated(), file)
    elif not _is_migrated(chosen.database_url):
        migrate(Path(), chosen.database_url)
    app = app_over(chosen)
    try:
        yield app
    finally:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


@contextmanager
def make_world(
    folder: Path,
    *,
    district: Any = None,
    students: int = 60,
    seed: int = 7,
    rate: tuple[int, float] | None = None,
    trigger_scale: float = 1.0,
    toggles: Toggles = Toggles(),  # noqa: B008 - frozen
    synced: Snapshot | None = None,
    oneroster: Any = None,
    **changes: Any,
) -> Iterator[World]:
    """An app that is set up for a district: claimed, connected, mapped, selected, first read confirmed."""
    if synced:
        district, store = synced.restore()
    else:
        district, store = district or make_district(students, seed, as_of=DAY.date()), SchoologyStore()
        store.seed_organisation("Sandbox District", [(str(b.building), b.name) for b in _buildings(district)])
    schoology_faults, sis_faults = Faults(), Faults()
    api = schoology_over(
        store,
        consumers=CONSUMER,
        rate=rate,
        faults=schoology_faults,
        trigger_scale=trigger_scale,
        toggles=toggles,
    )
    schoology = serve(api)
    sis = serve(sis_over(district, faults=sis_faults, oneroster=oneroster))
    chosen = settings(folder, schoology_api_url=f"{schoology.url}/v1", **changes)
    try:
        with time_machine.travel(synced.moment if synced else DAY, tick=True), running_app(chosen) as app:
            app.extensions["wiring"].sleep = lambda seconds: None
            with app.app_context():
                if synced:
                    move(schoology, sis)
                else:
                    _set_up(app, store, schoology, sis)
            store.traffic.reset()
            yield World(app, store, schoology, sis, district, schoology_faults, sis_faults)
    finally:
        api.extensions["schoology_postman"].close()
        schoology.close()
        sis.close()


@contextmanager
def make_synced(
    folder: Path,
    *,
    students: int = 60,
    seed: int = 7,
    then: Callable[[World], Any] | None = None,
    of: Callable[[], Any] | None = None,
    **changes: Any,
) -> Iterator[World]:
    """A world after its first sync, and after what happened `then`: made once for each run of the tests, and
    copied from then on. `of` makes the district; without it one is made up."""
    snapshot = _snapshot(students, seed, then, of)
    shutil.copy(snapshot.database, folder / "app.sqlite")
    with make_world(folder, synced=snapshot, **changes) as world:
        yield world


@dataclass(frozen=True)
class Snapshot:
    """A district after its first sync: the app's database, both systems as they were, and when that was."""

    database: Path
    state: bytes
    moment: datetime

    def restore(self) -> tuple[Any, SchoologyStore]:
        """District and store, as good as new."""
        district, kept = pickle.loads(self.state)  # noqa: S301 - our own bytes
        store = SchoologyStore()
        vars(store).update(kept)
        return district, store


@cache
def _snapshot(
    students: int, seed: int, then: Callable[[World], Any] | None, of: Callable[[], Any] | None
) -> Snapshot:
    """The one that another process of this run has made, or a new one."""
    what = "-".join(f"{each.__module__}.{each.__qualname__}" if each else "" for each in (of, then))
    assert "<" not in what, "another process could not tell by its name what is meant"
    with only_one(f"synced/{students}-{seed}{what}") as folder:
        kept = folder / "state"
        if not kept.exists():
            for half_made in folder.glob("app.sqlite*"):
                half_made.unlink()
            made = _made_snapshot(folder, students, seed, then, of)
            kept.write_bytes(pickle.dumps((made.state, made.moment)))
    state, moment = pickle.loads(kept.read_bytes())
    return Snapshot(folder / "app.sqlite", state, moment)


def _made_snapshot(
    folder: Path,
    students: int,
    seed: int,
    then: Callable[[World], Any] | None,
    of: Callable[[], Any] | None,
) -> Snapshot:
    with make_world(folder, students=students, seed=seed, district=of() if of else None) as world:
        job = world.sync()
        assert job.state in (JobState.DONE, JobState.DONE_WITH_PROBLEMS), sentence(job.message)
        if then is not None:
            then(world)
        kept = {name: value for name, value in vars(world.store).items() if name not in ("lock", "listeners")}
        state, moment = pickle.dumps((world.district, kept)), clock.now()
        with world.app.app_context():
            db.session.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
            db.session.remove()
    return Snapshot(folder / "app.sqlite", state, moment)


def synced_snapshot() -> Snapshot:
    """The district that `make_synced` copies, for scenes with more around it."""
    return _snapshot(60, 7, None, None)


def move(schoology: Any, sis: Any) -> None:
    """Both systems are at other addresses than when the database was copied."""
    platform, installation = db.session.query(Platform).one(), db.session.query(Installation).one()
    platform.auth_url = f"{schoology.url}/lti-service/authorize-redirect"
    platform.token_url = f"{schoology.url}/lti-service/access-token"
    platform.jwks_url = f"{schoology.url}/lti-service/.well-known/jwks"
    installation.schoology_domains = [schoology.url.removeprefix("http://")]
    connection = db.session.query(SisConnection).one()
    connection.settings = {**connection.settings, "domain": sis.url}
    db.session.commit()


def _buildings(district: Any) -> list[Any]:
    return list(district.buildings.values())


def _set_up(app: Flask, store: SchoologyStore, schoology: Served, sis: Served) -> None:
    vault = app.extensions["wiring"].vault
    platform = add_platform(
        db.session(),
        issuer="https://schoology.schoology.com",
        client_id="1234567890",
        auth_url=f"{schoology.url}/lti-service/authorize-redirect",
        token_url=f"{schoology.url}/lti-service/access-token",
        jwks_url=f"{schoology.url}/lti-service/.well-known/jwks",
        private_key=vault.seal(private_key()),
    )
    installation = add_installation(
        db.session(),
        "1234567890-1",
        platform=platform,
        name="Sandbox District",
        schoology_domains=[schoology.url.removeprefix("http://")],
        consumer_key="test-key",
        consumer_secret=vault.seal("test-secret"),
        claimed_by_name="Avery Admin",
        **claimed("1"),
    )
    complete(app, installation, store, sis)


def sealed_password(app: Flask, password: str) -> str:
    """What the app keeps of a password."""
    sealed: str = app.extensions["wiring"].vault.seal(json.dumps({"password": password}))
    return sealed


def complete(app: Flask, installation: Installation, store: SchoologyStore, sis: Any) -> None:
    """Acting User, credentials, roles, mapped schools and terms, every building selected, first read done."""
    vault = app.extensions["wiring"].vault
    admin = next(user for user in store.users.values() if user.role_id == ADMIN)
    store.tokens["acting"] = Token("acting", "acting-secret", installation.consumer_key, admin.uid, "access")
    add_acting_user(
        db.session(),
        installation.id,
        uid=str(admin.uid),
        name=admin.name,
        token=vault.seal("acting"),
        token_secret=vault.seal("acting-secret"),
        time_zone="America/New_York",
    )
    add_sis_connection(
        db.session(),
        installation.id,
        settings={"domain": sis.url, "site_code": "demo", "login_name": "schoology"},
        secrets=sealed_password(app, "sandbox-password"),
        product="eSchoolPLUS",
        version="21.4.2",
        checked_at=clock.now(),
        preview_confirmed_at=clock.now(),
        preview_confirmed_by="Avery Admin",
    )
    role_ids = {role: str(role_id) for role, role_id in ROLE_IDS.items()}
    set_options(db.session(), installation.id, role_ids=role_ids)
    db.session.commit()
    map_schools_and_terms(app, installation.id, store)


def map_schools_and_terms(app: Flask, installation_id: int, store: SchoologyStore) -> None:
    """Every school of the SIS that Schoology has and every term are mapped and chosen."""
    connection = db.session.get_one(SisConnection, installation_id)
    sis = app.extensions["wiring"].sis(connection)
    buildings.refresh_buildings(District(db.session, installation_id), sis)
    terms.refresh_terms(District(db.session, installation_id), sis)
    codes = {each.building_code: str(each.id) for each in store.buildings.values()}
    for row in db.session.query(BuildingRow).filter(BuildingRow.installation_id == installation_id):
        row.schoology_id = codes.get(row.sis_id, "")
        row.for_users = row.for_courses = row.for_sections = bool(row.schoology_id)
    for group in _term_groups(installation_id):
        period = store.add_grading_period(*group)
        for row in _terms_of(installation_id, group):
            row.grading_period_id = str(period.id)
            row.grading_period_title = period.title
    db.session.commit()


def _term_groups(installation_id: int) -> list[tuple[str, date, date]]:
    rows = db.session.query(TermRow).filter(TermRow.installation_id == installation_id)
    dates = sorted({(row.name, row.start, row.end) for row in rows})
    return [(f"{name} {start} {end}", start, end) for name, start, end in dates]


def _terms_of(installation_id: int, group: tuple[str, date, date]) -> list[Any]:
    title, start, end = group
    rows = db.session.query(TermRow).filter(TermRow.installation_id == installation_id)
    return [row for row in rows if f"{row.name} {row.start} {end}" == title and row.end == end]
