"""The sandbox SIS: an app that speaks the assumed eSchoolPLUS wire and shows people what it holds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from lti_app.sandbox import TEMPLATES
from lti_app.sandbox.dates import shown_day
from lti_app.sandbox.district.records import District
from lti_app.sandbox.faults import Faults
from lti_app.sandbox.faults import control as faults_control
from lti_app.sandbox.sis.api import api
from lti_app.sandbox.sis.gradebook import Gradebook
from lti_app.sandbox.sis.oneroster.face import Face
from lti_app.sandbox.sis.oneroster.views import oneroster as oneroster_api
from lti_app.sandbox.sis.pages import pages
from lti_app.sandbox.sis.state import Clock, Doorkeeper, Jobs, SisState
from lti_app.sandbox.sis.wire import Refusal

_API = "/schoology/"


def create_sis(district: District, **knobs: Any) -> Flask:
    """A server for one district; the knobs are those of `equip_sis`."""
    return equip_sis(bare_sis(), district, **knobs)


def bare_sis() -> Flask:
    """Every call and page, without a district."""
    app = Flask(__name__, template_folder=TEMPLATES, static_folder=None)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.register_blueprint(api)
    app.register_blueprint(oneroster_api)
    app.add_template_filter(shown_day, "day")
    app.register_blueprint(pages)
    app.register_blueprint(faults_control)
    app.register_error_handler(Refusal, _refuse)
    app.register_error_handler(HTTPException, _http_error)
    return app


def equip_sis(  # noqa: PLR0913  keyword-only knobs of one server
    app: Flask,
    district: District,
    *,
    site_code: str = "demo",
    login: str = "schoology",
    password: str = "sandbox-password",  # noqa: S107  the sandbox's published password
    product_version: str = "21.4.2",
    clock: Clock | None = None,
    faults: Faults | None = None,
    latency: float = 0.0,
    token_minutes: float = 20,
    job_minutes: float = 30,
    unlicensed_calls: frozenset[str] = frozenset(),
    oneroster: Face | None = None,
) -> Flask:
    """Give a bare server its district and everything that it remembers.

    `clock` gives the local time (default: this machine's); `latency` is in seconds a request; call types
    in `unlicensed_calls` answer NOT_LICENSED. With `oneroster` it speaks OneRoster too.
    """
    clock = clock or _local_now
    app.extensions["sis"] = SisState(
        district=district,
        site_code=site_code,
        version=product_version,
        clock=clock,
        gradebook=Gradebook(district, lambda: clock().date()),
        door=Doorkeeper(login, password, clock, token_minutes),
        jobs=Jobs(clock, job_minutes),
        faults=faults or Faults(),
        latency=latency,
        unlicensed=unlicensed_calls,
    )
    app.extensions["oneroster"] = oneroster
    app.extensions["sis"].faults.install(app, _throttled)
    return app


def _local_now() -> datetime:
    return datetime.now(UTC).astimezone()


def _refuse(refusal: Refusal) -> tuple[dict[str, Any], int]:
    return refusal.body(), refusal.status


def _http_error(error: HTTPException) -> Any:
    """Paths and methods that the interface does not have, in its own dialect; pages keep Flask's."""
    if not request.path.startswith(_API) or error.code is None:
        return error
    code = error.name.upper().replace(" ", "_")
    return {"error": {"code": code, "message": error.name}}, error.code


def _throttled() -> Response:
    return jsonify(Refusal("THROTTLED", "Too many requests; wait and try again.").body())
