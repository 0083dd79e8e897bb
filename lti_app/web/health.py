"""Whether the process lives, and whether it can work."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from lti_app import clock
from lti_app.extensions import db
from lti_app.models import Lease
from lti_app.web.access import public

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@public
def healthz() -> Response:
    """The process answers."""
    return jsonify({"status": "ok"})


@blueprint.get("/readyz")
@public
def readyz() -> tuple[Response, int]:
    """The database answers and somebody ticks."""
    checks = {"database": "ok", "scheduler": "ok"}
    try:
        lease = db.session.scalars(select(Lease).where(Lease.name == "scheduler")).first()
        if lease is None or lease.expires_at < clock.now():
            checks["scheduler"] = "nobody ticks"
    except SQLAlchemyError:
        db.session.rollback()
        checks = {"database": "does not answer", "scheduler": "unknown"}
    ready = set(checks.values()) == {"ok"}
    return jsonify({"status": "ok" if ready else "not ready", "checks": checks}), 200 if ready else 503
