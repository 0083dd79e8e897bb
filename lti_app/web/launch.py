"""Login, launch and keys of LTI 1.3, and the one place that routes a launch to its page."""

from __future__ import annotations

import logging
from typing import Any

from flask import Blueprint, Response, current_app, g, jsonify, make_response, render_template, request
from sqlalchemy import select
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from lti_app.extensions import db
from lti_app.logs import say
from lti_app.lti import acting, registrations, sessions
from lti_app.lti.claims import Launch
from lti_app.lti.keys import KeySets, public_jwk
from lti_app.lti.launch import finish_launch
from lti_app.lti.readers import Admission
from lti_app.lti.refusals import LaunchRefused
from lti_app.lti.roles import LaunchRole
from lti_app.models import Installation, Platform
from lti_app.store.district import District
from lti_app.vault import VaultError
from lti_app.web import access, admission, binding, framing, viewings
from lti_app.web.access import public
from lti_app.web.admin import overview, tabs
from lti_app.web.admin.configuration import page
from lti_app.web.course import home
from lti_app.web.errors import Refusal, error_page
from lti_app.web.shared import places
from lti_app.web.sign_in import COOKIE, public_url, to_platform

blueprint = Blueprint("lti", __name__, url_prefix="/lti")
log = logging.getLogger(__name__)
FROM_COURSE = "There’s nothing for you on this page. Open the app from one of your courses."
NOT_FOR_LEARNERS = (
    "This page is for teachers. You don’t need to do anything here. Your teacher sends your grades to your "
    "school’s records."
)


@blueprint.route("/login", methods=["GET", "POST"])
@public
def login() -> AnyResponse:
    """Send the browser to the platform, with a state of our own."""
    if request.method == "POST" and request.args:
        raise Refusal(
            400,
            "The sign-in request from Schoology couldn’t be read. Open the app again from Schoology.",
            "login-mixed",
        )
    parameters = request.form.to_dict() if request.method == "POST" else request.args.to_dict()
    return to_platform(parameters)


@blueprint.post("/launch")
@public
def launch() -> AnyResponse:
    """Answer a signed launch with the page that it is for; no redirect, and no token in an address."""
    page_that_asks = binding.page_that_asks()
    if page_that_asks:
        return make_response(page_that_asks)
    found = finish_launch(db.session, request.form.to_dict(), public_url(), _key_sets())
    installation = registrations.find_installation(db.session, found.platform_id, found.deployment_id)
    if installation is None:
        raise LaunchRefused(
            "deployment-unknown",
            "This app isn’t set up for your Schoology organization. Ask the people who host this app to add "
            "the deployment ID that Schoology shows under Configure on the Organization Apps page.",
            403,
            login=found.login,
        )
    framing.note(installation)
    bound = binding.check(installation, found)
    answer = make_response(_page_of(installation, found, bound))
    say(log, "launch", installation=installation.id, role=found.role, status=answer.status_code)
    answer.delete_cookie(COOKIE, secure=True, httponly=True, samesite="None", partitioned=True)
    return answer


def _page_of(installation: Installation, found: Launch, bound: bool) -> str | AnyResponse:
    """Routing by installation context; learners are turned away after the launch was judged."""
    in_course, role = bool(found.section_id), found.role
    sessions.judge_again(District(db.session, installation.id), found)
    db.session.commit()
    is_admin = role == LaunchRole.ADMINISTRATOR
    teaches = role in (LaunchRole.ADMINISTRATOR, LaunchRole.INSTRUCTOR)
    if in_course and not teaches:
        return error_page(403, NOT_FOR_LEARNERS, "learner", login=found.login)
    if not installation.claimed_by_uid and (in_course or not is_admin):
        return error_page(403, access.UNCLAIMED, "unclaimed", login=found.login)
    if not in_course and not is_admin:
        return error_page(403, FROM_COURSE, "no-context", login=found.login)
    token = sessions.open_session(District(db.session, installation.id), found, cookie_bound=bound)
    db.session.commit()
    access.load_session(token)
    if not in_course and not found.uid:
        raise Refusal(403, admission.NO_UID, "no-uid")
    if not installation.claimed_by_uid:
        places.go_to("/claim")
        return render_template("launch/claim.html", problem="")
    if not in_course:
        _bind_acting_user()
        if admission.admission(access.launched()) is Admission.NO_ACTING_USER:
            return admission.become_page()
        admission.check(access.launched())
    return _last_page(token) or _first_page(in_course)


def _bind_acting_user() -> None:
    """Keep the sub of an Acting User from before it was kept."""
    acting_user, here = g.acting_user, access.launched()
    if acting_user is not None and not acting_user.subject and acting.is_acting(here, acting_user):
        acting_user.subject = here.subject
        db.session.commit()


def _first_page(in_course: bool) -> str:
    first = None if in_course else tabs.tabs(access.own_district())[0]
    path = first.path if first else "/course"
    places.go_to(path)
    viewings.note(path)
    if first is None:
        return home.render()
    return overview.render() if first is tabs.OVERVIEW else page.render()


def _last_page(token: str) -> Any:
    """The page that the person last saw, as if they had asked for it now; None when it cannot be shown."""
    before = access.launched().place
    endpoint = places.endpoint_at(str(before.get("path", "")))
    if not endpoint:
        return None
    request.form = ImmutableMultiDict({**before.get("fields", {}), framing.FIELD: token})
    g.returning_to = before["path"]
    try:
        return current_app.view_functions[endpoint]()
    except (Refusal, HTTPException):
        db.session.rollback()
        access.load_session(token)
        return None


@blueprint.get("/jwks.json")
@public
def jwks() -> Response:
    """The public halves of our keys, former ones included; a key that doesn't open is left out."""
    rows = db.session.scalars(select(Platform).order_by(Platform.id)).all()
    found = [each for row in rows for each in (_public(row), _public(row, former=True)) if each]
    db.session.commit()
    return jsonify({"keys": found})


def _public(row: Platform, *, former: bool = False) -> dict[str, Any]:
    """The public half as stored, or, the first time, of the private key."""
    sealed, known = (
        (row.former_private_key, row.former_public_jwk) if former else (row.private_key, row.public_jwk)
    )
    if not sealed or known:
        return dict(known or {}) if sealed else {}
    try:
        known = public_jwk(current_app.extensions["wiring"].vault.open(sealed))
    except (VaultError, ValueError):
        log.error("a signing key of platform %s cannot be opened", row.id)
        return {}
    if former:
        row.former_public_jwk = known
    else:
        row.public_jwk = known
    return known


def _key_sets() -> KeySets:
    sets: KeySets = current_app.extensions["key_sets"]
    return sets


@blueprint.app_errorhandler(LaunchRefused)
def _refused(error: LaunchRefused) -> Response:
    db.session.rollback()
    return error_page(error.status, error.text, error.reason, login=error.login)
