"""What tests share in a process or in a run must not carry anything from one of them to another."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from lti_app.extensions import db
from lti_app.sandbox.district.make import make_district
from lti_app.sandbox.faults import Faults
from lti_app.sandbox.schoology.store import SchoologyStore
from tests.support import run_folder
from tests.support.apps import app_over, schoology_over, sis_over
from tests.support.world import DAY, settings


def _of_any_kind(kind: str, folder: Path) -> Flask:
    folder.mkdir()
    if kind == "app":
        return app_over(settings(folder))
    if kind == "sis":
        return sis_over(make_district(8, 1, as_of=DAY.date()), faults=Faults())
    made = schoology_over(SchoologyStore(), consumers={})
    made.extensions["schoology_postman"].close()
    return made


@pytest.mark.parametrize("kind", ["app", "sis", "schoology"])
def test_what_is_done_to_one_app_is_not_done_to_the_next(kind: str, tmp_path: Path) -> None:
    first = _of_any_kind(kind, tmp_path / "first")
    first.config["KEPT"] = "by the first"
    first.extensions["kept"] = "by the first"
    first.before_request_funcs[None].append(lambda: "the first one's answer")
    first.error_handler_spec[None][None][ZeroDivisionError] = lambda _: "handled"

    second = _of_any_kind(kind, tmp_path / "second")

    assert "KEPT" not in second.config
    assert "kept" not in second.extensions
    assert ZeroDivisionError not in second.error_handler_spec[None][None]
    assert second.test_client().get("/nowhere").status_code == 404
    assert first.test_client().get("/nowhere").text == "the first one's answer"
    shared = first.extensions.keys() & second.extensions.keys() - {"migrate", "bootstrap", "sqlalchemy"}
    same = {name for name in shared if first.extensions[name] is second.extensions[name]}
    assert {name for name in same if hasattr(first.extensions[name], "__dict__")} <= {"schoology_toggles"}


@pytest.mark.parametrize("kind", ["sis", "schoology"])
def test_routes_that_are_shared_cannot_be_changed(kind: str, tmp_path: Path) -> None:
    made = _of_any_kind(kind, tmp_path / "first")

    with pytest.raises(AssertionError, match="already handled its first request"):
        made.add_url_rule("/more", "more", lambda: "")


def test_each_app_has_a_database_of_its_own_over_statements_compiled_once(tmp_path: Path) -> None:
    apps = [_of_any_kind("app", tmp_path / name) for name in ("first", "second")]
    for app in apps:
        with app.app_context():
            db.session.execute(text("CREATE TABLE kept (place TEXT)"))
            db.session.execute(text("INSERT INTO kept VALUES (:place)"), {"place": db.engine.url.database})
            db.session.commit()
    found = []
    for app in apps:
        with app.app_context():
            found.append(Path(db.session.scalars(text("SELECT place FROM kept")).one()).parent.name)
            db.session.remove()
            db.engine.dispose()

    assert found == ["first", "second"]


def test_what_a_killed_run_left_is_removed_and_what_lives_is_kept(tmp_path: Path) -> None:
    living, killed = (tmp_path / f"{run_folder.PREFIX}{name}" for name in ("living", "killed"))
    living.mkdir()
    (killed / "tests").mkdir(parents=True)
    (killed / "some.lock").touch()
    held = run_folder.held(living)
    run_folder.held(killed).close()

    run_folder.remove_abandoned(tmp_path)

    assert (living.exists(), killed.exists()) == (True, False)
    held.close()
