"""Every feed of a district over OneRoster: rows a second, growth of the reader, pages asked for twice.

python -m tests.bench.oneroster --students 10000 100000
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import time
from collections import Counter
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from flask import Flask

from lti_app.sandbox.district.make import make_district
from lti_app.sandbox.serving import serve
from lti_app.sandbox.sis.oneroster.face import Face
from lti_app.sandbox.sis.server import create_sis
from lti_app.sis import registry
from lti_app.sis.port import Feed
from tests.bench.figures import Figures
from tests.support.oneroster.world import SECRET, settings_of
from tests.support.world import DAY

MEGABYTES = 60
"""Most that the reader may grow by, whatever the size of the district."""


def main() -> int:
    """Read each size; the exit code is the number of missed targets."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, nargs="+", default=[5000])
    figures = Figures()
    for students in parser.parse_args().students:
        _bench(students, figures)
    return figures.failures


def _bench(students: int, figures: Figures) -> None:
    """The server and the reader each in a process of their own."""
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe()
    server = context.Process(target=_serve, args=(there, students), daemon=True)
    server.start()
    address = here.recv()
    mine, theirs = context.Pipe()
    reader = context.Process(target=_read, args=(theirs, address))
    reader.start()
    for feed in Feed:
        rows, seconds = mine.recv()
        figures.say(f"oneroster-{students}.{feed}", rows / max(seconds, 0.001), "rows/s")
    figures.say(f"oneroster-{students}.reader-grows-by", mine.recv(), "MB", at_most=MEGABYTES)
    reader.join()
    here.send("the requests")
    asked: Counter[str] = here.recv()
    figures.say(f"oneroster-{students}.requests", sum(asked.values()), "requests")
    twice = sum(number - 1 for number in asked.values())
    figures.say(f"oneroster-{students}.pages-read-twice", twice, "pages", at_most=0)
    server.kill()
    server.join()


def _serve(pipe: Connection, students: int) -> None:
    sis = create_sis(make_district(students, 1, as_of=DAY.date()), oneroster=Face())
    _make_lists(sis)
    sis.wsgi_app = counting = Counting(sis.wsgi_app)  # type: ignore[method-assign]
    served = serve(sis)
    pipe.send(served.url)
    pipe.recv()
    pipe.send(counting.asked)


def _make_lists(sis: Flask) -> None:
    """The sandbox puts a list together when it is first asked for; an SIS has it in its database."""
    client = sis.test_client()
    key = ("sandbox", "sandbox-secret")
    granted = client.post("/ims/oneroster/token", data={"grant_type": "client_credentials"}, auth=key)
    token = {"Authorization": f"Bearer {granted.get_json()['access_token']}"}
    for name in ("users", "classes", "enrollments"):
        client.get(f"/ims/oneroster/rostering/v1p2/{name}?limit=1", headers=token)


class Counting:
    """A WSGI application that counts what is read from it: path and query → requests."""

    def __init__(self, inside: Callable[..., Any]) -> None:
        self.asked: Counter[str] = Counter()
        self._inside = inside

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        if environ["REQUEST_METHOD"] == "GET":
            self.asked[f"{environ['PATH_INFO']}?{environ['QUERY_STRING']}"] += 1
        return self._inside(environ, start_response)


def _read(pipe: Connection, address: str) -> None:
    sis = registry.build("oneroster", settings_of(address), SECRET)
    sis.buildings()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for feed in Feed:
        began = time.perf_counter()
        reading = sis.read(feed)
        rows = sum(len(page) for page in reading)
        assert reading.complete() is not None
        pipe.send((rows, time.perf_counter() - began))
    pipe.send((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)


if __name__ == "__main__":
    raise SystemExit(main())
