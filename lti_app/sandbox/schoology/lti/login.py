"""The platform's half of the OpenID Connect login (LTI 1.3, third-party initiated), and its key set."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Any

from flask import Blueprint, current_app, render_template, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from lti_app.sandbox import STATIC, TEMPLATES

if TYPE_CHECKING:  # the platform installs these routes, so at run time the import goes the other way
    from lti_app.sandbox.schoology.lti.pending import PendingLaunch
    from lti_app.sandbox.schoology.lti.platform import LtiPlatform

blueprint = Blueprint(
    "lti_platform",
    __name__,
    template_folder=TEMPLATES,
    static_folder=STATIC,
    static_url_path="/static/schoology",
)


class LoginRefused(Exception):
    """A login request that may be answered to the app: an OAuth error code and words for it."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code = code


def the_platform() -> LtiPlatform:
    """The platform of the running sandbox."""
    platform: LtiPlatform = current_app.extensions["lti_platform"]
    return platform


@blueprint.get("/lti-service/.well-known/jwks")
def jwks() -> dict[str, Any]:
    """The platform's public keys."""
    return the_platform().keys.as_jwks()


@blueprint.route("/lti-service/authorize-redirect", methods=["GET", "POST"])
def authorize() -> str | tuple[str, int] | Response:
    """Answer an app's login: a form that posts the id_token to the app's launch address.

    An unknown app or address is shown to the person and never redirected to; every other fault goes to the
    app as an OAuth error, as OpenID Connect Core 3.1.2.6 asks.
    """
    asked, platform = request.values, the_platform()
    if asked.get("client_id") != platform.client_id:
        return _refuse("Schoology doesn't know this app: the client_id is missing or wrong.")
    redirect_uri = asked.get("redirect_uri", "")
    if redirect_uri not in platform.tool.redirect_uris:
        return _refuse("The app asked for an answer at an address that isn't registered for it.")
    try:
        fields = _answer(platform, asked)
    except LoginRefused as refusal:
        fields = {"error": refusal.code, "error_description": str(refusal)}
    if asked.get("state"):
        fields["state"] = asked["state"]
    return render_template("schoology/post_back.html", action=redirect_uri, fields=fields, platform=platform)


def _answer(platform: LtiPlatform, asked: MultiDict[str, str]) -> dict[str, str]:
    """The fields of a good answer. Raises LoginRefused."""
    _raise_if_misshapen(asked)
    launch = _launch(platform, asked)
    claims = platform.claims_for(launch.person, launch.place, asked["nonce"], launch.deployment_id)
    return {"id_token": platform.sign(claims)}


def _raise_if_misshapen(asked: MultiDict[str, str]) -> None:
    if asked.get("response_type") != "id_token":
        raise LoginRefused("unsupported_response_type", "response_type must be id_token")
    wanted = {"response_mode": "form_post", "prompt": "none"}
    for name, value in wanted.items():
        if asked.get(name) != value:
            raise LoginRefused("invalid_request", f"{name} must be {value}")
    if "openid" not in asked.get("scope", "").split():
        raise LoginRefused("invalid_scope", "scope must hold openid")
    if not asked.get("nonce"):
        raise LoginRefused("invalid_request", "nonce is missing")


def _launch(platform: LtiPlatform, asked: MultiDict[str, str]) -> PendingLaunch:
    launch = platform.waiting.get(asked.get("login_hint", ""), platform.clock())
    if launch is None:
        raise LoginRefused("login_required", "login_hint belongs to no launch that is waiting")
    if not hmac.compare_digest(launch.message_hint.encode(), asked.get("lti_message_hint", "").encode()):
        raise LoginRefused("invalid_request", "lti_message_hint was not sent back as it came")
    return launch


def _refuse(words: str) -> tuple[str, int]:
    return render_template("schoology/refused.html", words=words), 400
