"""The bench of Data Prep: so many people on both sides, read, matched and linked without a network.

    python -m tests.bench.prep --people 5000 --database sqlite

What the two systems take to answer is left out: their far ends are generators. Precision and recall are those
of what was paired without a person, against what the generator knows to be true, rule by rule.
"""

from __future__ import annotations

import argparse
import io
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, func, select, update
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.jobs import queue
from lti_app.jobs.runner import Progress
from lti_app.models import Base, Link, PrepPair, PrepUpload, Run
from lti_app.school.reasons import NO_REASON
from lti_app.school.records import Person
from lti_app.school.run_notes import RunNotes
from lti_app.sis.port import Feed
from lti_app.store.audit import THE_HOST
from lti_app.store.district import District
from lti_app.store.sqlite import prepare as prepare_sqlite
from lti_app.sync.context import RunContext
from lti_app.sync.data_prep.files import check
from lti_app.sync.data_prep.job import prepare
from lti_app.sync.ledger import start_or_resume
from tests.bench.figures import Figures
from tests.bench.roster import database_of
from tests.factories import add_building, add_installation, set_options
from tests.fakes import FakeReading, FakeSchoology, FakeSis
from tests.support.world import DAY

BUILDINGS = 150
FIRST = ("Ada", "Ben", "Cleo", "Dan", "Eve", "Finn", "Gia", "Hal", "Ida", "Jon", "Kai", "Lea", "Max")


class ManyAccounts(FakeSchoology):
    """As many accounts as there are students, each third kept otherwise than the SIS would."""

    def __init__(self, people: int) -> None:
        super().__init__()
        self.number = people

    def people(self) -> Iterator[Mapping[str, str]]:
        for number in range(self.number):
            student = person(number)
            kept = number % 6
            yield {
                "uid": str(9_000_000 + number),
                "school_uid": {0: student.sis_id, 1: student.sis_id, 2: student.sis_id.lstrip("0")}.get(
                    kept, ""
                ),
                "building_nid": f"9{student.main_building}",
                "name_first": student.first_name,
                "name_last": student.last_name if kept != 4 else "Married",
                "role_name": "Role 1",
                "name": student.login if kept != 5 else f"x{number}",
                "mail": student.email if kept in (0, 3, 4) else f"old{number}@old-mail.example",
                "grad_year": str(student.graduation_year),
            }


class Reading(FakeReading):
    """Pages of a thousand students, made as they are read."""

    def __init__(self, number: int) -> None:
        super().__init__((), number)

    def __iter__(self) -> Iterator[list[Any]]:
        for start in range(0, self.claimed, 1000):
            page = [person(number) for number in range(start, min(start + 1000, self.claimed))]
            self.received += len(page)
            yield page


class ManyStudents(FakeSis):
    """Students only."""

    def __init__(self, people: int) -> None:
        super().__init__()
        self.number = people

    def read(self, feed: Feed, key: str = "") -> FakeReading:
        return Reading(self.number if feed == Feed.PEOPLE else 0)


def person(number: int) -> Person:
    """A student whose names others share."""
    first = FIRST[number % len(FIRST)]
    last = f"Family{number % 5003}"
    return Person(
        key=f"student:{number:09d}",
        sis_id=f"{number:09d}",
        roles=frozenset({"student"}),
        first_name=first,
        last_name=last,
        email=f"{first}.{number}@students.example".lower(),
        login=f"{first}{number}".lower(),
        main_building=str(number % BUILDINGS),
        graduation_year=2027 + number % 13,
    )


