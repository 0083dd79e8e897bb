"""The audit's lines of who looked at people: one for a person, page and day, and one for each download."""

from __future__ import annotations

import logging
from datetime import datetime, time
from zoneinfo import ZoneInfo

from flask import g, request
from sqlalchemy.exc import SQLAlchemyError

from lti_app import clock
from lti_app.extensions import db
from lti_app.lti.roles import LaunchRole
from lti_app.models import Audit, LaunchSession
from lti_app.store import audit
from lti_app.store.district import District

log = logging.getLogger(__name__)
WITHOUT_PEOPLE = frozenset(
    ("/admin/overview", "/admin/configuration", "/admin/configuration/move")
    + ("/admin/schools", "/admin/terms", "/admin/limits")
)
"""Pages that show no one but those who run the app."""


def note(path: str) -> None:
    """Note that the person of this request looks at a page, if they have not yet today. Commits.

    A database that takes no line now is no reason to lose the page: the process log has it.
    """
    found: LaunchSession = g.launch_session
    if path in WITHOUT_PEOPLE or request.accept_mimetypes.best == "application/json":
        return
    if found.section_id and found.role != LaunchRole.ADMINISTRATOR:
        return  # teachers in their own courses see what Schoology shows them
    page = f"{path} of section {found.section_id}" if found.section_id else path
    district, start = District(db.session, found.installation_id), _start_of_day()
    seen = district.select(Audit.id).where(
        Audit.at >= start, Audit.uid == found.uid, Audit.what == audit.VIEWED, Audit.new == page
    )
    try:
        if db.session.scalar(seen.limit(1)) is None:
            audit.record(district, g.person, audit.VIEWED, new=page)
            db.session.commit()
    except SQLAlchemyError as error:
        db.session.rollback()
        log.error("a line of the audit could not be kept: %s", type(error).__name__)


def note_download(name: str) -> None:
    """Note that the person of this request takes a file away. Commits before the first byte leaves."""
    district = District(db.session, g.launch_session.installation_id)
    audit.record(district, g.person, audit.DOWNLOADED, new=name)
    db.session.commit()


def _start_of_day() -> datetime:
    zone = ZoneInfo(g.installation.time_zone)
    today = clock.today(g.installation.time_zone)
    return datetime.combine(today, time(), zone)
