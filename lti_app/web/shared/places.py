"""Places: the pages that a person can come back to, by Back, by Reload or by opening the app again.

A view that only shows something is a place, and names the fields that say which part of it is shown. The
address of a place holds its path alone. Its fields travel in the form; the server keeps those that are named
here, so none of them may say anything about a person.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from flask import Flask, current_app, g, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from lti_app.extensions import db
from lti_app.lti import sessions

View = TypeVar("View", bound=Callable[..., Any])
LONGEST_FIELD = 80
ELSEWHERE = {
    "/admin/held": "/admin/logs",
    "/admin/grades/categories": "/admin/logs",
    "/admin/why": "/admin/logs",
    "/admin/person": "/admin/logs",
    "/course/live": "/course/sync",
    "/admin": "/admin/configuration",
    "/acting-user": "/admin/configuration",
    "/sign-out": "/admin/configuration",
}
"""Where one is after an action whose path does not begin with that of its page."""


@dataclass(frozen=True)
class Place:
    """A page, and which part of it: the path of a view, and the fields that it reads."""

    path: str
    fields: dict[str, str] = field(default_factory=dict)
    is_kept: bool = False
    """Whether the server keeps it for the next launch."""


def place(*fields: str) -> Callable[[View], View]:
    """Mark a view that only shows something; `fields` say which part, and nothing about a person."""

    def mark(view: View) -> View:
        view.place_fields = fields  # type: ignore[attr-defined]
        return view

    return mark


def private_place(view: View) -> View:
    """Mark a view that only shows something, and whose fields say something about a person: only the browser
    tab knows them, and a new launch leads to the place before."""
    view.place_fields = None  # type: ignore[attr-defined]
    return view


def enter(view: Callable[..., Any]) -> None:
    """Note where the person is once this request is answered."""
    path = g.get("returning_to") or request.path
    named = getattr(view, "place_fields", ())
    if not hasattr(view, "place_fields"):
        g.place = Place(nearest(path))
    elif named is None:
        g.place = Place(path)
    else:
        given = {name: request.form[name] for name in named if request.form.get(name)}
        kept = {name: text for name, text in given.items() if len(text) <= LONGEST_FIELD}
        g.place = Place(path, kept, is_kept=True)


def go_to(path: str) -> None:
    """Note that the answer shows this place, whatever its own path is."""
    g.place = Place(path, is_kept=True)


def endpoint_at(path: str) -> str:
    """The endpoint of a place that a launch can return to; empty for anything else."""
    for rule in current_app.url_map.iter_rules():
        if rule.rule == path and "POST" in (rule.methods or ()) and _is_kept(rule.endpoint):
            return str(rule.endpoint)
    return ""


def _is_kept(endpoint: str) -> bool:
    return getattr(current_app.view_functions[endpoint], "place_fields", None) is not None


def nearest(path: str) -> str:
    """The place that a path belongs to: itself, or the nearest one above it."""
    while path.count("/") > 1 or path in ELSEWHERE:
        if path in ELSEWHERE:
            return ELSEWHERE[path]
        if endpoint_at(path):
            return path
        path = path.rpartition("/")[0]
    return path


def install(app: Flask) -> None:
    """Keep the place of every page that was shown."""
    app.after_request(_keep)


def _keep(response: Response) -> Response:
    """A launch returns here. That it cannot be kept is no reason to lose the page."""
    here, found = g.get("place"), g.get("launch_token_hash")
    if response.status_code != 200 or here is None or not here.is_kept or not found:
        return response
    now = {"path": here.path, "fields": here.fields}
    if now != g.get("place_before"):
        try:
            db.session.rollback()
            sessions.keep_place(db.session, found, now)
            db.session.commit()
        except SQLAlchemyError:
            db.session.rollback()
    return response
