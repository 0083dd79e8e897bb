"""What a GET of a page's address answers, and *Open again*.

A GET carries no token, so the answer is an empty shell, the same for everybody: no name, no data, no setting.
Its script takes the token from the tab's own storage and asks for the page with the token in a header. Where
the browser keeps nothing, the shell shows *Open again*, which repeats the login that led to the session.
"""

from __future__ import annotations

from flask import Blueprint, Flask, g, render_template, request
from werkzeug.wrappers import Response

from lti_app.extensions import db
from lti_app.lti import sessions
from lti_app.web import framing
from lti_app.web.access import public, shell
from lti_app.web.errors import Refusal
from lti_app.web.shared import places
from lti_app.web.sign_in import to_platform

blueprint = Blueprint("shell", __name__)
LOST = "Your session wasn’t found. Open the app again from Schoology."


@shell
def empty_page() -> str:
    """The shell; the place is the page that the address belongs to, never an action."""
    g.empty_shell = True
    here = places.Place(places.nearest(request.path))
    return render_template("errors/shell.html", place=here, home=framing.way_home())


@blueprint.post("/lti/again")
@public
def again() -> Response:
    """Repeat the login that led to a session. Who may open the app is for Schoology to say, as always."""
    found = sessions.session_of_login(db.session, request.form.get("again", ""))
    if found is None or not found.login:
        raise Refusal(401, LOST, "again-unknown")
    framing.note(found.installation, found)
    return to_platform(found.login)


def install(app: Flask) -> None:
    """Give each page behind a session, which is posted to, the shell as its answer to a GET."""
    behind = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if getattr(app.view_functions[rule.endpoint], "access", "public") != "public"
        and rule.methods is not None
        and "GET" not in rule.methods
    ]
    for path in behind:
        app.add_url_rule(path, "shell.empty_page", empty_page, methods=["GET"])
