"""A class under live sync, with events that reach the app as Schoology's would."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select, text

from lti_app.extensions import db
from lti_app.grades.live import registration
from lti_app.grades.live.dispatch import dispatch
from lti_app.grades.live.registration import Registrar
from lti_app.grades.live.sweep import latest
from lti_app.grades.live.task import ask_for_sweep
from lti_app.grades.rows import live
from lti_app.lti import acting
from lti_app.models import Event, Installation, Job, LiveSection, LiveSync, RemovedAssignment, Sweep
from lti_app.runs import history
from lti_app.sandbox.schoology import gradebook as far_book
from lti_app.store.district import District
from tests.support.admin_pages import Pages, launch_acting_user
from tests.support.gradebook import POLICY, Class, make_class

TABLES = (
    "score_state",
    "item_state",
    "live_section",
    "removed_assignment",
    "kept_score",
    "grade_wish",
    "sweep",
    "event",
)


class Live:
    """Live sync of one class; events are carried by hand, so that each test decides what arrives."""

    def __init__(self, room: Class) -> None:
        self.room = room
        self.app = room.world.app
        self._people = 0
        self._admin: Pages | None = None
        self.posted: list[tuple[str, list[Any], int]] = []
        room.world.store.listeners[:] = [lambda *event: self.posted.append(event)]

    def on(self) -> None:
        """Turn it on without a look before."""
        with self.app.app_context():
            registrar_of(self.app).turn_on()

    def secret(self) -> str:
        """The secret of the address."""
        with self.app.app_context():
            sealed = db.session.get_one(LiveSync, 1).secret
            return str(self.app.extensions["wiring"].vault.open(sealed))

    def post(self, body: bytes, secret: str = "") -> int:
        """One request to the app; its status."""
        client = self.app.test_client()
        return client.post(f"/events/{secret or self.secret()}", data=body).status_code

    def carry(self) -> None:
        """Every event of Schoology since the last time arrives."""
        waiting, self.posted = self.posted, []
        for trigger, data, uid in waiting:
            body = {"uid": uid, "timestamp": 0, "type": trigger, "data": data}
            assert self.post(json.dumps(body).encode()) == 200

    def drop(self) -> None:
        """Every event since the last time is lost."""
        self.posted = []

    def work(self) -> list[Job]:
        """Queue what events ask for and run it here, until nothing waits; the jobs."""
        found: list[Job] = []
        with self.app.app_context():
            db.session.execute(text("UPDATE live_section SET dealt_at = NULL"))
            db.session.commit()
            dispatch(db.session)
            while job_id := db.session.scalar(
                select(Job.id).where(Job.state == "queued").order_by(Job.id).limit(1)
            ):
                if not self.app.extensions["runner"].run_now(job_id):
                    break
                db.session.expire_all()
                job = db.session.get_one(Job, job_id)
                db.session.refresh(job)
                db.session.expunge(job)
                found.append(job)
        return found

    def settle(self) -> list[Job]:
        """Events arrive and are worked off."""
        self.carry()
        return self.work()

    def type(self, item: Any, number: int, score: float | None, **more: Any) -> None:
        """A teacher types a score and saves."""
        self.room.type(item, number, score, **more)

    def clean(self) -> None:
        """Empty both gradebooks and forget everything about the section; live sync is on."""
        room, store = self.room, self.room.world.store
        for item_id in list(store.items_of.get(int(room.section_id), [])):
            far_book.delete_item(store, item_id)
        for each in room.sis.assignments(room.key):
            room.sis.delete_assignment(room.key, room.session, each.schoology_id)
        self.posted = []
        room.policy(POLICY)
        with self.app.app_context():
            for table in TABLES:
                db.session.execute(text(f"DELETE FROM {table}"))
            db.session.execute(text("UPDATE section_settings SET trial = '{}', problem = ''"))
            db.session.commit()
            on = live.is_on(District(db.session, 1))
        if not on:
            self.on()

    def off(self) -> None:
        """Turn it off."""
        with self.app.app_context():
            registration.turn_off(District(db.session, 1))
            db.session.commit()
            assert registration.leave(District(db.session, 1), registrar_of(self.app).schoology)

    def on_after_a_look(self) -> None:
        """Turn it on as an administrator does."""
        admin = self.admin()
        admin.press("/admin/live/look")
        self.work()
        assert "Live sync is on" in admin.words("/admin/live/on")

    def sweep(self, *, whole: bool = False) -> None:
        """Compare, and work off what is found."""
        with self.app.app_context():
            ask_for_sweep(District(db.session, 1), whole=whole)
        self.work()

    def sweeps(self) -> list[Sweep]:
        """Newest first."""
        with self.app.app_context():
            found = latest(District(db.session, 1))
            db.session.expunge_all()
            return found

    def removed(self) -> RemovedAssignment:
        """The newest of what was deleted in the SIS."""
        with self.app.app_context():
            found = db.session.query(RemovedAssignment).order_by(RemovedAssignment.id.desc()).first()
            assert found is not None
            db.session.expunge(found)
            return found

    def here(self) -> LiveSection:
        """The section's row, inside an app context."""
        return live.live_section(District(db.session, 1), self.room.section_id)

    def log_has(self, job: Job) -> bool:
        """Whether Logs lists a job."""
        with self.app.app_context():
            return history.one_run(District(db.session, 1), job.id) is not None

    def teacher(self, **values: str) -> Pages:
        """The teacher in front of the page."""
        self._people += 1
        given = {"role": "instructor", "section_id": self.room.section_id, "section_title": "Biology"}
        return self.admin().as_person(str(7000 + self._people), 1, **{**given, **values})

    def admin(self) -> Pages:
        """The Acting User."""
        if self._admin is None:
            self._admin = launch_acting_user(self.app)
        return self._admin

    def section(self) -> LiveSection:
        """What the app knows of the section."""
        with self.app.app_context():
            row = db.session.get_one(LiveSection, (1, self.room.section_id))
            db.session.expunge(row)
            return row

    def events(self, state: str) -> int:
        """How many events are in a state."""
        with self.app.app_context():
            return len(db.session.scalars(select(Event.id).where(Event.state == state)).all())


def registrar_of(app: Flask) -> Registrar:
    """Who registers with Schoology; inside an app context."""
    wiring = app.extensions["wiring"]
    installation = db.session.get_one(Installation, 1)
    far = wiring.schoology(installation, acting.acting_user(District(db.session, 1)))
    return Registrar(db.session, 1, far, wiring.vault.seal, wiring.vault.open, wiring.settings.public_url)


@contextmanager
def make_live(folder: Path, *, on: bool = True, **more: Any) -> Iterator[Live]:
    """The class of `make_class`, under live sync."""
    with make_class(folder, public_url="http://localhost", **more) as room:
        made = Live(room)
        if on:
            made.on()
        yield made
