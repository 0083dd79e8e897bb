"""The addresses of the OneRoster face: tokens, rosters, gradebook, in both versions."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, jsonify, request

from lti_app.sandbox.faults import fault_now
from lti_app.sandbox.sis.oneroster import gradebook_views, lists
from lti_app.sandbox.sis.oneroster.asking import class_key, may, spelling_now
from lti_app.sandbox.sis.oneroster.errors import Wrong
from lti_app.sandbox.sis.oneroster.face import face
from lti_app.sandbox.sis.oneroster.roster_rows import (
    CLASSES,
    COURSES,
    ENROLLMENTS,
    ORGS,
    SESSIONS,
    Row,
    Source,
    enrollments_of,
)
from lti_app.sandbox.sis.oneroster.sign_in import SignInRefused
from lti_app.sandbox.sis.oneroster.spelling import ROOTS, Wire
from lti_app.sandbox.sis.oneroster.user_rows import USERS
from lti_app.sandbox.sis.state import state
from lti_app.sandbox.sis.wire import Refusal

oneroster = Blueprint("oneroster", __name__, url_prefix="/ims/oneroster")
LISTS: dict[str, tuple[Source, str, Callable[[Wire], bool]]] = {
    "orgs": (ORGS, "orgs", lambda _: True),
    "schools": (ORGS, "orgs", lambda row: row["type"] == "school"),
    "academicSessions": (SESSIONS, "academicSessions", lambda _: True),
    "terms": (SESSIONS, "academicSessions", lambda row: row["type"] in ("term", "semester")),
    "gradingPeriods": (SESSIONS, "academicSessions", lambda row: row["type"] == "gradingPeriod"),
    "courses": (COURSES, "courses", lambda _: True),
    "classes": (CLASSES, "classes", lambda _: True),
    "users": (USERS, "users", lambda _: True),
    "students": (USERS, "users", lambda row: "student" in _roles(row)),
    "teachers": (USERS, "users", lambda row: "teacher" in _roles(row)),
    "enrollments": (ENROLLMENTS, "enrollments", lambda _: True),
}
"""Path → what it lists, under which name, and which rows of it."""
SINGLE = {"orgs": "org", "academicSessions": "academicSession", "classes": "class"}
CORE, FULL = "roster-core.readonly", "roster.readonly"


def _roles(row: Wire) -> set[str]:
    return {row["role"]} if "role" in row else {each["role"] for each in row["roles"]}


@oneroster.before_request
def _guard() -> None:
    mine, sis = face(), state()
    mine.requests.append(f"{request.method} {request.full_path}")
    if sis.latency:
        threading.Event().wait(sis.latency)
    if request.endpoint == "oneroster.token":
        return
    header = request.headers.get("Authorization", "")
    if fault_now() == "expire-token":
        mine.keys.forget(header)
    url = request.host_url.rstrip("/") + request.environ["REQUEST_URI"]
    names = mine.keys.scopes(request.method, url, header, sis.clock())
    first = request.path.startswith(ROOTS["1.1"][0])
    if not first and header.lower().startswith("oauth"):
        raise SignInRefused("invalid_token", 401, "OneRoster 1.2 has no OAuth 1.")
    granted = mine.knobs.granted
    request.environ["oneroster.scopes"] = names if granted is None else names & granted
    request.environ["oneroster.version"] = "1.1" if first else "1.2"


@oneroster.errorhandler(SignInRefused)
def _not_let_in(refused: SignInRefused) -> tuple[Response, int]:
    if request.endpoint == "oneroster.token":
        return jsonify({"error": refused.code, "error_description": refused.words}), refused.status
    return jsonify(Wrong(refused.status, refused.words, "unauthorisedrequest").body()), refused.status


@oneroster.errorhandler(Wrong)
def _wrong(wrong: Wrong) -> tuple[Response, int]:
    return jsonify(wrong.body()), wrong.status


@oneroster.post("/token")
def token() -> Response:
    """A token for the client's ID and secret."""
    mine = face()
    form = {name: value for name, value in request.form.items() if isinstance(value, str)}
    header = request.headers.get("Authorization", "")
    return jsonify(mine.keys.token(form, header, mine.knobs.granted, state().clock()))


def _ordered(source: Source) -> list[Row]:
    """The rows of a list by their ids; put in order once, until rows come or go."""
    district, orders = state().district, face().orders
    name, count = next(key for key, each in LISTS.items() if each[0] is source), source.count(district)
    kept = orders.get(name)
    if kept is None or kept[0] != count:
        orders[name] = kept = (count, sorted(source.rows(district), key=lambda row: row[0]))
    return kept[1]


