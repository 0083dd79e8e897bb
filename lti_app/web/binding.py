"""Whether the browser that posts a launch is the one that began its login (login CSRF).

Two things bind them: a cookie where the browser keeps it, and what the platform stores for this browser,
where the platform offers that (LTI Client Side postMessages 1.0). Where neither works, a launch is let in,
unless the host made a binding a must for the installation (`installation set --require-binding`).
"""

from __future__ import annotations

import hmac

from flask import g, render_template, request

from lti_app.extensions import db
from lti_app.lti import states
from lti_app.lti.claims import Launch
from lti_app.lti.refusals import LaunchRefused
from lti_app.lti.registrations import hash_of
from lti_app.models import Installation
from lti_app.web import framing
from lti_app.web.sign_in import COOKIE, storage_key

FIELD = "stored"


def by_cookie() -> bool:
    """Whether the cookie of the login came along."""
    return _same(request.cookies.get(COOKIE, ""), request.form.get("state", ""))


def page_that_asks() -> str:
    """A page whose script asks the platform what it stored, and posts the launch again with it; empty where
    that is not needed or was done. The launch is not judged yet, and its state not used up."""
    state = request.form.get("state", "")
    found = None if FIELD in request.form or by_cookie() else states.stored_for(db.session, state)
    if found is None:
        return ""
    g.empty_shell = True
    posted = {name: request.form.get(name, "") for name in ("state", "id_token")}
    where = {"target": found.target, "origin": framing.origin_of_url(found.auth_url)}
    return render_template("launch/stored.html", posted=posted, key=storage_key(state), field=FIELD, **where)


def check(installation: Installation, launch: Launch) -> bool:
    """Whether the launch is bound. Raises LaunchRefused where it must be and is not."""
    stored = request.form.get(FIELD, "")
    bound = by_cookie() or bool(stored and _same(hash_of(stored), launch.binding_hash))
    if installation.require_binding and not bound:
        raise LaunchRefused(
            "not-bound",
            "Your browser blocked the cookie and the storage that your district requires. Open the app in a "
            "new tab, or allow cookies for Schoology.",
            403,
            login=launch.login,
        )
    return bound


def _same(one: str, other: str) -> bool:
    return bool(one) and hmac.compare_digest(
        one.encode(errors="surrogatepass"), other.encode(errors="surrogatepass")
    )
