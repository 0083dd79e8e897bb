"""The sandbox Schoology as a web server: REST API v1 under /v1 and the consent page of OAuth 1.0."""

from __future__ import annotations

import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Flask, Response, current_app, g, redirect, render_template, request, session
from werkzeug.exceptions import HTTPException

from lti_app.sandbox import TEMPLATES
from lti_app.sandbox.faults import Faults
from lti_app.sandbox.faults import control as faults_control
from lti_app.sandbox.schoology import event_delivery, triggers
from lti_app.sandbox.schoology.api import courses, district, enrollments, folders, grading, multiget, sections
from lti_app.sandbox.schoology.api import people as api_people
from lti_app.sandbox.schoology.http import Refused, answer, caller, store, toggles
from lti_app.sandbox.schoology.oauth import NotAuthorized, Verifier
from lti_app.sandbox.schoology.objects import StoreError
from lti_app.sandbox.schoology.store import SchoologyStore
from lti_app.sandbox.schoology.toggles import Toggles

oauth = Blueprint("v1_oauth", __name__)
APIS = (
    api_people,
    folders,
    sections,
    district,
    courses,
    enrollments,
    grading,
    multiget,
    triggers,
)


class RateLimit:
    """So many requests in so many seconds for a key."""

    def __init__(self, requests: int, seconds: float, clock: Callable[[], float]) -> None:
        self._requests, self._seconds, self._clock = requests, seconds, clock
        self._seen: dict[str, deque[float]] = defaultdict(deque)
        self._guard = threading.Lock()

    def wait(self, key: str, cost: int = 1) -> float:
        """0 when the request may pass (and counts), else the seconds until one may."""
        now = self._clock()
        with self._guard:
            seen = self._seen[key]
            while seen and seen[0] <= now - self._seconds:
                seen.popleft()
            if len(seen) + cost > self._requests:
                return max(0.001, seen[0] + self._seconds - now) if seen else self._seconds
            seen.extend([now] * cost)
            return 0.0


def create_schoology(store: SchoologyStore, **knobs: Any) -> Flask:
    """A Flask app over a store; the knobs are those of `equip_schoology`."""
    return equip_schoology(bare_schoology(), store, **knobs)


def bare_schoology() -> Flask:
    """Every call of the API, without a store."""
    app = Flask(__name__, template_folder=TEMPLATES, static_folder=None)
    app.secret_key = "a sandbox keeps no secrets"  # noqa: S105
    app.config.update(SESSION_COOKIE_NAME="schoology-sandbox", SESSION_COOKIE_SAMESITE="Lax")
    app.before_request(_admit)
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(StoreError, _store_refused)
    app.register_error_handler(NotAuthorized, _not_authorized)
    app.register_error_handler(HTTPException, _http)
    app.register_blueprint(oauth)
    for api in APIS:
        app.register_blueprint(api.blueprint)
    app.register_blueprint(event_delivery.blueprint)
    app.register_blueprint(faults_control)
    app.add_url_rule("/sandbox/traffic", view_func=_traffic)
    return app


def equip_schoology(  # noqa: PLR0913 - the knobs of a sandbox, all named
    app: Flask,
    store: SchoologyStore,
    *,
    consumers: Mapping[str, str],
    rate: tuple[int, float] | None = (15, 5.0),
    clock: Callable[[], float] = time.time,
    toggles: Toggles = Toggles(),  # noqa: B008 - frozen
    faults: Faults | None = None,
    latency: float = 0.0,
    trigger_scale: float = 1.0,
) -> Flask:
    """Give a bare server its store and everything that it remembers. `consumers` are keys and secrets."""
    app.extensions["schoology_store"] = store
    app.extensions["schoology_toggles"] = toggles
    if store.key_case != toggles.key_case:
        store.set_key_case(toggles.key_case)
    store.tells_letters = toggles.tells_letters
    app.extensions["schoology_verifier"] = Verifier(store, consumers, clock)
    app.extensions["schoology_rate"] = RateLimit(*rate, clock) if rate else None
    app.extensions["schoology_latency"] = latency
    app.extensions["schoology_postman"] = triggers.Postman(store, trigger_scale)
    if faults is not None:
        faults.install(app)
    return app


