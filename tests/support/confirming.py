"""Signed launches into an app whose Schoology can be asked who is a system administrator."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from werkzeug.test import TestResponse

from lti_app.extensions import db
from lti_app.models import ActingUser, Audit, Reader
from lti_app.sandbox.faults import Faults
from lti_app.sandbox.schoology.objects import Token
from lti_app.sandbox.schoology.store import SchoologyStore
from lti_app.sandbox.serving import serve
from tests.factories import add_acting_user
from tests.support.apps import schoology_over
from tests.support.launching import APP, Launcher, launching, sub_of

TOKEN = re.compile(r'name="launch" value="([^"]+)"')


@dataclass
class Confirming:
    """An app, the platform that launches it, and Schoology's people behind its API."""

    launcher: Launcher
    store: SchoologyStore
    faults: Faults

    def uid_of(self, username: str) -> str:
        """The uid of a person: avery.admin and blair.backup administer the system, casey.handmade teaches."""
        return str(self.store.user_by_username[username])

    def open_as(self, username: str) -> TestResponse:
        """A launch outside any course whose signed role is Administrator, whoever it is."""
        return self.launcher.as_admin(self.uid_of(username), confirmed=False, name=username)

    def press(self, launched: TestResponse, path: str, **fields: str) -> TestResponse:
        """Press a button of a page that was launched."""
        found = TOKEN.search(launched.text)
        assert found, launched.text
        return self.press_with(found.group(1), path, **fields)

    def press_with(self, token: str, path: str, **fields: str) -> TestResponse:
        """The same with a token that was read before."""
        client = self.launcher.app.test_client(use_cookies=False)
        return client.post(path, data={"launch": token, **fields}, headers={"Origin": APP})

    def audit(self, what: str) -> list[tuple[str, str]]:
        """Who did it, and what with."""
        with self.launcher.app.app_context():
            rows = db.session.query(Audit).filter(Audit.what == what).order_by(Audit.id)
            return [(row.uid, row.new) for row in rows]


@contextmanager
def confirming(folder: Path) -> Iterator[Confirming]:
    """A claimed district whose Acting User is avery.admin; no one has been confirmed yet."""
    store, faults = SchoologyStore(), Faults()
    store.seed_organisation("Confirming District", [("1", "North School")])
    far = schoology_over(store, consumers={"key": "secret"}, rate=None, faults=faults)
    served = serve(far)
    uid = store.user_by_username["avery.admin"]
    store.tokens["t"] = Token("t", "s", "key", uid, "access")
    try:
        with launching(folder, schoology_api_url=f"{served.url}/v1") as launcher:
            with launcher.app.app_context():
                vault = launcher.app.extensions["wiring"].vault
                db.session.query(Reader).delete()
                db.session.query(ActingUser).delete()
                add_acting_user(
                    db.session(),
                    1,
                    uid=str(uid),
                    subject=sub_of(str(uid)),
                    token=vault.seal("t"),
                    token_secret=vault.seal("s"),
                )
                db.session.commit()
            yield Confirming(launcher, store, faults)
    finally:
        far.extensions["schoology_postman"].close()
        served.close()
