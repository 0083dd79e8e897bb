"""Every route, walked by everybody: each has a mark, and the mark is what the server does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule

from lti_app.extensions import db
from lti_app.models import ActingUser, Base
from lti_app.store.audit import DOWNLOADED, VIEWED
from tests.factories import OURS, THEIRS, add_launch
from tests.support.admin_pages import Pages, open_pages

PEOPLE = ("acting user", "second admin", "teacher", "learner", "admin of another installation", "nobody")
MAY: dict[str, frozenset[str]] = {
    "public": frozenset(PEOPLE),
    "admin_reader": frozenset(("acting user", "second admin", "admin of another installation")),
    "acting_user_only": frozenset(("acting user",)),
    "signed_in": frozenset(PEOPLE) - {"nobody"},
    "acting_candidate": frozenset(("acting user", "second admin", "admin of another installation")),
    "unclaimed_admin": frozenset(),
    "course_member": frozenset(("teacher",)),
}
"""Mark → who passes. The other installation's admin passes as a reader of their own installation only; both
installations are claimed, so no one can claim."""
ARGUMENTS = {"way_back": "made-up", "secret": "made-up", "filename": "app.css", "page": "tour"}
SHELL = "shell.empty_page"
CHANGING_READERS = frozenset(("admin.progress",))
"""Readers' routes that write rows of their own."""


@dataclass
class Somebody:
    name: str
    token: str


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    made = open_pages(Path(tmp_path_factory.mktemp("access")))
    with made.database() as session:
        add_launch(session, "second", "901", OURS)
        add_launch(session, "teacher", "902", OURS, role="instructor", section_id="77")
        add_launch(session, "learner", "903", OURS, role="learner", section_id="77")
        add_launch(session, "other", "804", THEIRS)
    yield made


TOKENS = dict(zip(PEOPLE, ("token", "second", "teacher", "learner", "other", "")[:6], strict=True))


def rules(app: Flask) -> list[Rule]:
    return sorted(
        (rule for rule in app.url_map.iter_rules() if not rule.endpoint.endswith(("static", SHELL))),
        key=lambda rule: rule.rule,
    )


def mark(app: Flask, rule: Rule) -> str:
    return str(getattr(app.view_functions[rule.endpoint], "access", ""))


def ask(app: Flask, rule: Rule, token: str) -> Any:
    path = rule.rule
    for argument in rule.arguments:
        path = path.replace(f"<{argument}>", ARGUMENTS[argument])
    method = "POST" if "POST" in (rule.methods or ()) else "GET"
    data = {"launch": token} if method == "POST" else None
    return app.test_client().open(path, method=method, data=data, headers={"Origin": "http://localhost"})


def rows() -> dict[str, int]:
    """What every table holds, but for when and where a launch session was last seen, and who looked."""
    found = {}
    for table in Base.metadata.sorted_tables:
        columns = [column for column in table.columns if column.name not in ("seen_at", "place")]
        query = select(*columns)
        if table.name == "audit":
            query = query.where(table.c.what.not_in((VIEWED, DOWNLOADED)))
        found[table.name] = hash(tuple(sorted(str(tuple(row)) for row in db.session.execute(query))))
    return found


def test_every_route_has_a_mark(pages: Pages) -> None:
    assert [rule.rule for rule in rules(pages.app) if mark(pages.app, rule) not in MAY] == []


def test_there_are_routes_of_every_mark(pages: Pages) -> None:
    assert {mark(pages.app, rule) for rule in rules(pages.app)} == set(MAY)


@pytest.mark.parametrize("person", PEOPLE)
def test_each_person_passes_where_the_mark_lets_them_and_nowhere_else(pages: Pages, person: str) -> None:
    wrong = []
    for rule in rules(pages.app):
        kind = mark(pages.app, rule)
        if kind in ("public", "signed_in") or rule.endpoint == "acting_user.start":
            continue
        answer = ask(pages.app, rule, TOKENS[person])
        refused = answer.status_code in (401, 403) and "reference" in answer.text.lower()
        if (person in MAY[kind]) == refused:
            wrong.append(f"{rule.rule} ({kind}): {answer.status_code}")
    assert wrong == []


@pytest.mark.parametrize("person", [each for each in PEOPLE if each != "acting user"])
def test_whoever_is_refused_changes_nothing(pages: Pages, person: str) -> None:
    with pages.app.app_context():
        before = rows()
        for rule in rules(pages.app):
            if person not in MAY[mark(pages.app, rule)]:
                ask(pages.app, rule, TOKENS[person])
        db.session.rollback()
        assert rows() == before


@pytest.mark.parametrize("person", ["second admin", "admin of another installation"])
def test_readers_change_nothing_by_reading(pages: Pages, person: str) -> None:
    with pages.app.app_context():
        before = rows()
        for rule in rules(pages.app):
            if mark(pages.app, rule) == "admin_reader" and rule.endpoint not in CHANGING_READERS:
                ask(pages.app, rule, TOKENS[person])
        db.session.rollback()
        assert rows() == before


def test_a_get_of_a_page_is_the_same_for_everybody_and_holds_nothing(pages: Pages) -> None:
    """Whatever someone sends along: the shell reads no token, names no district and changes nothing."""
    shells = [rule.rule for rule in pages.app.url_map.iter_rules() if rule.endpoint == SHELL]
    client = pages.app.test_client()
    with pages.app.app_context():
        before = rows()
        for path in shells:
            plain = client.get(path)
            for token in TOKENS.values():
                asked = client.get(path, headers={"X-Launch-Token": token}, query_string={"launch": token})
                assert (asked.status_code, asked.data) == (200, plain.data), path
            assert "district" not in plain.text.lower() and "Person" not in plain.text, path
            assert plain.headers["Cache-Control"] == "no-store", path
        db.session.rollback()
        assert rows() == before
    assert len(shells) > 90


def test_a_shell_leads_to_a_page_that_only_shows_something(pages: Pages) -> None:
    """Its script asks for the place that it names: that must never be an action."""
    adapter = pages.app.url_map.bind("localhost")
    client = pages.app.test_client()
    for rule in [each.rule for each in pages.app.url_map.iter_rules() if each.endpoint == SHELL]:
        named = re.search(r'data-place="([^"]+)"', client.get(rule).text)
        assert named, rule
        endpoint, _ = adapter.match(named[1], method="POST")
        assert getattr(pages.app.view_functions[endpoint], "place_fields", None) is not None, rule


def test_the_acting_user_of_one_installation_is_no_one_special_in_another(pages: Pages) -> None:
    with pages.database() as session:
        uid = session.get_one(ActingUser, OURS).uid
        add_launch(session, "guest", uid, THEIRS)

    allowed = [
        rule.rule
        for rule in rules(pages.app)
        if mark(pages.app, rule) == "acting_user_only"
        and ask(pages.app, rule, "guest").status_code not in (401, 403)
    ]

    assert allowed == []
