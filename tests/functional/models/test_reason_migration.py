"""What an older version told in words is kept as it was through the upgrade, and back, on both databases."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import select, text

from lti_app.extensions import db
from lti_app.models import Change, Installation, Job, PrepLine, Run, SisConnection, SyncOptions
from lti_app.runs.words import sentence
from lti_app.school.ending_codes import EndingCode
from lti_app.school.outside_codes import SetupCode
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import NO_REASON, Reason, because, other
from tests.functional.models.test_connection_migration import INSTALLATION, PLATFORM
from tests.functional.models.test_grades_migration import OPTIONS
from tests.functional.models.test_migrations import COLUMNS, JOB, app, empty

__all__ = ["app", "empty"]
BEFORE = "0013"
"""The last version that told lines, runs, jobs and problems in words."""
RUN = (
    "INSERT INTO run (id, installation_id, job_id, what, plan_only, state, digest, counts, checkpoint, "
    "reason, started_at) VALUES (1, 1, 1, 'all', FALSE, 'done', '', '{}', '{}', :text, '2026-11-23')"
)
LINE = (
    "INSERT INTO change (installation_id, run_id, seq, kind, action, sis_id, schoology_id, building, parent, "
    "person, natural_key, label, fingerprint, before, after, state, batch, reason, words) VALUES "
    "(1, 1, :seq, 'user', 'block', 'x', '', '', '', '', '', '', '', '', '', 'blocked', 0, :text, '')"
)
CONNECTION = (
    "INSERT INTO sis_connection (installation_id, adapter, product, version, capabilities, problem, "
    "preview_confirmed_by) VALUES (1, 'eschoolplus', '', '', '{}', :problem, '')"
)
QUOTED = 'The username “ann "lee"” has a blank:\ncorrect it \\ there.'
SKIPPED = "Skipped: this record was synced individually during this run."
TEXTS = (QUOTED, SKIPPED, "")


def with_lines() -> None:
    """A database of the version before, with a run whose lines say why."""
    upgrade(revision=BEFORE)
    with db.engine.begin() as connection:
        for statement in (PLATFORM, INSTALLATION):
            connection.execute(text(statement))
        connection.exec_driver_sql(JOB.format(COLUMNS, "done"))
        connection.execute(text(RUN), {"text": QUOTED})
        for seq, said in enumerate(TEXTS, start=1):
            connection.execute(text(LINE), {"seq": seq, "text": said})


def lines() -> list[Reason]:
    rows = db.session.query(Change).order_by(Change.seq).all()
    return [each.reason for each in rows]


def old_texts(table: str) -> list[Any]:
    with db.engine.begin() as connection:
        return list(connection.execute(text(f'SELECT reason FROM "{table}" ORDER BY id')).scalars())  # noqa: S608 - our own name


def test_old_texts_become_other_and_read_as_before(app: Flask) -> None:
    with_lines()

    upgrade()

    assert lines() == [other(QUOTED), because(Code.SYNCED_INDIVIDUALLY), NO_REASON]
    assert db.session.get_one(Run, 1).reason == other(QUOTED)
    assert sentence(lines()[0]) == QUOTED


@pytest.mark.parametrize("table", ["change", "run"])
def test_old_texts_are_texts_again_after_the_way_back(app: Flask, table: str) -> None:
    with_lines()
    upgrade()
    db.session.remove()

    downgrade(revision=BEFORE)

    assert old_texts(table) == [*(TEXTS if table == "change" else TEXTS[:1])]


def test_the_words_of_a_job_are_kept_both_ways(app: Flask) -> None:
    with_lines()
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE job SET message = :text"), {"text": QUOTED})

    upgrade()

    (job,) = db.session.query(Job).all()
    assert (job.message, sentence(job.message)) == (other(QUOTED), QUOTED)
    job.message = because(EndingCode.SYNC_UP_TO_DATE)
    db.session.commit()
    assert db.session.query(Job).one().message == because(EndingCode.SYNC_UP_TO_DATE)
    db.session.remove()
    downgrade(revision=BEFORE)
    with db.engine.begin() as connection:
        assert connection.execute(text("SELECT message FROM job")).scalar_one() == "sync up to date"


def test_a_code_of_its_own_is_told_in_words_after_the_way_back(app: Flask) -> None:
    with_lines()
    upgrade()
    db.session.query(Change).filter(Change.seq == 3).one().reason = because(
        Code.EMAIL_NOT_VALID, email="mei@"
    )
    db.session.commit()
    db.session.remove()

    downgrade(revision=BEFORE)

    assert old_texts("change")[2] == "email not valid"
    upgrade()
    assert lines()[2] == other("email not valid")


def test_pauses_and_problems_of_connections_are_recognized_again(app: Flask) -> None:
    restored = sentence(because(SetupCode.PAUSED_RESTORED))
    host = "Syncs are paused by the people who host this app. Summer “break”."
    texts = {"paused_reason": restored, "next_due_why": "Waiting: fix it.", "problem": "No."}
    upgrade(revision="0026")
    with db.engine.begin() as connection:
        for statement in (PLATFORM, INSTALLATION):
            connection.execute(text(statement))
        connection.execute(text(OPTIONS), {"grades": "{}"})
        connection.execute(text("UPDATE installation SET paused_reason = :paused_reason"), texts)
        connection.execute(text("UPDATE sync_options SET next_due_why = :next_due_why"), texts)
        connection.execute(text(CONNECTION), texts)

    upgrade()
    installation, options = db.session.get_one(Installation, 1), db.session.get_one(SyncOptions, 1)
    stored = db.session.get_one(SisConnection, 1)
    found = (installation.paused_reason, options.next_due_why, stored.problem, stored.gradebook_problem)
    query = select(Installation.id).where(Installation.paused_reason == because(SetupCode.PAUSED_RESTORED))
    assert db.session.scalars(query).all() == [1]
    db.session.remove()
    downgrade(revision="0026")
    with db.engine.begin() as connection:
        back = connection.execute(text("SELECT paused_reason FROM installation")).scalar_one()
        connection.execute(text("UPDATE installation SET paused_reason = :host"), {"host": host})
    upgrade()

    waits = because(SetupCode.DUE_WAITS, why=other("fix it."))
    assert found == (because(SetupCode.PAUSED_RESTORED), waits, other("No."), NO_REASON)
    assert back == restored
    assert sentence(db.session.get_one(Installation, 1).paused_reason) == host


def test_problems_of_a_file_of_matches_read_as_before(app: Flask) -> None:
    upgrade(revision=BEFORE)
    with db.engine.begin() as connection:
        for statement in (PLATFORM, INSTALLATION):
            connection.execute(text(statement))
    upgrade(revision="0043")
    line = (
        "INSERT INTO prep_line (installation_id, kind, verb, line, schoology_id, sis_id, problem) "
        "VALUES (1, 'user', 'problem', :line, '', '', :problem)"
    )
    with db.engine.begin() as connection:
        for number, said in enumerate((QUOTED, "", QUOTED), start=2):
            connection.execute(text(line), {"line": number, "problem": said})

    upgrade()
    told = select(PrepLine.problem).order_by(PrepLine.line)
    assert db.session.scalars(told).all() == [other(QUOTED), NO_REASON, other(QUOTED)]

    db.session.remove()
    downgrade(revision="0043")
    with db.engine.begin() as connection:
        kept = connection.execute(text("SELECT problem FROM prep_line ORDER BY line")).scalars().all()
    assert kept == [QUOTED, "", QUOTED]
