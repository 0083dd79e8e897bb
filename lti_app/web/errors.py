"""Every failure becomes a page in plain words with a reference number; never a traceback."""

from __future__ import annotations

import logging
import secrets
from typing import Any

from flask import Flask, Response, jsonify, make_response, render_template, request
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from lti_app.extensions import db

log = logging.getLogger(__name__)

WORDS = {
    400: "The request cannot be read. Go back and try again.",
    401: "Your session has ended. Open the app again from Schoology.",
    403: "You may not do this.",
    404: "There is nothing at this address.",
    405: "This address does not take such a request. Open the app again from Schoology.",
    413: "What was sent is too large.",
    429: "Too many requests at once. Wait a minute and try again.",
    500: "Something went wrong inside the app. Nothing was half done: try again, and if it happens again "
    "tell the people who host the app the reference number.",
    503: "The app is busy at the moment. Nothing was changed: try again in a minute.",
}


class Refusal(Exception):
    """A request that is refused on purpose, with words for the person."""

    def __init__(self, status: int, text: str, reason: str = "") -> None:
        super().__init__(reason or text)
        self.status = status
        self.text = text
        self.reason = reason


def error_page(status: int, text: str, reason: str = "") -> Response:
    """The page of a failure, or its JSON twin for a fetch, and a log line without personal data."""
    reference = secrets.token_hex(4).upper()
    log.warning(
        "refused %s %s status=%s reason=%s reference=%s",
        request.method,
        request.endpoint or "unknown",
        status,
        reason or "-",
        reference,
    )
    if request.headers.get("X-Launch-Token") and "json" in request.headers.get("Accept", ""):
        answer = jsonify({"error": text, "reference": reference, "stop": True})
        answer.status_code = status
        return answer
    page = render_template("errors/error.html", text=text, status=status, reference=reference)
    return make_response(page, status)


def install(app: Flask) -> None:
    """Attach the handlers, the broad one last."""
    app.register_error_handler(Refusal, _refusal)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(OperationalError, _database)
    app.register_error_handler(Exception, _unexpected)


def _refusal(error: Refusal) -> Response:
    db.session.rollback()
    return error_page(error.status, error.text, error.reason)


def _http(error: HTTPException) -> Any:
    status = error.code or 500
    if status < 400:
        return error
    return error_page(status, WORDS.get(status, WORDS[400]))


def _database(error: OperationalError) -> Response:
    db.session.rollback()
    log.error("the database did not answer: %s", type(error.orig).__name__)
    return error_page(503, WORDS[503], "database")


def _unexpected(error: Exception) -> Response:
    db.session.rollback()
    log.exception("unexpected failure of %s", request.endpoint)
    return error_page(500, WORDS[500], type(error).__name__)
