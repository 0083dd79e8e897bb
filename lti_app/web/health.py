"""Whether the process lives, and whether it can work."""

from __future__ import annotations

import logging

from flask import Blueprint, Response, current_app, jsonify
from sqlalchemy.exc import SQLAlchemyError

from lti_app import release
from lti_app.extensions import db
from lti_app.operations import service
from lti_app.web.access import public

blueprint = Blueprint("health", __name__)
log = logging.getLogger(__name__)


@blueprint.get("/healthz")
@public
def healthz() -> Response:
    """The process answers, and says which release it is."""
    return jsonify({"status": "ok", "version": release.version(), "commit": release.commit()})


@blueprint.get("/readyz")
@public
def readyz() -> tuple[Response, int]:
    """Whether the service works. Anyone may ask, so the answer is a status and nothing else: what is wrong is
    in the process log, and 'doctor' tells the host."""
    try:
        wrong = [
            each.found
            for each in service.checks(db.session, current_app.extensions["service"]())
            if not each.fine
        ]
    except SQLAlchemyError as error:
        db.session.rollback()
        wrong = [f"the database reported {type(error).__name__}"]
    if wrong:
        log.warning("not ready: %s", "; ".join(wrong))
        return jsonify({"status": "not ready"}), 503
    return jsonify({"status": "ok"}), 200
