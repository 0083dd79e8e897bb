"""Parents and people that the SIS lost: whether that is sure, what ends, and what waits for a decision."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    and_,
    delete,
    exists,
    false,
    func,
    insert,
    literal,
    or_,
    select,
    text,
)
from sqlalchemy.orm import Session, aliased

from lti_app import clock
from lti_app.models import AccessReview, Change, Link, LinkState, ReviewState, Run, Staged, StagedState
from lti_app.models.base import alias
from lti_app.models.link import LET_GO_LINKS
from lti_app.school.reason_codes import Code
from lti_app.school.records import Kind, PersonGroup
from lti_app.store.built_once import AnyRun
from lti_app.store.district import District
from lti_app.store.paging import Page, page_of

SETTLED = (ReviewState.KEPT, ReviewState.BY_HAND)
"""Decisions after which there is nothing left to do."""


def any_unclear_parent(session: Session, run: Run) -> bool:
    """Whether a row of this run may stand for a parent that no one can name."""
    unclear = (
        Staged.run_id == run.id,
        Staged.kind == Kind.USER,
        Staged.hides != "",
        Staged.role.in_(("", PersonGroup.CONTACT)),
    )
    return bool(session.scalar(select(exists().where(*unclear))))


def surely_removed(run: AnyRun | Run, unclear: bool) -> tuple[ColumnElement[bool], ...]:
    """The conditions on a parent link that did not come that no bad row may stand for it: not the row of its
    parent, and none of an `unclear` parent."""
    if unclear:
        return (false(),)
    parent = alias(Staged, "parent_of_link")
    return (
        ~exists().where(
            parent.run_id == run.id,
            parent.kind == Kind.USER,
            parent.sis_id == Link.parent,
            parent.state == StagedState.BLOCKED,
        ),
    )


def asked_to_end(owner: Any, topic: str) -> ColumnElement[bool]:
    """Someone decided that a parent link ends."""
    return exists().where(
        AccessReview.installation_id == owner,
        AccessReview.topic == topic,
        AccessReview.kind == Link.kind,
        AccessReview.sis_id == Link.sis_id,
        AccessReview.state == ReviewState.ENDED,
    )


def may_end_unasked(run: AnyRun | Run) -> ColumnElement[bool]:
    """A parent link of the app whose student the SIS still has."""
    student = alias(Staged, "student_of_link")
    there = exists().where(student.run_id == run.id, student.kind == Kind.USER, student.sis_id == Link.person)
    return and_(Link.state == LinkState.OWNED, there)


def parents_of(run: Run) -> Subquery:
    """Student → how many parents they would have in Schoology, of students who would get another one: person,
    number. One that the SIS lost counts until the link ends."""
    more = select(Change.person).where(
        Change.run_id == run.id, Change.kind == Kind.PARENT_LINK, Change.action == "create"
    )
    coming = select(Change.person.label("person"), func.count().label("number")).where(
        Change.run_id == run.id, Change.kind == Kind.PARENT_LINK, Change.action == "create"
    )
    ends = exists().where(
        Change.run_id == run.id,
        Change.kind == Kind.PARENT_LINK,
        Change.action == "drop",
        Change.sis_id == Link.sis_id,
    )
    there = select(Link.person.label("person"), func.count().label("number")).where(
        Link.installation_id == run.installation_id,
        Link.kind == Kind.PARENT_LINK,
        Link.state.in_(LinkState.known()),
        Link.person.in_(more),
        ~ends,
    )
    every = coming.group_by(Change.person).union_all(there.group_by(Link.person)).subquery()
    return (
        select(every.c.person, func.sum(every.c.number).label("number")).group_by(every.c.person).subquery()
    )


def removed_parents(district: District, topic: str, number: int) -> Page[Link]:
    """A page of parent links that the SIS lost and Schoology keeps, whose students are still there; without
    those that someone settled."""
    found = page_of(district.session, _removed(district, topic), number)
    return Page([row[0] for row in found.rows], found.number, found.total)


def people_who_left(district: District, topic: str, number: int) -> Page[Link]:
    """A page of accounts whose people left the SIS, without those that someone settled; newest first."""
    found = page_of(district.session, _left(district, topic), number)
    return Page([row[0] for row in found.rows], found.number, found.total)


def left_before(district: District, moment: datetime, most: int) -> list[tuple[str, str]]:
    """(SIS id, Schoology id) of people who left before a moment and still have more than ids here, those who
    left first."""
    more = or_(Link.label != "", Link.payload != "")
    rows = district.session.execute(
        district.select(Link.sis_id, Link.schoology_id)
        .where(Link.kind == Kind.USER, text(LET_GO_LINKS), Link.changed_at < moment, more)
        .order_by(Link.changed_at)
        .limit(most)
    )
    return [(sis_id, schoology_id) for sis_id, schoology_id in rows]


def open_counts(district: District, parents: str, people: str) -> tuple[int, int]:
    """How many parent links and how many people wait for a decision; the topics tell what was settled."""
    asked = ReviewState.ENDED
    return (
        _number(district, _removed(district, parents, asked)),
        _number(district, _left(district, people)),
    )


def settle_people(district: District, topic: str, state: ReviewState, by: str) -> int:
    """Keep one decision on everybody who left and is undecided; how many. The caller commits."""
    left = _left(district, topic).order_by(None)
    number = _number(district, _left(district, topic))
    values: dict[str, Any] = {
        "installation_id": literal(district.id),
        "topic": literal(topic),
        "kind": Link.kind,
        "sis_id": Link.sis_id,
        "building": Link.building,
        "parent": literal(""),
        "person": literal(""),
        "label": Link.label,
        "state": literal(str(state)),
        "days": literal(0),
        "first_day": literal(""),
        "last_day": literal(""),
        "decided_by": literal(by),
        "decided_at": literal(clock.now()),
        "reason_code": literal(str(Code.LEFT_SIS)),
        "reason_values": literal(""),
    }
    rows = left.with_only_columns(*values.values())
    district.session.execute(insert(AccessReview).from_select(list(values), rows, include_defaults=False))
    return number


def forget_settled(district: District, topics: Sequence[str]) -> None:
    """Forget decisions on parents and people who came back, or whose link was ended. The caller commits."""
    gone = exists().where(
        Link.installation_id == AccessReview.installation_id,
        Link.kind == AccessReview.kind,
        Link.sis_id == AccessReview.sis_id,
        Link.state.in_(LinkState.let_go()),
    )
    district.session.execute(
        delete(AccessReview)
        .where(AccessReview.installation_id == district.id, AccessReview.topic.in_(topics), ~gone)
        .execution_options(synchronize_session=False)
    )


def _removed(district: District, topic: str, *also: ReviewState) -> Select[Link]:
    student = aliased(Link)
    there = exists().where(
        student.installation_id == district.id,
        student.kind == Kind.USER,
        student.sis_id == Link.person,
        student.state.in_(LinkState.in_use()),
    )
    found = _let_go(district, Kind.PARENT_LINK, topic, (*SETTLED, *also)).where(there)
    return found.order_by(Link.changed_at, Link.sis_id)


def _left(district: District, topic: str) -> Select[Link]:
    found = _let_go(district, Kind.USER, topic, SETTLED)
    return found.order_by(Link.changed_at.desc(), Link.label, Link.sis_id)


def _let_go(district: District, kind: Kind, topic: str, decided: Sequence[ReviewState]) -> Select[Link]:
    settled = exists().where(
        AccessReview.installation_id == district.id,
        AccessReview.topic == topic,
        AccessReview.kind == Link.kind,
        AccessReview.sis_id == Link.sis_id,
        or_(*(AccessReview.state == each for each in decided)),
    )
    return district.select(Link).where(Link.kind == kind, text(LET_GO_LINKS), ~settled)


def _number(district: District, rows: Select[Link]) -> int:
    return district.session.scalar(select(func.count()).select_from(rows.order_by(None).subquery())) or 0
