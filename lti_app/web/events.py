"""Where Schoology's triggers call: the event is stored and answered at once; work comes later."""

from __future__ import annotations

from flask import Blueprint, Flask, current_app, request
from sqlalchemy import String, bindparam, or_, select
from sqlalchemy.orm import Session

from lti_app.extensions import db
from lti_app.grades.live.dispatch import dispatch, waits
from lti_app.grades.live.inbox import LARGEST, Inbox
from lti_app.grades.rows.live import hashed
from lti_app.jobs.threads import Wake
from lti_app.models import LiveSync
from lti_app.web.access import public
from lti_app.web.errors import Refusal

blueprint = Blueprint("events", __name__)
LIVE = LiveSync.__table__.c
KEY = bindparam("key", type_=String)
WHOSE = select(LIVE.installation_id).where(or_(LIVE.secret_hash == KEY, LIVE.former_hash == KEY))
"""Whose secret it is; made once, for a flood asks it two hundred times a second."""


@blueprint.post("/events/<secret>")
@public
def receive(secret: str) -> str:
    """Keep what came, whatever it is; an unknown secret learns nothing."""
    request.max_content_length = LARGEST
    with db.engine.connect() as connection:
        installation_id = connection.scalar(WHOSE, {"key": hashed(secret)})
    if installation_id is None:
        raise Refusal(404, "There is nothing at this address.", "unknown-secret")
    current_app.extensions["inbox"].store(installation_id, request.get_data(cache=False))
    return ""


def install(app: Flask, at_once: bool) -> None:
    """The inbox of this process; `at_once`: jobs are queued as events come, and not only at the next tick."""
    with app.app_context():
        engine = db.engine

    def hand_out() -> bool:
        with app.app_context(), Session(db.engine) as session:
            asked = dispatch(session)
            more = waits(session)
        for each in asked:
            app.extensions["runner"].submit(each)
        return more

    app.extensions["inbox"] = Inbox(engine, Wake(hand_out).tell) if at_once else Inbox(engine)
