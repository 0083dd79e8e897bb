"""What a job is asked to do and what a run knows of itself, as rows hold it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, text

from lti_app.models import Job, Run
from lti_app.school.job_request import JobRequest
from lti_app.school.run_notes import RunNotes
from tests.unit.conftest import Engine

REQUESTS: list[tuple[dict[str, Any], JobRequest]] = [
    ({}, JobRequest(what="all")),
    ({"what": "all", "plan_only": False}, JobRequest()),
    (
        {"what": "users", "plan_only": True, "on": "2027-07-01"},
        JobRequest(what="users", plan_only=True, on="2027-07-01"),
    ),
    (
        {"what": "one", "only": {"kind": "user", "sis_id": "student:7"}},
        JobRequest(what="one", only={"kind": "user", "sis_id": "student:7"}),
    ),
    ({"what": "undo", "undo_of": 12}, JobRequest(what="undo", undo_of=12)),
    ({"what": "prep", "step": "confirm"}, JobRequest(what="prep", step="confirm")),
    ({"what": "all", "recover": True, "paused": "Holidays"}, JobRequest(recover=True, paused="Holidays")),
    ({"what": "all", "due": "2026-11-25T05:00:00+00:00"}, JobRequest(due="2026-11-25T05:00:00+00:00")),
    (
        {"what": "grades", "course": "Art", "failed_only": False, "items": ["4", "5"]},
        JobRequest(what="grades", course="Art", items=("4", "5")),
    ),
    ({"what": "grades", "put_back_scores": [4]}, JobRequest(what="grades", put_back_scores=(4,))),
    ({"what": "grades", "put_back_assignments": [3]}, JobRequest(what="grades", put_back_assignments=(3,))),
    (
        {"what": "grades", "remove": ["4"], "let_go": True},
        JobRequest(what="grades", remove=("4",), let_go=True),
    ),
    ({"what": "grades", "shown": {"4": {"7": "8"}}}, JobRequest(what="grades", shown={"4": {"7": "8"}})),
    (
        {"what": "grades", "sweep": 8, "whole": True, "told": True},
        JobRequest(what="grades", sweep=8, whole=True, told=True),
    ),
]
NOTES: list[tuple[dict[str, Any], RunNotes]] = [
    ({}, RunNotes()),
    ({"undo_of": 12}, RunNotes(undo_of=12)),
    ({"only": {"kind": "course", "sis_id": "9"}}, RunNotes(only={"kind": "course", "sis_id": "9"})),
    ({"recover": True, "paused": ""}, RunNotes(recover=True)),
    (
        {"day": "2026-11-25", "staged": ["students"], "admin_roles": ["3"]},
        RunNotes(day="2026-11-25", staged=("students",), admin_roles=("3",)),
    ),
    ({"step": "match", "parts": ["users"]}, RunNotes(step="match", parts=("users",))),
    ({"staged": [], "reading_since": "2026-11-25T05:00:00"}, RunNotes(reading_since="2026-11-25T05:00:00")),
    (
        {"approved_at": "2026-11-25T05:00:00", "decided_at": "2026-11-25T06:00:00"},
        RunNotes(approved_at="2026-11-25T05:00:00", decided_at="2026-11-25T06:00:00"),
    ),
    ({"on": "2027-07-01"}, RunNotes(on="2027-07-01")),
]


@pytest.mark.parametrize(("stored", "request_"), REQUESTS)
def test_a_job_reads_as_it_was_stored_before_and_as_it_is_stored_now(
    stored: dict[str, Any], request_: JobRequest
) -> None:
    assert JobRequest.from_json(stored) == request_
    assert JobRequest.from_json(request_.to_json()) == request_


@pytest.mark.parametrize(("stored", "notes"), NOTES)
def test_a_run_reads_as_it_was_stored_before_and_as_it_is_stored_now(
    stored: dict[str, Any], notes: RunNotes
) -> None:
    assert RunNotes.from_json(stored) == notes
    assert RunNotes.from_json(notes.to_json()) == notes


def test_what_another_version_wrote_is_kept_when_something_else_changes(engine: Engine) -> None:
    run = engine.run("users")
    run.checkpoint = {**run.checkpoint, "weather": {"rain": True}, "day": None}

    run.note(decided_at="2026-11-25T06:00:00")
    engine.session.commit()

    assert run.checkpoint["weather"] == {"rain": True}
    assert run.notes.day == "" and run.notes.decided_at == "2026-11-25T06:00:00"


def test_the_database_is_asked_for_the_keys_that_rows_hold(engine: Engine) -> None:
    """Rows as the app wrote them before their keys had one place."""
    run = engine.run("users", plan_only=True)
    engine.session.execute(
        text("UPDATE job SET params = :stored"),
        {"stored": '{"what": "users", "plan_only": true, "recover": true, "due": "2026-11-25", "x": 1}'},
    )
    found = select(Job.what(), Job.due(), Job.previews(), Job.recovers())
    assert engine.session.execute(found).one() == ("users", "2026-11-25", True, True)

    engine.session.execute(text('UPDATE job SET params = \'{"what": "all"}\''))
    assert engine.session.execute(found).one() == ("all", None, False, False)

    assert engine.session.scalar(select(Run.id).where(Run.rehearses())) is None
    engine.session.execute(text('UPDATE run SET checkpoint = \'{"on": "2027-07-01"}\''))
    assert engine.session.scalar(select(Run.id).where(Run.rehearses())) == run.id
    assert engine.session.scalar(select(Run.id).where(~Run.rehearses())) is None
