"""Faults of a OneRoster server and kills of the worker: the end is that of an undisturbed night.

The gate plays each place and each fault once and a few kills; the long run plays every pair and every moment.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from lti_app.extensions import db
from lti_app.jobs.queue import enqueue
from lti_app.models import JobState
from lti_app.runs.words import sentence
from lti_app.sandbox.sis.oneroster.face import Knobs
from lti_app.store.district import District
from tests.support.killed_days import first_day, next_day
from tests.support.killed_worker import KilledWorker
from tests.support.matrix import OVER, PASSING, cells, ends_as, entry, picture
from tests.support.oneroster.world import OneRosterWorld, make_oneroster_world
from tests.support.sudden_end import Life

pytestmark = pytest.mark.long
PLACES = {
    "token": "POST ^.*/token$",
    "users": "GET ^.*/users$",
    "classes": "GET ^.*/classes$",
    "enrollments": "GET ^.*/enrollments$",
}
BROKEN = (
    *("drop-rows", "repeat-page", "other-total", "page-total", "short-page", "shift-rows", "shift-back"),
    *("null-list", "no-list", "404-list", "refuse-parameters", "expire-token", "html-after"),
)
"""What becomes of one answer; the list is read again, or the fault does no harm."""
WRITES = [
    "502-after",
    *(pytest.param(each, marks=pytest.mark.long_run) for each in ("html-after", "close-after", "429", "500")),
    *(pytest.param(each, marks=pytest.mark.long_run) for each in ("empty-answer", "expire-token")),
]


def twelve(folder: Path) -> Any:
    return make_oneroster_world(folder, knobs=Knobs(page_cap=20), students=12)


@cache
def undisturbed() -> dict[str, list[Any]]:
    with TemporaryDirectory() as folder, twelve(Path(folder)) as place:
        assert place.world.sync().state in OVER
        return picture(place.world.store)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[OneRosterWorld]:
    with twelve(tmp_path) as made:
        yield made


@pytest.mark.parametrize(("where", "fault"), cells(tuple(PLACES), PASSING, gate=3))
def test_a_fault_that_passes(place: OneRosterWorld, where: str, fault: str) -> None:
    place.world.sis_faults.add([entry(PLACES[where], fault)])

    ends_as(place.world, undisturbed())


@pytest.mark.parametrize(("where", "fault"), cells(("users", "enrollments"), BROKEN, gate=3))
def test_an_answer_that_is_broken_once(place: OneRosterWorld, where: str, fault: str) -> None:
    place.world.sis_faults.add([entry(PLACES[where], fault, nth=2)])

    ends_as(place.world, undisturbed())


@pytest.mark.parametrize("fault", WRITES)
def test_a_grade_arrives_once_whatever_becomes_of_the_answer(place: OneRosterWorld, fault: str) -> None:
    place.world.sync()
    room = place.room()
    quiz = room.item("Quiz", max_points="10")
    room.grade_all(quiz, 7.5)
    for where in ("PUT ^.*/lineItems/", "PUT ^.*/results/"):
        place.world.sis_faults.add([entry(where, fault)])

    job = room.sync()
    again = room.sync()

    assert job.state == JobState.DONE, sentence(job.message)
    assert sentence(again.message) == "Everything was up to date: nothing was sent."
    (item,) = place.book.assignments(int(room.key))
    scores = [score.score for _, score in place.book.scores(int(room.key))]
    assert item.description == "Quiz" and scores == [Decimal("7.5")] * len(room.seats())


@pytest.mark.parametrize(
    "fault", ["accept-only", "refuse-one", pytest.param("rounded", marks=pytest.mark.long_run)]
)
def test_a_score_that_the_sis_does_not_keep_as_it_was_sent_is_told(place: OneRosterWorld, fault: str) -> None:
    place.world.sync()
    room = place.room()
    room.grade_all(room.item("Quiz", max_points="10"), 7.25)
    place.world.sis_faults.add([entry("PUT ^.*/results/", fault)])

    job = room.sync()

    rounded = "The SIS rounded" in sentence(job.message)
    assert rounded or job.state in (JobState.DONE_WITH_PROBLEMS, JobState.FAILED), sentence(job.message)
    assert rounded == (fault == "rounded")


@pytest.mark.parametrize(
    ("day", "all_points"),
    [
        pytest.param(first_day, False, marks=pytest.mark.long_run),
        pytest.param(first_day, True, marks=pytest.mark.long_run),
        pytest.param(next_day, True, marks=pytest.mark.long_run),
    ],
)
def test_a_night_survives_the_end_of_its_process(tmp_path: Path, day: Any, all_points: bool) -> None:
    with make_oneroster_world(tmp_path, students=3) as made:
        worker = KilledWorker(made.world)
        try:
            day(worker)
            life = worker.live(Life())
            points = life.points(all_sides=True)
            chosen = points if all_points else points[:: max(1, len(points) // 6)]
            assert worker.wrong_after(chosen, 3) == []
        finally:
            worker.close()


class KilledInClass(KilledWorker):
    """A worker that syncs the grades of one section."""

    def __init__(self, place: OneRosterWorld) -> None:
        super().__init__(place.world)
        self.place, self.room = place, place.room()
        for number, name in enumerate(("Quiz", "Test")):
            self.room.grade_all(self.room.item(name, max_points="10"), 7.5 + number)
        self.far_sides += [
            (place.book, ("_assignments", "_scores", "_next_number")),
            (place.face, ("extras",)),
        ]
        self.keep()

    def result(self) -> dict[str, Any]:
        """How the job ended, and what the SIS has."""
        ended, key = super().result(), int(self.room.key)
        scores = [
            (row.description, score.student_id, score.score) for row, score in self.place.book.scores(key)
        ]
        return {
            "job": (ended["job"], ended["open"]),
            "assignments": sorted(each.description for each in self.place.book.assignments(key)),
            "scores": sorted(scores),
        }


@pytest.mark.long_run
@pytest.mark.parametrize("all_points", [False, True])
def test_a_sync_of_grades_survives_the_end_of_its_process(place: OneRosterWorld, all_points: bool) -> None:
    place.world.sync()
    worker = KilledInClass(place)
    try:
        with place.world.app.app_context():
            enqueue(
                District(db.session, 1),
                "grades",
                params={"what": "grades"},
                trigger="manual",
                asked_by="Tess Teacher",
                lane="grades",
                section_id=worker.room.section_id,
            )
            db.session.commit()
        worker.remember()
        points = worker.live(Life()).points(all_sides=True)
        assert len(worker.result()["scores"]) == 2 * len(worker.room.seats())

        assert worker.wrong_after(points if all_points else points[2::6], 6) == []
    finally:
        worker.close()
