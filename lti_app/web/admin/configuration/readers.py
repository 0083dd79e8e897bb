"""Allowing a person by name to view, and taking that back."""

from __future__ import annotations

from flask import request

from lti_app.extensions import db
from lti_app.lti import readers
from lti_app.models import Reader
from lti_app.store import audit
from lti_app.web.access import acting_user_only, own_district, who
from lti_app.web.admin.configuration import page, reader_list
from lti_app.web.admin.tabs import blueprint
from lti_app.web.shared.tab import Message

WHAT = "People who can view"
GONE: Message = ("info", "This person is no longer on the list, so nothing was changed.")


@blueprint.post("/configuration/readers/allow")
@acting_user_only
def configuration_readers_allow() -> str:
    """Let a person of the list look at everything."""
    row = readers.allow(own_district(), request.form.get("reader", ""), who().uid)
    return _done(row, "can view everything here now.", new="allowed")


@blueprint.post("/configuration/readers/stop")
@acting_user_only
def configuration_readers_stop() -> str:
    """Take that back."""
    row = readers.stop_allowing(own_district(), request.form.get("reader", ""))
    return _done(row, "isn’t allowed by name anymore.", old="allowed")


def _done(row: Reader | None, words: str, *, old: str = "", new: str = "") -> str:
    if row is None:
        return page.render(messages=[GONE])
    audit.record(own_district(), who(), f"{WHAT}: Schoology user {row.uid}", old=old, new=new)
    db.session.commit()
    return page.render(messages=[("success", f"{reader_list.line_of(row).name} {words}")])
