"""Becoming the Acting User: a top-level window in which Schoology asks for consent.

The request token, the launch session and a random return value sit in one single-use row. The page that
Schoology returns to needs no cookie, and tells the tab that opened it nothing but to reload.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from zoneinfo import available_timezones

from flask import Blueprint, current_app, g, redirect, render_template
from sqlalchemy import delete
from werkzeug.wrappers import Response as AnyResponse

from lti_app import clock
from lti_app.extensions import db
from lti_app.lti import acting, readers, sessions
from lti_app.lti.registrations import hash_of
from lti_app.models import ActingUser, AuthorizeWindow, Installation, LaunchSession
from lti_app.operations import schedule
from lti_app.outbound import deadlines
from lti_app.outbound.errors import OutboundError
from lti_app.schoology.port import Me
from lti_app.store import audit
from lti_app.store.district import District
from lti_app.web.access import acting_candidate, launched, public
from lti_app.web.admission import NO_UID
from lti_app.web.errors import Refusal

blueprint = Blueprint("acting_user", __name__, url_prefix="/acting-user")
LIFE = timedelta(minutes=10)

NO_KEYS = (
    "Your organization’s Schoology API key isn’t set up yet. Ask the people who host this app to run "
    "“installation set-key” with the key and secret."
)
UNREACHED = "Schoology didn’t respond. Close this window and try again."
STALE = "This window was open too long or was already used. Close it and try again."
NOT_APPROVED = "You didn’t give permission, so nothing was changed. Close this window."
NOT_SYSTEM_ADMIN = (
    "Only a Schoology system administrator can be the Acting User, and you aren’t one. Nothing was changed."
)
SOMEBODY_ELSE = (
    "You’re signed in to Schoology as a different person than the one who opened the app. Sign out of "
    "Schoology in this browser, sign in as yourself, and open the app again. Nothing was changed."
)


@blueprint.post("/start")
@acting_candidate
def start() -> AnyResponse:
    """Open the consent page of Schoology in this window."""
    wiring = current_app.extensions["wiring"]
    installation: Installation = g.installation
    if not installation.consumer_key:
        raise Refusal(409, NO_KEYS, "no-consumer-key")
    if not launched().uid:
        raise Refusal(403, NO_UID, "no-uid")
    try:
        token, secret = wiring.consent(installation).request_token()
    except OutboundError as error:
        raise Refusal(502, UNREACHED, type(error).__name__) from error
    way_back = secrets.token_urlsafe(32)
    db.session.execute(delete(AuthorizeWindow).where(AuthorizeWindow.expires_at < clock.now()))
    db.session.add(
        AuthorizeWindow(
            return_hash=hash_of(way_back),
            installation_id=installation.id,
            launch_token_hash=launched().token_hash,
            request_token=token,
            request_secret=wiring.vault.seal(secret),
            expires_at=clock.now() + LIFE,
        )
    )
    db.session.commit()
    callback = f"{wiring.settings.public_url}/acting-user/return/{way_back}"
    return redirect(wiring.consent(installation).authorize_url(_origin(installation), token, callback), 303)


def _origin(installation: Installation) -> str:
    """The host that the person is on, if it is one of the installation's; else the first of these."""
    wiring = current_app.extensions["wiring"]
    allowed = [wiring.domain_origin(str(each)) for each in installation.schoology_domains]
    here = wiring.domain_origin(launched().domain) if launched().domain else ""
    return str(here if here in allowed else allowed[0])


@blueprint.get("/return/<way_back>")
@public
def come_back(way_back: str) -> str:
    """Exchange the approved token, confirm who it is, and make them the Acting User."""
    window = db.session.execute(
        delete(AuthorizeWindow)
        .where(AuthorizeWindow.return_hash == hash_of(way_back))
        .returning(
            AuthorizeWindow.installation_id,
            AuthorizeWindow.launch_token_hash,
            AuthorizeWindow.request_token,
            AuthorizeWindow.request_secret,
            AuthorizeWindow.expires_at,
        )
    ).first()
    db.session.commit()
    if window is None or window.expires_at < clock.now():
        raise Refusal(400, STALE, "window")
    launch_session = db.session.get(LaunchSession, window.launch_token_hash)
    if launch_session is None or launch_session.installation_id != window.installation_id:
        raise Refusal(400, STALE, "session")
    if sessions.is_over(launch_session):
        raise Refusal(400, STALE, "session-over")
    installation = db.session.get_one(Installation, window.installation_id)
    secret = current_app.extensions["wiring"].vault.open(window.request_secret)
    deadlines.page_of(installation.id)
    _appoint(installation, launch_session, *_access_token(installation, window.request_token, secret))
    return render_template("launch/done.html")


def _access_token(installation: Installation, token: str, secret: str) -> tuple[str, str]:
    try:
        pair: tuple[str, str] = (
            current_app.extensions["wiring"].consent(installation).access_token(token, secret)
        )
    except OutboundError as error:
        raise Refusal(403, NOT_APPROVED, type(error).__name__) from error
    return pair


def _appoint(installation: Installation, launch_session: LaunchSession, token: str, secret: str) -> None:
    wiring = current_app.extensions["wiring"]
    try:
        me: Me = wiring.schoology_with(installation, token, secret).me()
    except OutboundError as error:
        raise Refusal(502, UNREACHED, type(error).__name__) from error
    if me.uid != launch_session.uid:
        raise Refusal(403, SOMEBODY_ELSE, "other-person")
    if not me.is_system_admin:
        raise Refusal(403, NOT_SYSTEM_ADMIN, "not-system-admin")
    session = db.session
    former = acting.acting_user(District(session, installation.id))
    old, new = audit.account(former.uid if former else ""), audit.account(me.uid)
    audit.record(District(session, installation.id), me, "Acting User", old=old, new=new)
    audit.record(District(session, installation.id), me, "Acting User permission", new=audit.CHANGED)
    _suggest_zone(installation, me)
    now = clock.now()
    acting.replace(
        session,
        ActingUser(
            installation_id=installation.id,
            uid=me.uid,
            subject=launch_session.subject,
            name=me.name,
            token=wiring.vault.seal(token),
            token_secret=wiring.vault.seal(secret),
            since=now,
            checked_at=now,
            time_zone=me.time_zone if me.time_zone in available_timezones() else "",
            problem="",
        ),
    )
    readers.confirm(District(session, installation.id), launch_session.subject, me.uid, me.name)
    session.commit()


def _suggest_zone(installation: Installation, me: Me) -> None:
    """The zone of the account is the district's until someone chooses another."""
    if me.time_zone not in available_timezones() or schedule.zone_is_chosen(
        District(db.session, installation.id)
    ):
        return
    audit.record(
        District(db.session, installation.id), me, schedule.ZONE, new=f"{me.time_zone} (of the Acting User)"
    )
    schedule.move_zone(District(db.session, installation.id), me.time_zone)
