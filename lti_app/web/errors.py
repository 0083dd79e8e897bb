"""Every failure becomes a page in plain words with a reference number, never a traceback."""

from __future__ import annotations

import logging
import secrets
from typing import Any

from flask import Flask, Response, g, jsonify, make_response, render_template, request
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from lti_app.extensions import db
from lti_app.web import framing
from lti_app.web.shared.host import with_contact

log = logging.getLogger(__name__)

OVER = "Your session has ended"
SESSION_GONE = ("session-over", "session-unknown", "again-unknown")
TITLES = {
    401: "Open the app again",
    404: "Page not found",
    413: "File too large",
    429: "Too many requests",
    500: "Something went wrong",
    503: "The app is busy",
}
WORDS = {
    400: (
        "The app couldn’t read this request, so no changes were saved. Open the app again and try once more."
    ),
    403: "You don’t have permission to do this. No changes were saved.",
    404: "This page doesn’t exist. Open the app again to go back to your pages.",
    405: "This page can’t be opened directly. Open the app again from Schoology.",
    413: "Your file is larger than 16 MB, so it wasn’t saved. Upload a smaller file.",
    429: "There were too many requests in a short time. Wait a minute and try again.",
    500: "The app had an unexpected error. Try again. If it happens again, contact the people who host this "
    "app and give them the reference number.",
    503: "The app or its database is busy right now. Wait a minute and try again.",
}
OF_THE_PERSON = ("installation", "acting_user", "person", "launch_session", "place")
MOST_DRAINED = 64 * 1024 * 1024
"""So much of a body that is too large is read and thrown away: a browser that is still sending does not read
the answer, and would call the connection reset."""


class Refusal(Exception):
    """A request that is refused on purpose, with a text for the person."""

    def __init__(
        self, status: int, text: str, reason: str = "", *, template: str = "errors/error.html"
    ) -> None:
        super().__init__(reason or text)
        self.template = template
        self.status = status
        self.text = text
        self.reason = reason


def error_page(
    status: int,
    text: str,
    reason: str = "",
    *,
    login: dict[str, str] | None = None,
    asks: bool = True,
    template: str = "errors/error.html",
) -> Response:
    """The page of a failure, or its JSON twin for a fetch, and a log line without personal data.

    `login` is a login request to repeat. `asks` is false where the database would not answer.
    """
    reference = secrets.token_hex(4).upper()
    log.warning(
        "refused %s %s status=%s reason=%s reference=%s",
        request.method,
        request.endpoint or "unknown",
        status,
        reason or "-",
        reference,
    )
    whose = framing.find_out() if asks else framing.whose()
    for name in OF_THE_PERSON:  # rows of a database that may be gone: the page is made without them
        g.pop(name, None)
    shown = {
        "status": status,
        "title": OVER if reason in SESSION_GONE else TITLES.get(status, "This didn’t work"),
        "text": with_contact(text),
        "reference": reference,
        "place_name": whose.name if whose else "",
        "again": whose.login_id if whose else "",
        "login": login or {},
        "home": framing.way_home(),
    }
    if request.headers.get(framing.HEADER) and "json" in request.headers.get("Accept", ""):
        ended = render_template("errors/ended.html", **shown) if status == 401 else ""
        answer = jsonify({"error": shown["text"], "reference": reference, "stop": True, "ended": ended})
        answer.status_code = status
        return answer
    return make_response(render_template(template, **shown), status)


def install(app: Flask) -> None:
    """Attach the handlers, the broad one last."""
    app.register_error_handler(Refusal, _refusal)
    app.register_error_handler(HTTPException, _http)
    for silent in (OperationalError, InterfaceError, NoConnectionLeft):
        app.register_error_handler(silent, _database)
    app.register_error_handler(Exception, _unexpected)


def _refusal(error: Refusal) -> Response:
    db.session.rollback()
    return error_page(error.status, error.text, error.reason, template=error.template)


def _http(error: HTTPException) -> Any:
    status = error.code or 500
    if status < 400:
        return error
    db.session.rollback()
    if isinstance(error, RequestEntityTooLarge):
        _drain()
    return error_page(status, WORDS.get(status, WORDS[400]))


def _drain() -> None:
    try:
        body: Any = request.stream  # ends with the body; of a form, some was read already
    except RequestEntityTooLarge:
        body = request.environ["wsgi.input"]  # nothing was read
    left = min(request.content_length or 0, MOST_DRAINED)
    while left > 0 and (part := body.read(min(left, 65536))):
        left -= len(part)


def _database(error: SQLAlchemyError) -> Response:
    db.session.rollback()
    log.error("the database did not answer: %s", type(getattr(error, "orig", error)).__name__)
    return error_page(503, WORDS[503], "database", asks=False)


def _unexpected(error: Exception) -> Response:
    db.session.rollback()
    log.exception("unexpected failure of %s", request.endpoint)
    return error_page(500, WORDS[500], type(error).__name__)
