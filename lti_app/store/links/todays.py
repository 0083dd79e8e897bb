"""Facts that a link keeps and later decisions read: taken over from each complete read."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, update
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.models import Link, LinkState, Run, Staged, StagedState
from lti_app.models.base import alias
from lti_app.school.records import Kind
from lti_app.store.built_once import AnyRun
from lti_app.store.bulk import AT_ONCE, chunks
from lti_app.store.district import District


def take_over(session: Session, run: Run) -> None:
    """Give links of unchanged records the school, role, and number that the SIS tells today.

    The course of a section isn't among them: Schoology can't move a section, so a person decides on that. Of
    records that are left out or blocked only the school is believed. Nothing is sent, and what is the same
    isn't written. The caller commits.
    """
    same = and_(
        Link.installation_id == run.installation_id,
        Link.state.in_(LinkState.known()),
        Staged.run_id == run.id,
        Staged.kind == Link.kind,
        Staged.sis_id == Link.sis_id,
    )
    unchanged = and_(Staged.state == StagedState.OK, Staged.fingerprint == Link.fingerprint)
    told = or_(Staged.building != "", Staged.kind == Kind.COURSE)
    facts = or_(Link.building != Staged.building, Link.role != Staged.role, Link.number != Staged.number)
    session.execute(
        update(Link)
        .where(same, unchanged, told, facts)
        .values(building=Staged.building, role=Staged.role, number=Staged.number)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(Link)
        .where(same, unchanged, Link.kind == Kind.SECTION, Link.parent == "", Staged.parent != "")
        .values(parent=Staged.parent)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(Link)
        .where(same, Staged.state != StagedState.OK, Staged.building != "", Link.building != Staged.building)
        .values(building=Staged.building)
        .execution_options(synchronize_session=False)
    )


def take_over_birth_marks(session: Session, run: Run) -> None:
    """Give links of people the mark of the birth date that the SIS tells today. The caller commits."""
    read = (Staged.run_id == run.id, Staged.kind == Kind.USER)
    if not session.scalar(select(exists().where(*read, Staged.birth_mark != ""))):
        return
    session.execute(
        update(Link)
        .where(
            Link.installation_id == run.installation_id,
            Link.kind == Kind.USER,
            Link.sis_id == Staged.sis_id,
            Link.birth_mark != Staged.birth_mark,
            *read,
        )
        .values(birth_mark=Staged.birth_mark)
        .execution_options(synchronize_session=False)
    )


def birth_marks(session: Session, run: Run, people: Collection[str]) -> dict[str, str]:
    """SIS id → mark of the birth date, as a run read it or else as the link has it; without those unknown."""
    found: dict[str, str] = {}
    for part in chunks(sorted(people), AT_ONCE):
        linked = (Link.installation_id == run.installation_id, Link.kind == Kind.USER, Link.birth_mark != "")
        found |= _pairs(session, select(Link.sis_id, Link.birth_mark).where(*linked, Link.sis_id.in_(part)))
        read = (Staged.run_id == run.id, Staged.kind == Kind.USER, Staged.birth_mark != "")
        found |= _pairs(
            session, select(Staged.sis_id, Staged.birth_mark).where(*read, Staged.sis_id.in_(part))
        )
    return found


def _pairs(session: Session, query: Select[str, str]) -> dict[str, str]:
    return {key: value for key, value in session.execute(query)}


def elsewhere(run: AnyRun | Run) -> tuple[ColumnElement[bool], ...]:
    """The conditions on a staged section and its link that the SIS names another course than Schoology."""
    return (
        Link.installation_id == run.installation_id,
        Link.kind == Kind.SECTION,
        Link.state.in_(LinkState.known()),
        Link.parent != "",
        Staged.run_id == run.id,
        Staged.kind == Kind.SECTION,
        Staged.sis_id == Link.sis_id,
        Staged.state == StagedState.OK,
        Staged.parent != Link.parent,
    )


def renamed_courses(session: Session, run: Run) -> dict[str, str]:
    """Old key → new key of courses that the SIS has no more, all of whose sections stand under one new one.

    A new course that is linked already is another course. Two old ones that became one are left out.
    """
    gone = ~exists().where(Staged.run_id == run.id, Staged.kind == Kind.COURSE, Staged.sis_id == Link.parent)
    section, course, fresh, taken = (
        alias(Staged, "todays_section"),
        alias(Link, "todays_course"),
        alias(Staged, "fresh_course"),
        alias(Link, "taken_course"),
    )
    rows = session.execute(
        select(Link.parent, func.min(section.parent), func.max(section.parent))
        .join(
            section, and_(section.run_id == run.id, section.kind == Link.kind, section.sis_id == Link.sis_id)
        )
        .join(
            course,
            and_(
                course.installation_id == Link.installation_id,
                course.kind == Kind.COURSE,
                course.sis_id == Link.parent,
                course.state.in_(LinkState.known()),
            ),
        )
        .where(
            Link.installation_id == run.installation_id,
            Link.kind == Kind.SECTION,
            Link.state.in_(LinkState.known()),
            gone,
        )
        .group_by(Link.parent)
    ).all()
    found = {old: new for old, new, last in rows if new == last and new != old}
    usable = set(
        session.scalars(
            select(fresh.sis_id).where(
                fresh.run_id == run.id,
                fresh.kind == Kind.COURSE,
                fresh.state == StagedState.OK,
                fresh.sis_id.in_(list(found.values())),
                ~exists().where(
                    taken.installation_id == run.installation_id,
                    taken.kind == Kind.COURSE,
                    taken.sis_id == fresh.sis_id,
                ),
            )
        )
    )
    news = list(found.values())
    return {old: new for old, new in found.items() if new in usable and news.count(new) == 1}


Unread = tuple[str, str, str, str]
"""SIS id, label, school, and payload last applied."""


def not_read(district: District, run_id: int, kind: Kind, building: str | None = None) -> Iterator[Unread]:
    """Links in use, of one building or all, whose records did not come in a run."""
    came = exists().where(Staged.run_id == run_id, Staged.kind == Link.kind, Staged.sis_id == Link.sis_id)
    here = [Link.building == building] if building is not None else []
    rows = district.session.execute(
        district.select(Link.sis_id, Link.label, Link.building, Link.payload)
        .where(Link.kind == kind, Link.state.in_(LinkState.in_use()), ~came, *here)
        .execution_options(yield_per=5000)
    )
    yield from ((sis_id, label, school, payload) for sis_id, label, school, payload in rows)


def sections_of(district: District, courses: Collection[str]) -> list[str]:
    """The SIS ids of the linked sections of these courses."""
    query = district.select(Link.sis_id).where(Link.kind == Kind.SECTION, Link.parent.in_(list(courses)))
    return list(district.session.scalars(query))


def keep_in_course(district: District, section: str, course: str) -> bool:
    """Someone decided that a section stays where it is in Schoology though the SIS lists it under another
    course; whether it is linked. The caller commits."""
    link = district.session.get(Link, (district.id, Kind.SECTION, section))
    if link is None:
        return False
    link.parent, link.changed_at = course, clock.now()
    district.session.flush()
    return True
