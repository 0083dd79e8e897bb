"""What every route has to say and to look like."""

from __future__ import annotations

import re

from flask import Flask
from werkzeug.routing import Rule

from lti_app.web.admin import progress
from tests.conventions.sources import ROOT, assert_none

MARKS = {"public", "admin_reader", "acting_user_only", "unclaimed_admin", "course_member"}
PUBLIC = {
    "/lti/login",
    "/lti/launch",
    "/lti/jwks.json",
    "/healthz",
    "/readyz",
    "/events/<secret>",
    "/acting-user/return/<way_back>",
}
"""Everything that answers without a launch session. A longer list is a decision, not an oversight."""
TEMPLATES = ROOT / "templates"
TAB_KEY = re.compile(r'set tab_key = "([^"]+)"')
"""Where a page says which of its routes cancel the job."""
PART = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*(\.json|\.csv)?|<([a-z]+:)?[a-z_]+>")


def _ours(app: Flask) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if not rule.endpoint.endswith("static")]


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


def test_no_path_names_a_tenant(bare_app: Flask) -> None:
    """Tenant and course come from the session and never from the browser."""
    named = {"installation_id", "installation", "section_id", "schoology_section_id", "deployment_id"}
    assert_none(rule.rule for rule in _ours(bare_app) if rule.arguments & named)


def test_each_kind_of_access_is_in_use(bare_app: Flask) -> None:
    assert {_mark(bare_app, rule) for rule in _ours(bare_app)} == MARKS
