"""The rows of live sync: the installation's, a section's, and the events that wait."""

from __future__ import annotations

import hashlib

from sqlalchemy import update
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.models import Event, LiveSection, LiveSync, SyncOptions
from lti_app.school.reasons import NO_REASON
from lti_app.store.district import District

NEW, TAKEN, IGNORED, MALFORMED = "new", "taken", "ignored", "malformed"
"""The states of an event."""
ASKED = "asked by a person"
"""The body of one that a person's decision stands behind, and not Schoology."""


def hashed(secret: str) -> str:
    """How a secret is looked up."""
    return hashlib.sha256(secret.encode()).hexdigest()


def live_sync(district: District) -> LiveSync:
    """The row of an installation, made when there is none; in the caller's transaction."""
    row = district.session.get(LiveSync, district.id)
    if row is None:
        row = LiveSync(installation_id=district.id, secret="", secret_hash="", former_hash="")
        row.target_id, row.leftovers, row.since = "", [], 0
        row.confirmed, row.problem = False, NO_REASON
        district.session.add(row)
        district.session.flush()
    return row


def lock(district: District) -> None:
    """Let no one else decide about this installation's live sync until the transaction ends."""
    live_sync(district)
    district.session.execute(
        district.update(LiveSync).values(since=LiveSync.since).execution_options(synchronize_session=False)
    )


def shown(district: District) -> LiveSync:
    """The row of an installation to look at; a blank one that is not stored when there is none."""
    return district.session.get(LiveSync, district.id) or LiveSync(installation_id=district.id, leftovers=[])


def is_on(district: District) -> bool:
    """Whether live sync is on."""
    options = district.session.get(SyncOptions, district.id)
    return options is not None and options.live_grades


def live_section(district: District, section_id: str) -> LiveSection:
    """The row of a section, made when there is none; in the caller's transaction."""
    row = district.session.get(LiveSection, (district.id, section_id))
    if row is None:
        row = LiveSection(installation_id=district.id, section_id=section_id)
        row.owed = row.begun = False
        row.why, row.far = NO_REASON, ""
        row.backlog, row.refused, row.held, row.spared = {}, {}, {}, []
        district.session.add(row)
        district.session.flush()
    return row


def take_events(session: Session, section: LiveSection) -> int:
    """Let a job answer for the events of a section: how many Schoology sent. Commits, with the section
    owing a good end."""
    taken = session.execute(
        update(Event)
        .where(
            Event.installation_id == section.installation_id,
            Event.section_id == section.section_id,
            Event.state == NEW,
        )
        .values(state=TAKEN)
        .returning(Event.received_at, Event.body)
        .execution_options(synchronize_session=False)
    ).all()
    section.owed = True
    heard = [at for at, body in taken if body != ASKED]
    if heard:
        section.last_event_at = max([*heard, *([section.last_event_at] if section.last_event_at else [])])
        section.active_at = clock.now()
    session.commit()
    return len(heard)
