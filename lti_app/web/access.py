"""Who may do what: every route carries exactly one of these marks, and a route without one is closed.

The launch token in a form field or header says who asks; nothing else that a browser sends does.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from flask import Flask, abort, current_app, g, request

from lti_app.extensions import db
from lti_app.lti import acting, sessions
from lti_app.lti.roles import LaunchRole
from lti_app.models import ActingUser, Installation, LaunchSession
from lti_app.outbound import deadlines
from lti_app.runs.words import sentence
from lti_app.store.district import District
from lti_app.web import admission, framing, viewings
from lti_app.web.errors import Refusal
from lti_app.web.shared import places

View = TypeVar("View", bound=Callable[..., Any])

ENDED = (
    "For security, sessions end after an hour without activity or after eight hours. Everything you saved is "
    "kept. Open the app again to continue where you left off."
)
POLL = "/progress"
"""How the paths end that a page's script asks again and again: that is no activity of the person."""
UNKNOWN = "Your session wasn’t found and may have ended. Open the app again from Schoology."
NOT_ADMIN = "This page is for administrators. Open the app from the Schoology app launcher."
NOT_ACTING = "Only the Acting User can change this. No changes were saved."
NOT_TEACHER = "This page is for teachers of this course. No changes were saved."
UNCLAIMED = "This app isn’t set up for your district yet. Ask your district’s Schoology administrator."


@dataclass(frozen=True)
class Person:
    """The person behind a request, as the launch named them."""

    installation_id: int
    uid: str
    name: str
    may_change: bool


def own_district() -> District:
    """The rows of the installation that the person behind this request was launched in."""
    return District(db.session, who().installation_id)


def who() -> Person:
    """The person behind this request. Only inside views that need a session."""
    return cast(Person, g.person)


def launched() -> LaunchSession:
    """The launch session of this request. Only inside views that need a session."""
    return cast(LaunchSession, g.launch_session)


def public(view: View) -> View:
    """No session is needed: login, launch, keys, health, events, the way back from the consent."""
    return _mark(view, "public")


def shell(view: View) -> View:
    """What a GET of a page's address answers: the same for everybody, and without any data."""
    return _mark(view, "shell")


def signed_in(view: View) -> View:
    """Whoever was launched, whatever they may do."""
    return _guard(view, "signed_in", lambda: None)


def admin_reader(view: View) -> View:
    """An administrator outside any course, confirmed by Schoology or allowed by the Acting User: may look."""
    return _guard(view, "admin_reader", _admin)


def acting_user_only(view: View) -> View:
    """An admin_reader who is the installation's Acting User without a problem; may change."""
    return _guard(view, "acting_user_only", _acting)


def acting_candidate(view: View) -> View:
    """Who may ask Schoology to be made the Acting User: an admin_reader, or any administrator outside any
    course while no Acting User works. Schoology says whether they are a system administrator."""
    return _guard(view, "acting_candidate", _candidate)


def unclaimed_admin(view: View) -> View:
    """An administrator outside any course, in an installation that no one has claimed."""
    return _guard(view, "unclaimed_admin", _unclaimed)


def course_member(view: View) -> View:
    """An instructor or administrator of the course that the launch came from."""
    return _guard(view, "course_member", _teacher)


def _guard(view: View, name: str, check: Callable[[], None]) -> View:
    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        load_session(framing.given_token())
        check()
        places.enter(view)
        if name in ("admin_reader", "acting_user_only", "course_member"):
            viewings.note(g.place.path)
        return view(*args, **kwargs)

    return _mark(cast(View, guarded), name)


def _mark(view: View, name: str) -> View:
    view.access = name  # type: ignore[attr-defined]
    return view


def load_session(token: str) -> None:
    """Find out who asks. Raises Refusal when the token says nothing (any more)."""
    found = sessions.kept_session(db.session, token)
    if found is None:
        raise Refusal(401, UNKNOWN, "session-unknown")
    framing.note(db.session.get_one(Installation, found.installation_id), found)
    if sessions.is_over(found):
        raise Refusal(401, ENDED, "session-over")
    g.place_before, g.launch_token_hash = found.place, found.token_hash
    if not request.path.endswith(POLL):
        sessions.touch(db.session, found)
    remember(found, token)


def remember(found: LaunchSession, token: str) -> None:
    """Make a session that of this request."""
    deadlines.page_of(found.installation_id)
    g.launch_session = found
    g.launch_token = token
    g.installation = db.session.get_one(Installation, found.installation_id)
    g.acting_user = acting.acting_user(District(db.session, found.installation_id))
    g.person = Person(found.installation_id, found.uid, found.name, _may_change(found, g.acting_user))


