"""An app on a database of its own, and a browserless person who presses buttons in it."""

from __future__ import annotations

import html
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.config import Settings
from lti_app.extensions import db
from lti_app.models import (
    ActingUser,
    Installation,
    SisConnection,
)
from lti_app.wiring import Wiring
from tests.factories import (
    OURS,
    THEIRS,
    add_acting_user,
    add_installation,
    add_launch,
    add_sis_connection,
    claimed,
)
from tests.fakes import FakeSchoology, FakeSis
from tests.support.apps import app_over
from tests.support.world import migrated

ACTING_UID = "900"


class FakeWiring(Wiring):
    """Gives the fakes to whoever asks."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.sis_there = FakeSis()
        self.schoology_there = FakeSchoology()

    def sis(self, connection: SisConnection) -> FakeSis:
        return self.sis_there

    def schoology(
        self, installation: Installation, acting_user: ActingUser, *, patient: bool = False
    ) -> FakeSchoology:
        return self.schoology_there


@dataclass
class Pages:
    """One person in one launch."""

    app: Flask
    token: str
    wiring: FakeWiring

    def press(self, path: str, expect: int = 200, **fields: Any) -> str:
        """Press a button and read the page, entities resolved and blanks folded."""
        answer = self.app.test_client().post(
            path, data={"launch": self.token, **fields}, headers={"Origin": "http://localhost"}
        )
        assert answer.status_code == expect, answer.text
        return " ".join(html.unescape(answer.text).split())

    def words(self, path: str, **fields: Any) -> str:
        """The page without its tags."""
        return " ".join(re.sub(r"<[^>]+>", " ", self.press(path, **fields)).split())

    def ask(self, path: str, **fields: Any) -> Any:
        """Press as the page's script does, and read the JSON."""
        answer = self.app.test_client().post(
            path,
            data=fields,
            headers={
                "Origin": "http://localhost",
                "X-Launch-Token": self.token,
                "Accept": "application/json",
            },
        )
        assert answer.status_code == 200, answer.text
        return answer.get_json()

    @contextmanager
    def database(self) -> Iterator[Session]:
        """The app's database, committed at the end."""
        with self.app.app_context(), Session(db.engine, expire_on_commit=False) as session:
            yield session
            session.commit()

    def as_person(self, uid: str, installation_id: int = OURS, **values: Any) -> Pages:
        """Another launch in the same app."""
        token = f"token-{uid}-{installation_id}-{values.get('section_id', '')}"
        with self.database() as session:
            add_launch(session, token, uid, installation_id, **values)
        return Pages(self.app, token, self.wiring)

    def run_job(self, job_id: int) -> None:
        """Carry out a queued job here and now."""
        assert self.app.extensions["runner"].run_now(job_id)


def open_pages(folder: Path) -> Pages:
    """An app with two districts; the person is the Acting User of the first, whose set-up is complete."""
    settings = Settings(
        database_url=f"sqlite:///{folder / 'app.sqlite'}",
        secret_keys=(Fernet.generate_key().decode(),),
        public_url="http://localhost",
        scheduler=False,
    )
    shutil.copy(migrated(), folder / "app.sqlite")
    app = app_over(settings)
    app.testing = True
    wiring = FakeWiring(settings)
    app.extensions["wiring"] = wiring
    app.extensions["runner"]._wiring = wiring
    pages = Pages(app, "token", wiring)
    with pages.database() as session:
        _add_districts(session)
        add_launch(session, "token", ACTING_UID, OURS)
    return pages


def launch_acting_user(app: Flask, installation_id: int = OURS) -> Pages:
    """The Acting User's pages over an app that was set up elsewhere (its public URL is http://localhost)."""
    pages = Pages(app, "token", app.extensions["wiring"])
    with pages.database() as session:
        acting_user = session.get_one(ActingUser, installation_id)
        add_launch(session, "token", acting_user.uid, installation_id)
    return pages


def _add_districts(session: Session) -> None:
    for number, name in ((OURS, "Our district"), (THEIRS, "Their district")):
        add_installation(
            session,
            f"deployment-{number}",
            id=number,
            name=name,
            schoology_domains=["schoology.example"],
            consumer_key=f"key-{number}",
            consumer_secret="sealed",
            **claimed(ACTING_UID),
        )
        add_acting_user(session, number, uid=ACTING_UID if number == OURS else "800")
    now = clock.now()
    add_sis_connection(session, checked_at=now, preview_confirmed_at=now)
