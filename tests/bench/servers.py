"""Both sandbox systems in a process of their own, apart from what is measured."""

from __future__ import annotations

import multiprocessing
from dataclasses import dataclass, replace
from datetime import date
from multiprocessing.connection import Connection
from typing import Any

from lti_app.sandbox.district.make import make_district
from lti_app.sandbox.district.records import District
from lti_app.sandbox.schoology.objects import Building, Token, User
from lti_app.sandbox.schoology.server import create_schoology
from lti_app.sandbox.schoology.store import ADMIN, SchoologyStore
from lti_app.sandbox.serving import serve
from lti_app.sandbox.sis.server import create_sis
from tests.bench.typed_scores import TypedScores
from tests.support.world import CONSUMER, DAY

CLASSES_OF_A_STUDENT = 8.3
"""As the SIS lists them: of 100,000 students that makes some 800,000 enrollments that Schoology gets."""


@dataclass(frozen=True)
class Address:
    """Where something is served."""

    url: str


class Tokens:
    """Takes tokens for the far store."""

    def __init__(self, servers: Servers) -> None:
        self._servers = servers

    def __setitem__(self, key: str, token: Token) -> None:
        self._servers.ask("token", key, token)


class Servers:
    """The far process, with what `tests.support.world.complete` wants of a store."""

    def __init__(self, students: int, latency: float = 0.0) -> None:
        context = multiprocessing.get_context("fork")
        here, there = context.Pipe()
        self._pipe: Connection = here
        self.process = context.Process(target=_serve, args=(there, students, latency), daemon=True)
        self.process.start()
        self.schoology, self.sis = (Address(each) for each in self._pipe.recv())
        self.buildings: dict[int, Building] = self.ask("buildings")
        self.users: dict[int, User] = self.ask("admins")
        self.tokens = Tokens(self)

    def ask(self, what: str, *arguments: Any) -> Any:
        """One order, and its answer."""
        self._pipe.send((what, arguments))
        return self._pipe.recv()

    def add_grading_period(self, title: str, start: date, end: date) -> Any:
        """As the store does."""
        return self.ask("period", title, start, end)

    def close(self) -> None:
        """End the process."""
        self.process.terminate()
        self.process.join()


def _serve(pipe: Connection, students: int, latency: float) -> None:
    district = make_district(students, 7, as_of=DAY.date())
    _fill_up(district)
    store = SchoologyStore()
    store.seed_organisation("Bench", [(str(b.building), b.name) for b in district.buildings.values()])
    schoology = serve(create_schoology(store, consumers=CONSUMER, rate=None, latency=latency))
    sis = serve(create_sis(district, latency=latency))
    typed = TypedScores(store, sis.app.extensions["sis"].gradebook)
    pipe.send((schoology.url, sis.url))
    answers = {
        "buildings": lambda: store.buildings,
        "admins": lambda: {uid: each for uid, each in store.users.items() if each.role_id == ADMIN},
        "token": store.tokens.__setitem__,
        "period": store.add_grading_period,
        "periods": lambda: list(store.grading_periods.values()),
        "traffic": lambda: (dict(store.traffic.requests), dict(store.traffic.writes)),
        "reset": store.traffic.reset,
        "counts": lambda: {
            "users": len(store.users),
            "courses": len(store.courses),
            "sections": len(store.sections),
            "enrollments": len(store.enrollments),
        },
        "change": lambda share, name="Changed": _change(district, share, name),
        "begin": typed.set_up,
        "type": typed.type_and_wait,
    }
    while True:
        what, arguments = pipe.recv()
        pipe.send(answers[what](*arguments))


def _fill_up(district: District) -> None:
    """Further groups of classes that are there, until students are in as many as those of a real district."""
    wanted = CLASSES_OF_A_STUDENT * len(district.students)
    there = sum(len(rows) for rows in district.enrollments.values())
    number = max(district.sections)
    for key, section in list(district.sections.items()):
        if there >= wanted:
            return
        number += 1
        district.sections[number] = replace(
            section, section_key=number, course_section=section.course_section + 500
        )
        rows = district.enrollments[key]
        district.enrollments[number] = [each._replace(section_key=number) for each in rows]
        there += len(rows)


def _change(district: District, share: float, name: str) -> int:
    """So large a part of all students is called otherwise from now on."""
    keys = list(district.students)
    step = max(1, round(1 / share))
    for key in keys[::step]:
        district.students[key] = replace(district.students[key], last_name=name)
    return len(keys[::step])
