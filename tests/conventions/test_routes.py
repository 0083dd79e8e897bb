"""What every route has to say and to look like."""

from __future__ import annotations

import re

from flask import Flask
from werkzeug.routing import Rule

from lti_app.runs.words.pages import ADMIN, page_name
from lti_app.web.admin import progress
from tests.conventions.sources import ROOT, assert_none, sources

MARKS = {
    "public",
    "signed_in",
    "admin_reader",
    "acting_user_only",
    "acting_candidate",
    "unclaimed_admin",
    "course_member",
}
PUBLIC = {
    "/lti/login",
    "/lti/launch",
    "/lti/again",
    "/lti/jwks.json",
    "/healthz",
    "/readyz",
    "/metrics",
    "/help/<page>",
    "/help/images/<filename>",
    "/events/<secret>",
    "/acting-user/return/<way_back>",
}
"""Everything that answers without a launch session. A longer list is a decision, not an oversight."""
SHELL = "shell.empty_page"
"""What a GET of a page's address answers; test_access says what it may hold."""
TEMPLATES = ROOT / "templates"
TAB_KEY = re.compile(r'set tab_key = "([^"]+)"')
"""Where a page says which of its routes cancel the job."""
PART = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*(\.json|\.csv)?|<([a-z]+:)?[a-z_]+>")


def _ours(app: Flask) -> list[Rule]:
    skipped = ("static", SHELL)
    return [rule for rule in app.url_map.iter_rules() if not rule.endpoint.endswith(skipped)]


def _mark(app: Flask, rule: Rule) -> str:
    return str(getattr(app.view_functions[rule.endpoint], "access", ""))


def test_every_route_says_who_may_use_it(bare_app: Flask) -> None:
    assert_none(rule.rule for rule in _ours(bare_app) if _mark(bare_app, rule) not in MARKS)


def test_every_page_that_shows_a_job_can_cancel_it(bare_app: Flask) -> None:
    ours = {rule.rule: _mark(bare_app, rule) for rule in _ours(bare_app)}
    assert {ours.get(f"/admin/{key}/cancel") for key in progress.WATCHING} == {"acting_user_only"}
    used = {
        found[1] for page in TEMPLATES.rglob("*.html") for found in TAB_KEY.finditer(page.read_text("utf-8"))
    }
    assert used and used <= set(progress.WATCHING)


def test_no_other_route_is_open_to_everybody(bare_app: Flask) -> None:
    assert {rule.rule for rule in _ours(bare_app) if _mark(bare_app, rule) == "public"} == PUBLIC


def test_every_path_is_kebab_case(bare_app: Flask) -> None:
    assert_none(
        rule.rule
        for rule in _ours(bare_app)
        if not all(PART.fullmatch(part) for part in rule.rule.split("/")[1:])
    )


def test_pages_behind_a_session_are_posted_to(bare_app: Flask) -> None:
    """The launch token travels in a form field or header and never in an address: a GET cannot carry it."""
    assert_none(
        f"{rule.rule} {sorted(rule.methods or ())}"
        for rule in _ours(bare_app)
        if _mark(bare_app, rule) != "public" and set(rule.methods or ()) != {"POST", "OPTIONS"}
    )


def test_every_page_behind_a_session_has_an_empty_shell_and_nothing_else_has(bare_app: Flask) -> None:
    shells = [rule for rule in bare_app.url_map.iter_rules() if rule.endpoint == SHELL]

    assert {_mark(bare_app, rule) for rule in shells} == {"shell"}
    assert {rule.rule for rule in shells} == {
        rule.rule for rule in _ours(bare_app) if _mark(bare_app, rule) != "public"
    }
    assert_none(rule.rule for rule in shells if set(rule.methods or ()) != {"GET", "HEAD", "OPTIONS"})


def test_every_page_that_only_shows_something_is_a_place_to_come_back_to(bare_app: Flask) -> None:
    assert_none(
        rule.rule
        for rule in _ours(bare_app)
        if _mark(bare_app, rule) == "admin_reader"
        and not hasattr(bare_app.view_functions[rule.endpoint], "place_fields")
        and not rule.rule.endswith(("/csv", "/progress", "/file"))
        and rule.endpoint != "acting_user.start"
    )


def test_every_place_has_a_name_in_the_list_of_pages_viewed(bare_app: Flask) -> None:
    """An address means nothing to the administrator who reads who looked at what."""
    places = {
        rule.rule
        for rule in _ours(bare_app)
        if hasattr(bare_app.view_functions[rule.endpoint], "place_fields")
    }
    kept = [each for each in places if each.startswith(("/admin", "/course"))]
    assert kept
    assert_none(each for each in kept if page_name(each) == each)
    assert_none(each for each in (f"/admin{below}" for below in ADMIN) if each not in places)
    assert page_name("/course/sync of section 40074") == "Sync of section 40074"


def test_no_page_that_changes_something_is_a_place(bare_app: Flask) -> None:
    """Back and Reload ask for a place once more: that must never do a thing twice."""
    assert_none(
        rule.rule
        for rule in _ours(bare_app)
        if _mark(bare_app, rule) in ("acting_user_only", "public")
        and hasattr(bare_app.view_functions[rule.endpoint], "place_fields")
    )


def test_no_field_that_is_kept_for_the_next_launch_may_hold_a_name(bare_app: Flask) -> None:
    kept = {
        name
        for rule in _ours(bare_app)
        for name in getattr(bare_app.view_functions[rule.endpoint], "place_fields", None) or ()
    }
    of_runs = {"page", "job", "all", "kind", "action", "building", "outcome", "reason", "order", "size"}
    assert kept == of_runs | {"show_status", "show_building", "show_rule", "views", "parents_page"}


def test_no_path_names_a_tenant(bare_app: Flask) -> None:
    """Tenant and course come from the session and never from the browser."""
    named = {"installation_id", "installation", "section_id", "schoology_section_id", "deployment_id"}
    assert_none(rule.rule for rule in _ours(bare_app) if rule.arguments & named)


def test_each_kind_of_access_is_in_use(bare_app: Flask) -> None:
    assert {_mark(bare_app, rule) for rule in _ours(bare_app)} == MARKS


def test_a_page_asks_which_job_is_active_before_it_reads_what_jobs_write() -> None:
    """Asked last, a job that ended in between would be missed, and the page would stay as it is."""
    calls = re.compile(r"current_view\(")
    asked_first = re.compile(r"district = own_district\(\)\n    job = job_view\.current_view\(")
    assert_none(
        each.name
        for each in sources("lti_app/web/admin")
        if not each.name.endswith("progress.py")
        and len(calls.findall(each.text)) != len(asked_first.findall(each.text))
    )
