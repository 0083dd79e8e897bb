"""Rows of a run that can't be understood or lead nowhere: no one that they may mean is taken for gone.

An enrollment that names a person that the SIS doesn't have may stand for anybody in its section, and one
that names no section of the SIS for any class of its person. Each such row is counted night by night; then it
waits on *Access to review*, where an administrator may decide to ignore it.
"""

from __future__ import annotations

import re
from datetime import date

from sqlalchemy import ColumnElement, exists, select, update
from sqlalchemy.orm import Session

from lti_app.models import (
    LEFT_PERSON,
    AccessReview,
    Hides,
    ReviewState,
    Run,
    Staged,
    StagedState,
)
from lti_app.models.base import alias
from lti_app.school.clean import cleaned, written_out
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import Reason, because, several
from lti_app.school.records import Kind
from lti_app.sis.port import Feed
from lti_app.store import access_review, links
from lti_app.store.access_review import NIGHTS, ReviewTopic, Seen
from lti_app.store.built_once import AnyRun
from lti_app.store.district import District
from lti_app.sync import scope

ZEROS = re.compile(r"(?<![^\W_])0+(?=[^\W_])")
"""Zeros at the beginning of a part of a key."""
WORDS = {Kind.SECTION: "section", Kind.USER: "person"}
FEEDS = {Kind.SECTION: Feed.SECTIONS, Kind.USER: Feed.PEOPLE}
COLUMNS = {Kind.SECTION: Staged.parent, Kind.USER: Staged.person}


def settle(session: Session, run: Run, today: date) -> None:
    """Find such rows, count the night for each, and let go of those that an administrator ignores.

    Call it when everything was read, before drops are planned. The caller commits.
    """
    if Kind.ENROLLMENT in scope.kinds_of(run):
        _follow(session, run)
        _keep_who_would_move(session, run)
    if Feed.GUARDIANS in run.notes.staged:
        _follow_parents(session, run)
    district = District(session, run.installation_id)
    hiding = (Staged.run_id == run.id, Staged.hides != "")
    rows = list(session.scalars(select(Staged).where(*hiding).order_by(Staged.kind, Staged.sis_id)))
    if not run.plan_only and run.what != "one":
        kinds = [str(each) for each in scope.kinds_of(run)]
        access_review.count_day(district, ReviewTopic.ROW, map(_seen, rows), today, kinds=kinds)
    known = {(each.kind, each.sis_id): each for each in access_review.entries(district, ReviewTopic.ROW)}
    for row in rows:
        _decide(row, known.get((row.kind, row.sis_id)))
    session.flush()


def _decide(row: Staged, entry: AccessReview | None) -> None:
    if entry is None:
        return
    if entry.state == ReviewState.IGNORED:
        row.hides = ""
        row.reason = several(row.reason, because(Code.ROW_IGNORED, by=entry.decided_by))
    elif entry.days >= NIGHTS:
        row.reason = several(row.reason, because(Code.ROW_WAITS, days=entry.days))


def _seen(row: Staged) -> Seen:
    return Seen(row.kind, row.sis_id, row.building, row.parent, row.person, row.label, row.reason)


def _follow(session: Session, run: Run) -> None:
    """Mark the enrollments that name a section or a person that the SIS doesn't have."""
    read = run.notes.staged
    lost = {kind: _nowhere(session, run, kind) for kind, feed in FEEDS.items() if feed in read}
    every = {row.sis_id: row for rows in lost.values() for row in rows}
    if not every:
        return
    names = {kind: _names(session, run, kind) for kind, rows in lost.items() if rows}
    for row in every.values():
        without = [kind for kind, rows in lost.items() if row in rows]
        row.reason = several(*(_told(row, kind, names[kind]) for kind in without))
        row.hides = _reach(row, without)
    session.flush()