def _seen(rows: list[Row], source: Source) -> list[Row]:
    """The rows of the schools that the client may see."""
    schools = face().knobs.schools
    if schools is None or source is COURSES or source is SESSIONS:
        return rows
    named = {f"{face().knobs.id_prefix}org-{each}" for each in schools} | {
        face().knobs.id_prefix + "district"
    }
    spell = _speller(source)
    return [
        row for row in rows if _home(spell(row)) <= named or source is ORGS and row[1] in (None, *schools)
    ]


def _home(row: Wire) -> set[str]:
    if "school" in row:
        return {row["school"]["sourcedId"]}
    homes = row.get("orgs") or [each["org"] for each in row.get("roles", ())]
    return {homes[0]["sourcedId"]} if homes else {row["sourcedId"]}


def _speller(source: Source) -> Callable[[Row], Wire]:
    district, spelling = state().district, spelling_now()
    return lambda row: source.spell(district, row, spelling)


def roster_list(path: str) -> Response:
    """One of the flat lists."""
    may(CORE, FULL)
    source, name, wanted = LISTS[path]
    with state().lock:
        rows, spell = _seen(_ordered(source), source), _speller(source)
        if path != name:
            rows = [row for row in rows if wanted(spell(row))]
        return lists.answer(name, len(rows), lambda place: spell(rows[place]))


def roster_row(path: str, sourced_id: str) -> Response:
    """One object by its id."""
    may(CORE, FULL)
    source, name, _ = LISTS[path]
    with state().lock:
        wanted, spell = spelling_now().plain(sourced_id), _speller(source)
        row = next((each for each in _seen(_ordered(source), source) if each[0] == wanted), None)
        if row is None or not wanted:
            raise Wrong(404, "There is no such object.", "unknownobject")
        return jsonify({SINGLE.get(name, name.removesuffix("s")): spell(row)})


def class_enrollments(school: str, sourced_id: str) -> Response:
    """The enrollments of one class of a school."""
    may(FULL)
    with state().lock:
        key, district = class_key(sourced_id), state().district
        if spelling_now().id(f"org-{district.sections[key].building}") != school:
            raise Wrong(404, "The school has no such class.", "unknownobject")
        rows, spell = sorted(enrollments_of(district, key), key=lambda row: row[0]), _speller(ENROLLMENTS)
        return lists.answer("enrollments", len(rows), lambda place: spell(rows[place]))


@oneroster.errorhandler(Refusal)
def _refusal(refusal: Refusal) -> tuple[Response, int]:
    return jsonify(Wrong(refusal.status, refusal.message).body()), refusal.status


def _add(root: str, rule: str, view: Callable[..., Any], method: str = "GET") -> None:
    path = f"{root}{rule}".removeprefix("/ims/oneroster")
    oneroster.add_url_rule(path, f"{method} {path}".replace(".", "_"), view, methods=[method])


for _roster, _book in ROOTS.values():
    for _path in LISTS:
        _add(_roster, f"/{_path}", lambda _path=_path: roster_list(_path))
        _add(
            _roster,
            f"/{_path}/<path:sourced_id>",
            lambda sourced_id, _path=_path: roster_row(_path, sourced_id),
        )
    _add(_roster, "/schools/<path:school>/classes/<path:sourced_id>/enrollments", class_enrollments)
    for _name in ("categories", "lineItems", "results"):
        _add(_book, f"/{_name}", lambda _name=_name: gradebook_views.gradebook_list(_name))
        _add(
            _book,
            f"/{_name}/<path:sourced_id>",
            lambda sourced_id, _name=_name: gradebook_views.gradebook_row(_name, sourced_id),
        )
        _add(
            _book,
            f"/classes/<path:sourced_id>/{_name}",
            lambda sourced_id, _name=_name: gradebook_views.class_list(sourced_id, _name),
        )
    for _name in ("lineItems", "results"):
        _add(
            _book,
            f"/{_name}/<path:sourced_id>",
            lambda sourced_id, _name=_name: gradebook_views.put(_name, sourced_id),
            "PUT",
        )
        _add(
            _book,
            f"/{_name}/<path:sourced_id>",
            lambda sourced_id, _name=_name: gradebook_views.delete(_name, sourced_id),
            "DELETE",
        )
