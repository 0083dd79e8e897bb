"""GET /metrics for Prometheus: only where the host has set a token, and only for whoever sends it."""

from __future__ import annotations

import hmac

from flask import Blueprint, Response, abort, current_app, request
from prometheus_client import CONTENT_TYPE_LATEST

from lti_app.extensions import db
from lti_app.operations.metrics import exposition
from lti_app.web.access import public

blueprint = Blueprint("metrics", __name__)


@blueprint.get("/metrics")
@public
def metrics() -> Response:
    """The figures, or 404 without the setting, or 401 without its token in the header Authorization."""
    token = current_app.extensions["wiring"].settings.metrics_token
    if not token:
        abort(404)
    given = request.headers.get("Authorization", "")
    if not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        refused = Response("Send the token of LTI_APP_METRICS_TOKEN as a bearer token.\n", 401)
        refused.headers["WWW-Authenticate"] = "Bearer"
        return refused
    return Response(exposition(db.session), content_type=CONTENT_TYPE_LATEST)
