"""Many small districts on two real sockets: their Schoology organizations behind one address, as in life."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import Flask

from lti_app.extensions import db
from lti_app.sandbox.district.make import make_district
from lti_app.sandbox.faults import Faults
from lti_app.sandbox.schoology.store import SchoologyStore
from lti_app.sandbox.serving import Served, serve
from tests.factories import add_installation, add_platform, claimed
from tests.support.apps import private_key, schoology_over, sis_over
from tests.support.world import complete

LONGEST = 25.0
"""Seconds that a request waits before a closed gate: less than a client is patient, should a test fail."""
KEY = re.compile(rb'oauth_consumer_key="key-(\d+)"')


@dataclass
class District:
    """One district's two systems."""

    number: int
    store: SchoologyStore
    sis: Served
    sis_faults: Faults
    data: Any


class OneAddress:
    """One WSGI application for all organizations; the consumer key of a request tells which one is meant.

    While `gate` is not set, what would change something waits before it.
    """

    def __init__(self, apps: dict[int, Flask], gate: threading.Event | None) -> None:
        self._apps, self._gate = apps, gate

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        found = KEY.search(environ.get("HTTP_AUTHORIZATION", "").encode())
        if found is None:
            start_response("401 Unauthorized", [("Content-Length", "0")])
            return [b""]
        asks = environ["REQUEST_METHOD"] == "GET" or environ["PATH_INFO"].endswith("/multiget")
        if self._gate is not None and not asks:
            self._gate.wait(LONGEST)
        return self._apps[int(found[1])](environ, start_response)


@contextmanager
def many_districts(
    count: int, students: int, *, gate: threading.Event | None = None, latency: float = 0.0
) -> Iterator[tuple[str, list[District]]]:
    """The address of Schoology's API, and the districts."""
    districts, apps = [], {}
    for number in range(1, count + 1):
        data = make_district(students, number, as_of=datetime.now(UTC).date())
        store, faults = SchoologyStore(), Faults()
        store.seed_organisation(
            f"District {number}", [(str(b.building), b.name) for b in data.buildings.values()]
        )
        apps[number] = schoology_over(
            store, consumers={f"key-{number}": "secret"}, rate=None, latency=latency
        )
        districts.append(District(number, store, serve(sis_over(data, faults=faults)), faults, data))
    schoology = serve(OneAddress(apps, gate))  # type: ignore[arg-type]
    try:
        yield f"{schoology.url}/v1", districts
    finally:
        for app in apps.values():
            app.extensions["schoology_postman"].close()
        schoology.close()
        for each in districts:
            each.sis.close()


def install(app: Flask, districts: list[District]) -> None:
    """An installation for each district, set up to its end; in the app context."""
    vault = app.extensions["wiring"].vault
    platform = add_platform(
        db.session(),
        issuer="https://schoology.schoology.com",
        client_id="1",
        auth_url="a",
        token_url="t",
        jwks_url="j",
        private_key=vault.seal(private_key()),
    )
    for district in districts:
        installation = add_installation(
            db.session(),
            f"1-{district.number}",
            id=district.number,
            platform=platform,
            name=f"District {district.number}",
            consumer_key=f"key-{district.number}",
            consumer_secret=vault.seal("secret"),
            **claimed("1"),
        )
        complete(app, installation, district.store, district.sis)