def _follow_parents(session: Session, run: Run) -> None:
    """A parent link that names a student that the SIS doesn't have may mean any child of the parent."""
    rows = _nowhere(session, run, Kind.USER, of=Kind.PARENT_LINK)
    names = _names(session, run, Kind.USER) if rows else {}
    for row in rows:
        row.reason, row.hides = _told(row, Kind.USER, names), Hides.SECTION
    session.flush()


def _keep_who_would_move(session: Session, run: Run) -> None:
    """No one leaves a class for another one whose own row can't be used."""
    leaving = links.conditions.people_who_would_leave(run.installation_id, run.id)
    blocked = alias(Staged, "blocked_row")
    session.execute(
        update(Staged)
        .where(
            Staged.run_id == run.id,
            Staged.kind == Kind.ENROLLMENT,
            Staged.state == StagedState.BLOCKED,
            Staged.reason_code == Code.NEEDED_BLOCKED,
            Staged.person.in_(leaving),
            exists().where(
                blocked.run_id == run.id,
                blocked.kind == Kind.SECTION,
                blocked.sis_id == Staged.parent,
                blocked.state == StagedState.BLOCKED,
            ),
        )
        .values(hides=Hides.PERSON)
        .execution_options(synchronize_session=False)
    )


def _reach(row: Staged, without: list[Kind]) -> Hides:
    if without == [Kind.USER]:
        return Hides.SECTION
    if without == [Kind.SECTION]:
        return Hides.PERSON
    return Hides.BUILDING if row.building else Hides.EVERYWHERE


def _nowhere(session: Session, run: Run, kind: Kind, *, of: Kind = Kind.ENROLLMENT) -> list[Staged]:
    """Enrollments (or parent links) that name no record of this kind that the SIS has, and none that was
    linked before."""
    column = COLUMNS[kind]
    there = alias(Staged, "there")
    kinds = (kind, LEFT_PERSON) if kind == Kind.USER else (kind,)
    read = exists().where(there.run_id == run.id, there.kind.in_(kinds), there.sis_id == column)
    linked = links.conditions.is_linked(run.installation_id, kind, sis_id=column)
    query = select(Staged).where(
        Staged.run_id == run.id,
        Staged.kind == of,
        Staged.state == StagedState.BLOCKED,
        Staged.hides == "",
        column != "",
        ~read,
        ~linked,
    )
    return list(session.scalars(query))


def _names(session: Session, run: Run, kind: Kind) -> dict[str, list[str]]:
    """What a key is without what is easily mistyped → the keys."""
    found: dict[str, list[str]] = {}
    for key in session.scalars(select(Staged.sis_id).where(Staged.run_id == run.id, Staged.kind == kind)):
        found.setdefault(_bare(key), []).append(key)
    return found


def _told(row: Staged, kind: Kind, names: dict[str, list[str]]) -> Reason:
    key = row.parent if kind == Kind.SECTION else row.person
    meant = names.get(_bare(key), [])
    if len(meant) == 1:
        return because(
            Code.ROW_PROBABLY_MEANS, what=WORDS[kind], key=written_out(key), meant=written_out(meant[0])
        )
    return because(Code.ROW_LEADS_NOWHERE, what=WORDS[kind], key=written_out(key))


def _bare(key: str) -> str:
    return ZEROS.sub("", "".join(cleaned(key).split()).casefold())


def hidden_kinds(session: Session, run: Run) -> set[str]:
    """The kinds of which a row of this run may stand for another record than it names."""
    mine = (Staged.run_id == run.id, Staged.hides != "")
    return set(session.scalars(select(Staged.kind).where(*mine).distinct()))


def not_hidden(run: AnyRun | Run, kind: Kind, hidden: bool) -> tuple[ColumnElement[bool], ...]:
    """The condition that no row of this run may stand for a link's record; none where none is `hidden`."""
    if not hidden:
        return ()
    row = alias(Staged, "unclear_row")
    named = (row.run_id == run.id, row.kind == kind, row.hides != "")
    return (~exists().where(*named, links.conditions.is_in_reach_of(row)),)
