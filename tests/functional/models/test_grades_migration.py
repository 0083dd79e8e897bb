"""What a district decided and kept about grades lives through the upgrade, on both databases."""

from __future__ import annotations

import json

import pytest
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import text

from lti_app.extensions import db
from lti_app.grades import agreement
from lti_app.grades.rows.section import policy_of
from lti_app.models import Job, KeptScore, ScoreState, SectionSettings, SyncOptions
from lti_app.runs.words import fix, why
from lti_app.school import gradebook_json
from lti_app.school.average_codes import Assumed, Cause
from lti_app.school.grade_policy import Digest
from lti_app.store.district import District
from tests.functional.models.test_connection_migration import INSTALLATION, PLATFORM
from tests.functional.models.test_migrations import app, empty

__all__ = ["app", "empty"]
BEFORE, SINCE = "0012", "0013"
OPTIONS = (
    'INSERT INTO sync_options (installation_id, mode, "window", live_grades, brakes, provisioning, grades, '
    "schoology_lists, next_due_why) VALUES (1, 'manual', 0, FALSE, '{}', '{}', :grades, '{}', '')"
)
SECTION = (
    "INSERT INTO section_settings (installation_id, section_id, section_key, settings, own_map) "
    "VALUES (1, '5', '77', '{}', FALSE)"
)
ITEM = (
    "INSERT INTO item_state (id, installation_id, section_id, session, item_id, sis_assignment, fingerprint, "
    "status, reason, opted_out, title) VALUES (1, 1, '5', 1, '9', '3', 'f', 'synced', '', FALSE, 'Quiz')"
)
SCORE = (
    "INSERT INTO score_state (item_state_id, student_id, pushed, seen, status, reason, replaced, "
    "replaced_at) VALUES (1, '000100009', '8', '8', 'synced', '', '3', '2026-11-20 12:00:00.000000')"
)
JOB = (
    'INSERT INTO job (id, installation_id, kind, lane, section_id, params, state, "trigger", asked_by, '
    "asked_by_uid, owner, created_at, message, phase, done, total, pauses, cancel_requested) VALUES (1, 1, "
    "'grades', 'grades', '5', '{\"what\": \"grades\", \"put_back\": {\"item\": \"9\"}}', 'queued', 'manual', "
    "'', '', '', '2026-11-20 12:00:00.000000', '', '', 0, 0, 0, FALSE)"
)


def before(*statements: str, grades: str = "") -> None:
    """A database of the version before, with a district."""
    upgrade(revision=BEFORE)
    with db.engine.begin() as connection:
        for statement in (PLATFORM, INSTALLATION, *statements):
            connection.execute(text(statement))
        if grades:
            connection.execute(text(OPTIONS), {"grades": grades})


@pytest.mark.parametrize(
    ("grades", "ask"), [("{}", False), ('{"ask": true, "comments": true}', True), ("", False)]
)
def test_a_district_keeps_what_it_had_and_is_sent_no_new_email(app: Flask, grades: str, ask: bool) -> None:
    before(SECTION, grades=grades)

    upgrade()

    policy = policy_of(District(db.session, 1))
    assert (policy.ask, policy.digest) == (ask, Digest.OFF)
    assert policy.comments == bool(ask)
    assert db.session.get_one(SyncOptions, 1).mode == "manual"


def test_a_district_without_courses_begins_as_a_new_one(app: Flask) -> None:
    before()

    upgrade()

    assert policy_of(District(db.session, 1)).ask


def test_a_replaced_score_can_still_be_put_back(app: Flask) -> None:
    before(SECTION, ITEM, SCORE, JOB)

    upgrade()

    kept = db.session.query(KeptScore).one()
    assert (kept.section_id, kept.session, kept.item_id, kept.student_id) == ("5", 1, "9", "000100009")
    assert (kept.before, kept.after, kept.title, kept.done) == ("3", "8", "Quiz", True)
    score = db.session.query(ScoreState).one()
    assert (score.intent, score.seat, score.loss, score.agreed_for) == (None, "", "", None)
    assert db.session.get_one(Job, 1).state == "cancelled"
    db.session.remove()
    downgrade(revision=BEFORE)
    with db.engine.begin() as connection:
        assert connection.execute(text("SELECT COUNT(*) FROM score_state")).scalar() == 1
    upgrade(revision=SINCE)


def test_the_marks_of_a_school_keep_their_meaning_and_come_back(app: Flask) -> None:
    stored = (
        '{"section_key": "77", "total_points": true, "truncates": false, "categories": [], "alpha_marks": '
        '[{"code": "EX", "name": "\\"alpha_marks\\"", "exclude": true, "percent": null}]}'
    )
    upgrade(revision="0021")
    with db.engine.begin() as connection:
        for statement in (PLATFORM, INSTALLATION):
            connection.execute(text(statement))
        connection.execute(text(SECTION.replace("'{}'", ":settings")), {"settings": stored})

    upgrade()
    (mark,) = gradebook_json.settings(db.session.query(SectionSettings).one().settings).marks
    db.session.remove()
    downgrade(revision="0021")

    assert (mark.code, mark.name, mark.exclude) == ("EX", '"alpha_marks"', True)
    with db.engine.begin() as connection:
        kept = connection.execute(text("SELECT CAST(settings AS TEXT) FROM section_settings")).scalar_one()
    assert json.loads(kept) == json.loads(stored)


def test_a_comparison_of_before_keeps_its_words(app: Flask) -> None:
    before(SECTION)
    upgrade(revision="0042")
    finding = {"reason": "Dropped item", "about": ["Quizzes"], "why": "Old why.", "cure": "Old fix."}
    finding |= {"assumed": "Without weights, Schoology counts each category as much as any other."}
    student = {"student_id": "1", "enrollment_id": "2", "name": "Ada"}
    period = {"marking_period": "M1", "name": "Q1", "start": "2026-08-24", "end": "2026-11-06"}
    difference = {"student": student, "period": period, "schoology": "80.00", "sis": "79.00"}
    difference |= {"schoology_reported": False, "sis_reported": True, "findings": [finding]}
    kept = {"compared": 1, "differences": [difference], "assumed": [], "unweighted_seen": False}
    category = {"session": 1, "code": "HW", "category_id": "1", "name": "Homework", "marking_periods": ["M1"]}
    category |= {"weight": "40", "drop_lowest": 0, "exclude_missing": False}
    told = {
        "section_key": "77",
        "total_points": False,
        "truncates": True,
        "categories": [category],
        "marks": [],
    }
    with db.engine.begin() as connection:
        connection.execute(
            text("UPDATE section_settings SET agreement = :kept, settings = :told"),
            {"kept": json.dumps(kept), "told": json.dumps(told)},
        )

    upgrade()

    row = db.session.query(SectionSettings).one()
    assert gradebook_json.settings(row.settings).categories[0].terms == ("M1",)
    parity = agreement.from_json(row.agreement)
    assert parity is not None
    (found,) = parity.differences[0].findings
    assert (found.reason, found.assumed) == (Cause.DROPPED_ITEM, Assumed.EVEN_CATEGORIES)
    assert (why(found.why), fix(found.fix)) == ("Old why.", "Old fix.")
    db.session.remove()
    downgrade(revision="0042")
