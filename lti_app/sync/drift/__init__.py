"""Drift: read Schoology back and list what differs from what the app last applied. Sends nothing.

Enrollments that someone made by hand are listed as such and left alone. What is listed can be put right with
*Sync this record*, or in Schoology. A section, course or person that is certainly not there any more turns
*missing*, so that a person is asked what should become of it. Memory stays flat: fifty objects at a time.
"""

from __future__ import annotations

from sqlalchemy import delete

from lti_app.models import Change
from lti_app.sync.context import RunContext
from lti_app.sync.drift import classes, not_listed, people, seats
from lti_app.sync.drift.lines import DriftLines


def check(context: RunContext) -> None:
    """Write one line for each difference. Commits as it goes; a repeated check begins again."""
    context.session.execute(delete(Change).where(Change.run_id == context.run_id))
    context.session.commit()
    lines = DriftLines(context)
    people.check(context, lines)
    classes.check_courses(context, lines)
    classes.check_sections(context, lines)
    seats.check(context, lines)
    not_listed.note_missing(context, lines)
