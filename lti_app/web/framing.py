"""Which hosts may show an answer in a frame, also when the answer is an error and its tenant is in doubt.

An answer of a known installation is framed by that installation's Schoology hosts. An error or an empty shell
of an unknown one holds no data and changes nothing, so all hosts of Schoology that we know may show it: a
person in a frame then reads what happened, in place of the browser's words about a refused connection.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import Response, current_app, g, request
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from lti_app import clock
from lti_app.extensions import db
from lti_app.lti import sessions
from lti_app.lti.registrations import hash_of
from lti_app.models import Installation, LaunchSession, Platform

FIELD = "launch"
HEADER = "X-Launch-Token"
WELL_KNOWN = ("https://schoology.com", "https://*.schoology.com")
SCHOOLOGY = ".schoology.com"
ASKED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class Whose:
    """The installation behind an answer, in plain values: they outlive a failed database."""

    name: str
    origins: tuple[str, ...]
    """Its Schoology hosts, the one that the person is on first."""
    login_id: str = ""
    """Which login to repeat; empty when there is none."""
    sign_in: str = ""
    """The origin that the login is sent to."""
    contact: str = ""
    """How its people reach the host, where that differs from LTI_APP_CONTACT."""


@dataclass
class KnownHosts:
    """The hosts of all installations and where their logins go, kept for when the database is silent."""

    frames: frozenset[str] = frozenset()
    sign_ins: frozenset[str] = frozenset()
    asked_at: datetime | None = None
    seen: set[str] = field(default_factory=set)
    """Of installations that this process has served."""

    def refresh(self) -> None:
        """Ask the database, at most once a minute; what it does not answer stays as it was."""
        now = clock.now()
        if self.asked_at is not None and self.asked_at <= now < self.asked_at + ASKED_EVERY:
            return
        try:
            with db.engine.connect() as connection:
                domains = connection.scalars(select(Installation.schoology_domains)).all()
                urls = connection.scalars(select(Platform.auth_url)).all()
        except SQLAlchemyError:
            return
        self.asked_at = now
        self.frames = frozenset(_origin(each) for found in domains for each in found)
        self.sign_ins = frozenset(origin_of_url(url) for url in urls)

    def all_frames(self) -> list[str]:
        """The well-known hosts, and those of districts that use others."""
        own = {each for each in self.frames | self.seen if not _is_schoologys(each)}
        return [*WELL_KNOWN, *sorted(own)]


def _origin(domain: Any) -> str:
    return str(current_app.extensions["wiring"].domain_origin(str(domain)))


def origin_of_url(url: str) -> str:
    """The scheme and host of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _is_schoologys(origin: str) -> bool:
    return origin.startswith("https://") and origin.endswith(SCHOOLOGY)


def known_hosts() -> KnownHosts:
    """The memory of this process."""
    hosts: KnownHosts = current_app.extensions.setdefault("known_hosts", KnownHosts())
    return hosts


def given_token() -> str:
    """The launch token of this request, from its header or its form."""
    return request.headers.get(HEADER) or request.form.get(FIELD, "")


def note(installation: Installation, found: LaunchSession | None = None) -> None:
    """Remember whose request this is, for its headers and for what may go wrong."""
    origins = [_origin(each) for each in installation.schoology_domains]
    here = _origin(found.domain) if found is not None and found.domain else ""
    if here in origins:
        origins = [here, *(each for each in origins if each != here)]
    known_hosts().seen.update(origins)
    g.whose = Whose(
        installation.name,
        tuple(origins),
        found.login_id if found is not None and found.login else "",
        origin_of_url(installation.platform.auth_url),
        installation.contact,
    )


def whose() -> Whose | None:
    """Whose request this is, as far as it was noted."""
    noted: Whose | None = g.get("whose")
    return noted


def find_out() -> Whose | None:
    """Whose request this is, also when its session has ended or it failed before anybody asked."""
    if whose() is None:
        try:
            found = sessions.kept_session(db.session, given_token()) or _session_of_state()
            if found is not None:
                note(found.installation, found)
        except (SQLAlchemyError, HTTPException):
            db.session.rollback()
    return whose()


def _session_of_state() -> LaunchSession | None:
    """The session of a launch that is posted once more, as a reload without scripts does."""
    state = request.form.get("state", "") if request.path == "/lti/launch" else ""
    return sessions.session_of_login(db.session, hash_of(state)) if state else None


def way_home() -> str:
    """The Schoology host that the person came from, when that is known: where to open the app again."""
    noted = whose()
    if noted is not None:
        return noted.origins[0] if noted.origins else ""
    hosts = known_hosts()
    hosts.refresh()
    came_from = origin_of_url(request.referrer or "")
    if came_from in hosts.frames:
        return came_from
    return next(iter(hosts.frames)) if len(hosts.frames) == 1 else ""


def ancestors(response: Response) -> list[str]:
    """Who may show this answer in a frame."""
    noted = whose()
    if noted is not None:
        return list(noted.origins)
    is_error = response.status_code >= 400 and response.mimetype == "text/html"
    if not is_error and not g.get("empty_shell"):
        return []
    known_hosts().refresh()
    return known_hosts().all_frames()


def form_targets(response: Response) -> list[str]:
    """Where forms of this answer may lead besides to ourselves: the way to consent, and a repeated login."""
    noted = whose()
    if noted is not None:
        return [*noted.origins, *([noted.sign_in] if noted.sign_in not in noted.origins else [])]
    framed_by = ancestors(response)
    return sorted({*framed_by, *known_hosts().sign_ins}) if framed_by else []
