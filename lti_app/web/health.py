"""Whether the process lives, and whether it can work."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from lti_app import clock
from lti_app.extensions import db
from lti_app.models import Alert, Lease
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
    """The database answers and somebody ticks; what is wrong with districts is listed beside it."""
    checks = {"database": "ok", "scheduler": "ok"}
    troubles: dict[str, list[str]] = {}
    try:
        lease = db.session.scalars(select(Lease).where(Lease.name == "scheduler")).first()
        if lease is None or lease.expires_at < clock.now():
            checks["scheduler"] = "no process runs the scheduler"
        troubles = _troubles()
    except SQLAlchemyError:
        db.session.rollback()
        checks = {"database": "not responding", "scheduler": "unknown"}
    ready = set(checks.values()) == {"ok"}
    body = {"status": "ok" if ready else "not ready", "checks": checks, "installations": troubles}
    return jsonify(body), 200 if ready else 503


def _troubles() -> dict[str, list[str]]:
    """Installation id → keys of what was wrong there at the last tick. No name and no text: anybody may ask.

    One reading for all districts, as monitoring asks often; while nobody ticks, that is the news.
    """
    found: dict[str, list[str]] = {}
    lasting = select(Alert.installation_id, Alert.key).where(Alert.ended_at.is_(None)).order_by(Alert.id)
    for installation_id, key in db.session.execute(lasting):
        found.setdefault(str(installation_id), []).append(key)
    return found
