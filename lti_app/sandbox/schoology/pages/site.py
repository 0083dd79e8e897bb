"""The sandbox Schoology as people see it: who they are, the app, their courses, and all its data.

`install(app, store, platform)` adds the pages to the sandbox's Flask app, after `lti_platform.install`.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any, Final

from flask import Flask, flash, redirect, render_template, request, session, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from lti_app.sandbox.dates import shown_day
from lti_app.sandbox.schoology.lti.platform import LtiPlatform
from lti_app.sandbox.schoology.objects import User
from lti_app.sandbox.schoology.pages import (  # noqa: F401  importing them adds their pages to the blueprint
    by_hand,
    courses,
    gradebook,
    items,
    launch,
    people,
)
from lti_app.sandbox.schoology.pages.common import (
    carried_person,
    page,
    pages,
    signed_in,
    the_platform,
    the_store,
)
from lti_app.sandbox.schoology.pages.views import PersonRow, find_people, person_row, section_row, sections_of
from lti_app.sandbox.schoology.store import SchoologyStore

_SHOWN_PER_ROLE: Final = 6


@dataclass(frozen=True)
class Group:
    """Some people of one role to choose from."""

    title: str
    role_id: int
    people: list[PersonRow]
    more: int


def install(app: Flask, store: SchoologyStore, platform: LtiPlatform) -> None:
    """Add the pages to the sandbox. Signing in needs a session, so a secret is made when there is none."""
    app.secret_key = app.secret_key or secrets.token_hex(32)
    app.extensions.setdefault("schoology_store", store)
    app.extensions.setdefault("lti_platform", platform)
    app.add_template_filter(shown_day, "day")
    app.register_blueprint(pages)


@pages.context_processor
def _common() -> dict[str, Any]:
    user = signed_in()
    me = person_row(the_store(), user) if user else None
    return {"me": me, "platform": the_platform(), "carried": carried_person()}


@pages.before_request
def _try_a_cookie() -> None:
    """A mark that comes back tells, at the sign-in, that this browser keeps cookies."""
    if request.method == "GET":
        session["keeps_cookies"] = True


@pages.errorhandler(HTTPException)
def _problem(error: HTTPException) -> tuple[str, int]:
    words = {403: "Only teachers of the course can do this.", 404: "This page doesn't exist."}
    status = error.code or 500
    return render_template("schoology/problem.html", words=words.get(status, error.description)), status


@page("/")
def home() -> str:
    """Choose a person; then the app launcher and the person's courses."""
    store, user = the_store(), signed_in()
    if user is not None:
        sections = [section_row(store, each) for each in sections_of(store, user)]
        return render_template("schoology/home.html", sections=sections)
    wanted = request.args.get("q", "").strip()
    by_role: dict[int, list[User]] = {role_id: [] for role_id in store.roles}
    for each in find_people(store, wanted):
        if not each.inactive:
            by_role[each.role_id].append(each)
    groups = [_group(store, role_id, found) for role_id, found in by_role.items() if found]
    return render_template("schoology/home.html", q=wanted, groups=groups)


def _group(store: SchoologyStore, role_id: int, found: list[User]) -> Group:
    shown = [person_row(store, user) for user in found[:_SHOWN_PER_ROLE]]
    title = store.roles[role_id].title
    many = title if title == "Staff" else f"{title}s"
    return Group(many, role_id, shown, len(found) - len(shown))


@page("/sign-in", "POST")
def sign_in() -> Response:
    """Be a person from now on, in this browser; `next` is a path of this site to go on to."""
    user = the_store().users.get(request.form.get("uid", 0, type=int))
    if user is None or user.inactive:
        flash("This account doesn't exist or is disabled.", "error")
        return redirect(url_for(".home"))
    carried = None if session.get("keeps_cookies") else user.uid
    session["person_uid"] = user.uid
    following = request.form.get("next", "")
    is_ours = following.startswith("/") and following[1:2] not in ("/", "\\")
    if not is_ours:
        return redirect(url_for(".home", person=carried))
    return redirect(f"{following}?person={carried}" if carried else following)


@page("/sign-out", "POST")
def sign_out() -> Response:
    """Sign out."""
    session.pop("person_uid", None)
    return redirect(url_for(".home", person=None))
