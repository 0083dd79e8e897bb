"""One class of a synced district in one process: the app, both stores behind its ports, and a way back to the
beginning that costs a few milliseconds."""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import time_machine

from lti_app.extensions import db
from lti_app.models import SyncOptions
from lti_app.sandbox.sis.gradebook import Gradebook
from tests.functional.web.course.test_course_tabs import Teacher, teacher_of
from tests.simulation.ports import BookClient, StoreSchoology, sis_over
from tests.support.gradebook import Class, class_in
from tests.support.world import DAY, running_app, settings, synced_snapshot


class Room:
    """A class with its teacher in front of the page."""

    def __init__(self, folder: Path, app: Any, clock: Any) -> None:
        self.app, self._clock, self._folder = app, clock, folder
        self.district, self.store = synced_snapshot().restore()
        self._today = DAY.date()
        self.book = Gradebook(self.district, lambda: self._today)
        self.client = BookClient(self.district, lambda: self.book)
        wiring = app.extensions["wiring"]
        schoology, sis = StoreSchoology(self.store), sis_over(self.client)
        wiring.sis = lambda connection: sis
        wiring.schoology = lambda installation, acting_user, patient=False: schoology
        wiring.sleep = lambda seconds: None
        far = SimpleNamespace(app=SimpleNamespace(extensions={"sis": self}))
        world: Any = SimpleNamespace(app=app, store=self.store, sis=far, district=self.district)
        self.room: Class = class_in(world)
        self.teacher: Teacher = teacher_of(self.room)
        self._state = pickle.dumps(self._kept())
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
        shutil.copy(folder / "app.sqlite", folder / "begun.sqlite")

    @property
    def gradebook(self) -> Gradebook:
        """The SIS's side, as the sandbox server keeps it."""
        return self.book

    def begin_again(self) -> None:
        """Everything as it was at first."""
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()
        for each in self._folder.glob("app.sqlite*"):
            each.unlink()
        shutil.copy(self._folder / "begun.sqlite", self._folder / "app.sqlite")
        vars(self.store).update(pickle.loads(self._state))  # noqa: S301 - our own bytes
        self.book = Gradebook(self.district, lambda: self._today)
        self.room.sis = self.book
        self._clock.move_to(DAY)

    def pass_time(self, seconds: int) -> None:
        """Later."""
        self._clock.shift(timedelta(seconds=seconds))

    def decide(self, *, live: bool) -> None:
        """Turn live sync on or off, without a look before."""
        with self.app.app_context():
            db.session.get_one(SyncOptions, 1).live_grades = live
            db.session.commit()

    def _kept(self) -> dict[str, Any]:
        return {
            name: value
            for name, value in vars(self.store).items()
            if name not in ("lock", "listeners", "clock")
        }


@contextmanager
def open_room(folder: Path) -> Iterator[Room]:
    """A room whose database lies in a folder."""
    shutil.copy(synced_snapshot().database, folder / "app.sqlite")
    chosen = settings(folder, public_url="http://localhost")
    with time_machine.travel(DAY, tick=True) as clock, running_app(chosen) as app:
        yield Room(folder, app, clock)
