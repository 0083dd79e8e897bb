"""A worker that is killed, over a database and a Schoology that can be put back as they were."""

from __future__ import annotations

import copy
import json
import shutil
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sqlalchemy import select

from lti_app import clock
from lti_app.config import Settings
from lti_app.extensions import db
from lti_app.jobs.queue import enqueue
from lti_app.models import (
    Action,
    Change,
    ChangeState,
    Installation,
    Job,
    JobState,
    Link,
    PrepPair,
    PrepRow,
    Run,
)
from lti_app.sync import one
from tests.support.world import World

OVER = (JobState.DONE, JobState.DONE_WITH_PROBLEMS)


class Butcher:
    """Runs the queue in a process that is killed, over a database and a Schoology that can be put back."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world, self.folder = world, folder
        self.before = self._memory()
        self.settings: Settings = world.app.extensions["wiring"].settings
        self._zygote = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", "tests.support.killing"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def close(self) -> None:
        assert self._zygote.stdin is not None and self._zygote.stdout is not None
        self._zygote.stdin.close()
        self._zygote.wait(10)
        self._zygote.stdout.close()

    def queue(self, what: str = "all", **params: Any) -> None:
        """Ask for a sync, and keep the database as it is now."""
        with self.world.app.app_context():
            params = {"what": what, **params}
            lane = one.lane_of(params)
            enqueue(db.session, 1, "provision", params=params, trigger="manual", asked_by="t", lane=lane)
            db.session.commit()
        self.remember()

    def remember(self) -> None:
        """Keep the database as it is now, with whatever waits in its queue."""
        with self.world.app.app_context():
            db.session.execute(db.text("PRAGMA wal_checkpoint(TRUNCATE)"))
            db.session.commit()
            db.session.remove()
            db.engine.dispose()
        shutil.copy(self.folder / "app.sqlite", self.folder / "kept.sqlite")

    def put_back(self) -> None:
        """The moment before the sync, in the database and in Schoology."""
        for leftover in self.folder.glob("app.sqlite*"):
            leftover.unlink()
        shutil.copy(self.folder / "kept.sqlite", self.folder / "app.sqlite")
        store = self.world.store
        with store.lock:
            for name, value in copy.deepcopy(self.before).items():
                setattr(store, name, value)

    def keep(self) -> None:
        """Take the present Schoology for the one to put back."""
        self.before = self._memory()

    def run(self, kill_at: int = 0, side: str = "after") -> dict[str, int]:
        """One worker's life."""
        assert self._zygote.stdin is not None and self._zygote.stdout is not None
        now = clock.now().isoformat()
        order = {"settings": asdict(self.settings), "now": now, "kill_at": kill_at, "side": side}
        self._zygote.stdin.write(json.dumps(order, default=str) + "\n")
        self._zygote.stdin.flush()
        said: dict[str, int] = json.loads(self._zygote.stdout.readline())
        return said

    def result(self) -> dict[str, Any]:
        """Schoology without its own ids, and how the app ended."""
        store = self.world.store
        people = {uid: each.school_uid or each.username for uid, each in store.users.items()}
        sections = {
            key: each.section_school_code or each.section_title for key, each in store.sections.items()
        }
        with self.world.app.app_context():
            job = db.session.scalars(select(Job).order_by(Job.id.desc())).first()
            assert job is not None
            open_lines = (ChangeState.PLANNED, ChangeState.SENT, ChangeState.HELD)
            seen = select(Change.kind, Change.sis_id, Change.reason).where(Change.action == Action.DIFFER)
            planned = select(Change.kind, Change.action, Change.sis_id).join(Run, Run.id == Change.run_id)
            planned = planned.where(Change.state.in_(open_lines))
            pairs = select(PrepPair.kind, PrepPair.sis_id, PrepPair.schoology_id, PrepPair.rule)
            prepared = select(PrepRow.kind, PrepRow.side, PrepRow.ident, PrepRow.status)
            found = {
                "drift": sorted(map(tuple, db.session.execute(seen))),
                "pairs": sorted(map(tuple, db.session.execute(pairs))),
                "prepared": sorted(map(tuple, db.session.execute(prepared))),
                "job": job.state in OVER,
                "paused": db.session.scalars(select(Installation.paused_reason)).all(),
                "preview": sorted(map(tuple, db.session.execute(planned.where(Run.plan_only)))),
                "open": len(db.session.execute(planned.where(~Run.plan_only)).all()),
                "links": sorted(
                    (kind, sis_id, state)
                    for kind, sis_id, state in db.session.execute(select(Link.kind, Link.sis_id, Link.state))
                ),
            }
            db.session.remove()
            db.engine.dispose()
        return {
            **found,
            "users": sorted((people[uid], each.name_last, each.role_id) for uid, each in store.users.items()),
            "courses": sorted(each.course_code for each in store.courses.values()),
            "sections": sorted(sections.values()),
            "enrollments": sorted(
                (sections[each.section_id], people[each.uid], each.admin, each.status)
                for each in store.enrollments.values()
            ),
        }

    def _memory(self) -> dict[str, Any]:
        kept = {
            name: value for name, value in vars(self.world.store).items() if isinstance(value, (dict, list))
        }
        kept.pop("listeners", None)
        return copy.deepcopy(kept)
