"""A student without a link is known by the unique id only where that is the SIS id."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lti_app.extensions import db
from lti_app.models import Link, SyncOptions
from tests.support.gradebook import Class, make_class

pytestmark = pytest.mark.long


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Class]:
    with make_class(tmp_path) as made:
        yield made


@pytest.mark.parametrize(("source", "arrives"), [("source_id", True), ("number", False)])
def test_an_unlinked_student_is_never_guessed(room: Class, source: str, arrives: bool) -> None:
    quiz = room.item("Quiz")
    room.grade(quiz, 0, 7)
    room.grade(quiz, 1, 8)
    with room.world.app.app_context():
        db.session.delete(db.session.get_one(Link, (1, "user", f"student:{room.student(0)}")))
        options = db.session.get_one(SyncOptions, 1)
        options.provisioning = {**options.provisioning, "unique_id": source}
        db.session.commit()

    room.sync()

    assert (room.student(0) in room.scores(quiz)) is arrives
    assert room.student(1) in room.scores(quiz)
