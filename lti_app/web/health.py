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
    in the process log, and 'doctor' tells the host.

    A job that doesn't move is no reason to send people elsewhere: the status names it, with 200.
    """
    try:
        checks = service.checks(db.session, current_app.extensions["service"]())
        wrong = [each.found for each in checks if not each.fine]
        stalled = [] if wrong else [each.found for each in service.stalled(db.session)]
    except SQLAlchemyError as error:
        db.session.rollback()
        wrong, stalled = [f"the database reported {type(error).__name__}"], []
    if wrong:
        log.warning("not ready: %s", "; ".join(wrong))
        return jsonify({"status": "not ready"}), 503
    if stalled:
        log.warning("stalled: %s", "; ".join(stalled))
        return jsonify({"status": "stalled"}), 200
    return jsonify({"status": "ok"}), 200
