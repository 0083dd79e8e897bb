"""The courses in which a brake holds something, for the administrators' pages."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.grades.live.held import Held
from lti_app.models import Link, LiveSection
from lti_app.school.records import Kind


@dataclass(frozen=True)
class HeldCourse:
    """A course in which a brake holds something."""

    section_id: str
    label: str
    held: Held


def held_courses(session: Session, installation_id: int) -> list[HeldCourse]:
    """Every course that waits for a person's word."""
    found = session.scalars(
        select(LiveSection)
        .where(LiveSection.installation_id == installation_id)
        .order_by(LiveSection.section_id)
    )
    lines = []
    for here in found:
        held = Held.load(here.held) if here.held else Held()
        if held.waits:
            lines.append(
                HeldCourse(here.section_id, label_of(session, installation_id, here.section_id), held)
            )
    return lines


def label_of(session: Session, installation_id: int, section_id: str) -> str:
    """What a course is called."""
    found = session.scalar(
        select(Link.label).where(
            Link.installation_id == installation_id,
            Link.kind == Kind.SECTION,
            Link.schoology_id == section_id,
        )
    )
    return found or section_id