def _admit() -> None:
    """Count, slow down, check the signature: every call of the API, in this order."""
    if not request.path.startswith("/v1/"):
        return
    rule = request.url_rule.rule if request.url_rule else request.path
    store().traffic.count(f"{request.method} {rule}")
    extensions = _app().extensions
    if extensions["schoology_latency"]:
        time.sleep(extensions["schoology_latency"])
    g.caller = extensions["schoology_verifier"].caller(request)
    limit: RateLimit | None = extensions["schoology_rate"]
    cost = toggles().multiget_cost if request.path == "/v1/multiget" else 1
    if limit is not None and (wait := limit.wait(g.caller.consumer_key, cost)):
        raise _TooFast(wait)


def _app() -> Flask:
    return current_app._get_current_object()  # type: ignore[attr-defined, no-any-return]


class _TooFast(Refused):
    """429."""

    def __init__(self, wait: float) -> None:
        super().__init__(429)
        self.wait = wait


def _refused(error: Refused) -> Response:
    response = Response(error.text, error.status, mimetype="text/plain")
    if isinstance(error, _TooFast) and toggles().retry_after:
        response.headers["Retry-After"] = str(max(1, round(error.wait)))
    return response


def _store_refused(error: StoreError) -> Response:
    return _refused(Refused(error.code, error.message))


def _not_authorized(error: NotAuthorized) -> Response:
    return Response(str(error), 401, mimetype="text/plain")


def _http(error: HTTPException) -> Any:
    """Statuses without a body, as the API gives them; pages keep their own."""
    if request.path.startswith("/v1/"):
        return Response("", error.code or 500, mimetype="text/plain")
    return error


def _traffic() -> Response:
    """What was asked and written since the last look that reset it."""
    found = {"requests": dict(store().traffic.requests), "writes": dict(store().traffic.writes)}
    if request.args.get("reset"):
        store().traffic.reset()
    response = answer(found)
    response.mimetype = "application/json"
    return response


@oauth.get("/v1/oauth/request_token")
def request_token() -> Response:
    """A request token; by GET only."""
    made = _app().extensions["schoology_verifier"].request_token(caller())
    return _form(made.token, made.secret)


@oauth.get("/v1/oauth/access_token")
def access_token() -> Response:
    """The access token for an approved request token."""
    made = _app().extensions["schoology_verifier"].access_token(caller())
    return _form(made.token, made.secret)


def _form(token: str, secret: str) -> Response:
    text = urlencode({"oauth_token": token, "oauth_token_secret": secret})
    return Response(text, mimetype="application/x-www-form-urlencoded")


@oauth.route("/oauth/authorize", methods=["GET", "POST"])
def authorize() -> Any:
    """Ask the signed-in person for consent; the page may not be framed."""
    values = request.values
    token = values.get("oauth_token", "")
    back = values.get("oauth_callback") or values.get("return_url") or ""
    if request.method == "POST" and values.get("person"):
        session["person_uid"] = int(values["person"])
    user = store().users.get(int(session.get("person_uid") or 0))
    if request.method == "POST" and values.get("answer") == "approve" and user is not None:
        if not _app().extensions["schoology_verifier"].approve(token, user.uid):
            return _consent(None, token, back, "This request is not known or was used before."), 400
        return _back(back, token) if back else ("Approved.", 200)
    if request.method == "POST" and values.get("answer") == "deny":
        return _back(back, token) if back else ("Denied.", 200)
    return _consent(user, token, back, "")


def _back(address: str, token: str) -> Any:
    """Where the person came from; whether they approved, the access token will tell."""
    joint = "&" if "?" in address else "?"
    return redirect(f"{address}{joint}{urlencode({'oauth_token': token})}")


def _consent(user: Any, token: str, back: str, problem: str) -> Response:
    people = [each for each in store().users.values() if not each.inactive][:50] if user is None else []
    page = render_template(
        "schoology/authorize.html",
        user=user,
        people=people,
        token=token,
        back=back,
        problem=problem,
        styled="lti_platform.static" in current_app.view_functions,
    )
    response = Response(page, mimetype="text/html")
    response.headers["Content-Security-Policy"] = "frame-ancestors 'none'"
    response.headers["X-Frame-Options"] = "DENY"
    return response
