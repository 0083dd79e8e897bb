"""A class under live sync, with events that reach the app as Schoology's would."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import select

from lti_app.extensions import db
from lti_app.grades.live.dispatch import dispatch
from lti_app.grades.live.register import Registrar
from lti_app.lti import acting
from lti_app.models import Event, Installation, Job, LiveSection, LiveSync
from lti_app.sandbox import schoology_gradebook as far_book
from tests.support.gradebook import Class, make_class


class Live:
    """Live sync of one class; events are carried by hand, so that each test decides what arrives."""

    def __init__(self, room: Class) -> None:
        self.room = room
        self.app = room.world.app
        self.posted: list[tuple[str, list[Any], int]] = []
        room.world.store.listeners[:] = [lambda *event: self.posted.append(event)]

    def registrar(self) -> Registrar:
        """Inside an app context."""
        wiring = self.app.extensions["wiring"]
        installation = db.session.get_one(Installation, 1)
        acting_user = acting.acting_user(db.session, 1)
        return Registrar(
            db.session,
            1,
            wiring.schoology(installation, acting_user),
            wiring.vault.seal,
            wiring.vault.open,
            wiring.settings.public_url,
        )

    def on(self) -> None:
        """Turn it on without a look before."""
        with self.app.app_context():
            self.registrar().turn_on()

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
        grade = far_book.set_grade(
            self.room.world.store, item.id, self.room.seats()[number].id, grade=score, **more
        )
        far_book.grades_saved(self.room.world.store, int(self.room.section_id), [grade])

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


@contextmanager
def make_live(folder: Path, *, on: bool = True, **more: Any) -> Iterator[Live]:
    """The class of `make_class`, under live sync."""
    with make_class(folder, public_url="http://localhost", **more) as room:
        made = Live(room)
        if on:
            made.on()
        yield made