def _may_change(found: LaunchSession, acting_user: ActingUser | None) -> bool:
    return (
        acting_user is not None
        and not acting_user.problem
        and found.uid != ""
        and acting.is_acting(found, acting_user)
        and found.role == LaunchRole.ADMINISTRATOR
        and not found.section_id
    )


def _admin_launch() -> None:
    found = launched()
    if found.role != LaunchRole.ADMINISTRATOR or found.section_id:
        raise Refusal(403, NOT_ADMIN)


def _admin() -> None:
    _admin_launch()
    if not g.installation.claimed_by_uid:
        raise Refusal(403, UNCLAIMED)
    admission.check(launched())


def _candidate() -> None:
    _admin_launch()
    if not g.installation.claimed_by_uid:
        raise Refusal(403, UNCLAIMED)
    if g.acting_user is not None and not g.acting_user.problem:
        admission.check(launched())


def _acting() -> None:
    _admin()
    if not who().may_change:
        raise Refusal(403, NOT_ACTING)


def _unclaimed() -> None:
    _admin_launch()
    if not launched().uid:
        raise Refusal(403, admission.NO_UID, "no-uid")
    if g.installation.claimed_by_uid:
        raise Refusal(
            403, "This app is already claimed for your organization. Open the app again from Schoology."
        )


def _teacher() -> None:
    found = launched()
    if not found.section_id or found.role not in (LaunchRole.INSTRUCTOR, LaunchRole.ADMINISTRATOR):
        raise Refusal(403, NOT_TEACHER)
    if not g.installation.claimed_by_uid:
        raise Refusal(403, UNCLAIMED)


def _no_broken_texts() -> None:
    """No page sends the character 0, and PostgreSQL takes it in no text. Events are read as JSON."""
    if request.blueprint != "events" and any("\0" in each for _, each in request.values.items(multi=True)):
        abort(400)


def _closed_by_default() -> None:
    """A route that says nothing of who may use it is used by no one."""
    if request.endpoint is None or request.endpoint.endswith("static"):
        return
    view = current_app.view_functions[request.endpoint]
    if not hasattr(view, "access"):
        abort(404)


def _same_origin_only() -> None:
    """Changes come from our own pages only; the platform's own posts are the exceptions."""
    if request.method in ("GET", "HEAD", "OPTIONS") or request.path in ("/lti/login", "/lti/launch"):
        return
    if request.path.startswith("/events/"):
        return
    origin = request.headers.get("Origin")
    site = request.headers.get("Sec-Fetch-Site")
    ours = current_app.extensions["wiring"].settings.public_url
    if (origin and not _same(origin, ours)) or (site and site not in ("same-origin", "none")):
        raise Refusal(
            403,
            "This request came from another website, so it was refused. No changes were saved. Open the "
            "app from Schoology.",
        )


def _same(one: str, other: str) -> bool:
    first, second = urlsplit(one), urlsplit(other)
    return (first.scheme, first.netloc) == (second.scheme, second.netloc)


def _for_templates() -> dict[str, Any]:
    person = g.get("person")
    return {
        "launch_token": g.get("launch_token", ""),
        "may_change": bool(person and person.may_change),
        "person_name": (person.name or "Signed in") if person else "",
        "installation": g.get("installation"),
        "acting_user": g.get("acting_user"),
        "viewer": g.get("launch_session"),
        "viewer_id": _viewer_id(g.get("launch_session")),
        "login_id": noted.login_id if (noted := framing.whose()) else "",
        "place": g.get("place"),
        "banners": _banners(),
    }


def _viewer_id(found: LaunchSession | None) -> str:
    """A name for person and context that tells nothing and opens nothing: the browser tab keeps tokens by it,
    so that a page of one course is never filled for another, and never with the token of someone else."""
    if found is None:
        return ""
    key = str(current_app.secret_key).encode()
    parts = (f"{found.installation_id}:{found.subject}", found.section_id)
    person, context = (hmac.new(key, each.encode(), "sha256").hexdigest()[:16] for each in parts)
    return f"{person}.{context if found.section_id else 'admin'}"


def _banners() -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    acting_user, installation = g.get("acting_user"), g.get("installation")
    if acting_user is not None and acting_user.problem:
        found.append(("danger", sentence(acting_user.problem)))
    if installation is not None and installation.paused_reason:
        found.append(("warning", sentence(installation.paused_reason)))
    return found


def install(app: Flask) -> None:
    """Close routes by default, check origins, and tell templates who looks."""
    app.before_request(lambda: deadlines.enter_page())
    app.teardown_request(lambda _: deadlines.leave_page())
    app.before_request(_closed_by_default)
    app.before_request(_no_broken_texts)
    app.before_request(_same_origin_only)
    app.context_processor(_for_templates)