def main() -> int:
    """Run the bench; the exit code is the number of missed targets."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=5000)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    arguments = parser.parse_args()
    figures = Figures()
    with tempfile.TemporaryDirectory() as folder, database_of(arguments.database, Path(folder)) as url:
        context = multiprocessing.get_context("fork")
        here, there = context.Pipe()
        process = context.Process(target=lambda: there.send(_measure(url, arguments.people)))
        process.start()
        found: dict[str, Any] = here.recv()
        process.join()
    _say(figures, f"prep-{arguments.database}-{arguments.people}", found, arguments.people)
    return figures.failures


def _say(figures: Figures, name: str, found: dict[str, Any], people: int) -> None:
    seconds = found["read-and-match"] + found["link"]
    figures.say(f"{name}.read-and-match", found["read-and-match"], "s")
    figures.say(f"{name}.link", found["link"], "s")
    figures.say(f"{name}.upload-file", found["upload-file"], "s", at_most=15)
    figures.say(f"{name}.check-file", found["check-file"], "s")
    figures.say(f"{name}.checked-page", found["checked-page"], "s", at_most=1)
    figures.say(f"{name}.apply-file", found["apply-file"], "s")
    figures.say(f"{name}.seconds", seconds, "s", at_most=120)
    figures.say(f"{name}.memory", found["memory"], "MB", at_most=300)
    for rule, (right, wrong) in sorted(found["rules"].items()):
        figures.say(f"{name}.rule.{rule}.pairs", right + wrong, "pairs")
        figures.say(f"{name}.rule.{rule}.precision", right / (right + wrong), "", at_least=1)
    figures.say(
        f"{name}.recall", sum(right for right, _ in found["rules"].values()) / people, "", at_least=0.95
    )
    figures.say(f"{name}.linked", found["linked"], "links")


def _measure(url: str, people: int) -> dict[str, Any]:
    engine = create_engine(url)
    if url.startswith("sqlite"):
        prepare_sqlite(engine)
    Base.metadata.create_all(engine)
    found: dict[str, Any] = {}
    with Session(engine, expire_on_commit=False) as session:
        _district(session)
        for name, step in (("read-and-match", "read"), ("apply-file", "file"), ("link", "confirm")):
            began = time.perf_counter()
            _work(session, people, step)
            found[name] = time.perf_counter() - began
            if step == "read":
                found["rules"] = _judged(session)
                found |= _check(session)
        found["linked"] = session.scalar(select(func.count()).select_from(Link))
    found["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    engine.dispose()
    return found


def _check(session: Session) -> dict[str, float]:
    """Seconds to check a file of all proposals and a tenth of nonsense, and to read what its page shows."""
    pairs = session.execute(select(PrepPair.schoology_id, PrepPair.sis_id).order_by(PrepPair.sis_id)).all()
    lines = [f"{uid},{sis_id}" for uid, sis_id in pairs]
    lines += [f"nobody-{number},{number}" for number in range(len(pairs) // 10)]
    file = io.BytesIO("\n".join(("Schoology ID,Mapping ID", *lines)).encode())
    began = time.perf_counter()
    check.check(District(session, 1), "user", file, who=THE_HOST)
    uploaded = time.perf_counter()
    if session.get_one(PrepUpload, (1, "user")).to_check:
        _work(session, 0, check.CHECK)
    checked = time.perf_counter()
    session.expire_all()
    kept = session.get_one(PrepUpload, (1, "user"))
    shown = check.problems(District(session, 1), "user", 200)
    page = time.perf_counter() - checked
    seconds = {"upload-file": uploaded - began, "check-file": checked - uploaded, "checked-page": page}
    assert kept.accepts == len(pairs) and shown
    return seconds


def _work(session: Session, people: int, step: str) -> None:
    asked = queue.enqueue(
        District(session, 1), "provision", params={"what": "prep"}, trigger="manual", asked_by="bench"
    )
    session.commit()
    queue.claim(session, asked.job.id, "bench")
    run = start_or_resume(District(session, 1), asked.job.id, "prep", notes=RunNotes(step=step, table="user"))
    context = RunContext(
        session=session,
        installation_id=1,
        run_id=run.id,
        what="prep",
        sis=ManyStudents(people),
        schoology=ManyAccounts(people),
        progress=Progress(session, asked.job.id, "bench"),
        today=DAY.date(),
        wait=lambda seconds: None,
    )
    prepare(context, session.get_one(Run, run.id))
    session.commit()
    session.execute(update(Run).values(finished_at=clock.now()))
    queue.finish(session, asked.job.id, "bench", "done", message=NO_REASON)
    session.commit()


def _judged(session: Session) -> dict[str, tuple[int, int]]:
    """Rule → right and wrong pairs."""
    rules: dict[str, tuple[int, int]] = {}
    pairs = session.execute(select(PrepPair.rule, PrepPair.sis_id, PrepPair.schoology_id))
    for rule, sis_id, schoology_id in pairs.yield_per(5000):
        right, wrong = rules.get(rule, (0, 0))
        is_right = int(sis_id.removeprefix("student:")) == int(schoology_id) - 9_000_000
        rules[rule] = (right + is_right, wrong + (not is_right))
    return rules


def _district(session: Session) -> None:
    add_installation(session, name="Bench")
    roles = {"student": "1", "teacher": "2", "staff": "3"}
    set_options(session, role_ids=roles)
    for number in range(BUILDINGS):
        add_building(session, str(number))
    session.commit()


if __name__ == "__main__":
    sys.exit(main())
