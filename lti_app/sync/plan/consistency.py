"""Between staging and the plan: what can only be decided when all rows are there, set against set.

Two people with one unique id block each other; a shared email stays with at most one person; a section
needs its course, an enrollment its section and its person.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Update, and_, case, exists, func, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from lti_app.models import LinkState, Run, Staged, StagedState
from lti_app.models.base import alias
from lti_app.models.reasons import first_true
from lti_app.school.desired import canonical, fingerprint
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import because
from lti_app.school.records import JOINING, OBJECTS, Kind, PersonGroup, joined
from lti_app.school.run_kinds import RunKind
from lti_app.sis.port import Feed
from lti_app.store import links
from lti_app.store.built_once import AnyRun, for_run, keys_of
from lti_app.store.bulk import AT_ONCE, chunks, refresh_statistics
from lti_app.store.district import District
from lti_app.sync.data_prep import undecided
from lti_app.sync.plan import dangling, shared_keys, terms, what_stands
from lti_app.sync.plan.consistency_alone import check_one_record, without_email
from lti_app.sync.plan.unique import known, section_codes
from lti_app.sync.plan.unique.settle import Collision, Rows, settle

READ_BY = {
    Kind.USER: (Feed.PEOPLE,),
    Kind.COURSE: (Feed.COURSES,),
    Kind.SECTION: (Feed.SECTIONS,),
}
"""Kind → the feeds that tell whether the SIS has a record of it."""


@dataclass(frozen=True)
class Need:
    """Rows of `kind` need the row of kind `on` that their `column` names; `word` is what people call it."""

    kind: Kind
    column: InstrumentedAttribute[str]
    on: Kind
    word: str


def check(session: Session, run: Run, people: Rows, today: date) -> list[Collision]:
    """Mark rows that clash with, or depend on, rows that cannot be used; the values that others hold.

    `people` reads every account of Schoology, and is asked only where no link tells who holds a value.
    """
    district, run_id = District(session, run.installation_id), run.id
    if run.what != RunKind.ONE:
        refresh_statistics(session, "staged", "link")
    shared_keys.settle(session, run)
    what_stands.keep(session, run)
    undecided.exclude(district, run_id)
    for row in undecided.of_taken_addresses(district, run_id):
        without_email(row)
    _part_shared_emails(session, run_id)
    if run.what == RunKind.ONE:
        check_one_record(session, run)
    found = settle(session, run, people)
    section_codes.leave_out(session, run)
    known.block_staged(session, run, OBJECTS)
    _need(session, run, Need(Kind.PARENT_LINK, Staged.parent, Kind.USER, "guardian"))
    _need(session, run, Need(Kind.PARENT_LINK, Staged.person, Kind.USER, "student"))
    _fill_parent_links(session, run_id)
    terms.block_sections(session, run)
    needs = (
        Need(Kind.SECTION, Staged.parent, Kind.COURSE, "course"),
        Need(Kind.ENROLLMENT, Staged.parent, Kind.SECTION, "section"),
        Need(Kind.ENROLLMENT, Staged.person, Kind.USER, "person"),
    )
    for need in needs:
        _need(session, run, need)
    for need in needs if links.read.any_deleted(district) else ():
        _exclude_of_missing(district, run_id, need)
    known.block_staged(session, run, JOINING)
    dangling.settle(session, run, today)
    session.commit()
    return found


def _exclude_of_missing(district: District, run_id: int, need: Need) -> None:
    """What hangs on something that was deleted in Schoology waits until a person has decided on that."""
    gone = links.conditions.is_linked(district.id, need.on, sis_id=need.column, states=LinkState.deleted())
    district.session.execute(
        update(Staged)
        .where(*_ok(run_id, need.kind), gone)  # type: ignore[arg-type]
        .values(
            state=StagedState.OUT,
            reason=because(Code.NEEDED_DELETED, what=need.word),
        )
        .execution_options(synchronize_session=False)
    )


def _ok(run_id: Any, kind: Kind, table: type[Staged] = Staged) -> tuple[object, ...]:
    return (table.run_id == run_id, table.kind == kind, table.state == StagedState.OK)


def _part_shared_emails(session: Session, run_id: int) -> None:
    """Schoology wants an email address once. It stays with the only member of staff among its users, or
    with no one; the others are known by their usernames."""
    shared = (
        select(Staged.second_key)
        .where(*_ok(run_id, Kind.USER), Staged.second_key != "")  # type: ignore[arg-type]
        .group_by(Staged.second_key)
        .having(func.count() > 1)
    )
    users: dict[str, list[tuple[str, str]]] = {}
    found = select(Staged.second_key, Staged.sis_id, Staged.role).where(
        *_ok(run_id, Kind.USER),  # type: ignore[arg-type]
        Staged.second_key.in_(shared.scalar_subquery()),
    )
    for email, sis_id, group in session.execute(found):
        users.setdefault(email, []).append((sis_id, group))
    losing = [sis_id for each in users.values() for sis_id in _others(each)]
    for batch in chunks(losing, AT_ONCE):
        rows = select(Staged).where(
            *_ok(run_id, Kind.USER),  # type: ignore[arg-type]
            Staged.sis_id.in_(batch),
        )
        for row in session.scalars(rows).all():
            without_email(row)
        _forget(session)


def _others(users: list[tuple[str, str]]) -> list[str]:
    """All users (SIS id, group) of an address but the one who keeps it."""
    staff = [sis_id for sis_id, group in users if group == PersonGroup.STAFF]
    return [sis_id for sis_id, _ in users if [sis_id] != staff]


def _forget(session: Session) -> None:
    """Write rows and let go of them, so that memory stays flat. The caller commits."""
    session.flush()
    for row in list(session.identity_map.values()):
        if isinstance(row, Staged):
            session.expunge(row)


def _need(session: Session, run: Run, need: Need) -> None:
    """Rows follow the row that they need: out with out, blocked with blocked.

    When this run did not read that kind, or the SIS has no such row, a link of an earlier run will do.
    """
    read = any(feed in run.notes.staged for feed in READ_BY[need.on])
    session.execute(for_run(run, _without_what_they_need, need, read), keys_of(run))


def _without_what_they_need(run: AnyRun | Run, need: Need, read: bool) -> Update:
    needed, run_id, on, word = alias(Staged, "needed"), run.id, need.on, need.word
    same = (needed.run_id == run_id, needed.kind == on, needed.sis_id == need.column)
    lacking = ~exists().where(*same, needed.state == StagedState.OK)
    linked = links.conditions.is_linked(
        run.installation_id, on, sis_id=need.column, states=LinkState.in_use()
    )
    if not read:
        lacking = and_(lacking, ~linked)
    elif need.kind == Kind.ENROLLMENT and on == Kind.USER:
        lacking = and_(lacking, ~and_(linked, _is_told_badly(run_id, needed, same)))
    found = select(needed.state).where(*same).scalar_subquery()
    missing = (
        because(Code.NEEDED_NOT_IN_SIS, what=word)
        if read
        else because(Code.NEEDED_NOT_SYNCED, what=word, kind=on)
    )
    return (
        update(Staged)
        .where(*_ok(run_id, need.kind), lacking)  # type: ignore[arg-type]
        .values(
            state=case((found == StagedState.OUT, StagedState.OUT), else_=StagedState.BLOCKED),
            **first_true(
                (found == StagedState.OUT, because(Code.NEEDED_LEFT_OUT, what=word)),
                (found == StagedState.BLOCKED, because(Code.NEEDED_BLOCKED, what=word)),
                otherwise=missing,
            ),
        )
        .execution_options(synchronize_session=False)
    )


def _is_told_badly(
    run_id: Any, needed: type[Staged], same: tuple[ColumnElement[bool], ...]
) -> ColumnElement[bool]:
    """The SIS has the person, and their row can't be used; or it has a row that may be theirs."""
    hiding = alias(Staged, "hiding")
    return or_(
        exists().where(*same, needed.state == StagedState.BLOCKED),
        and_(
            ~exists().where(*same),
            exists().where(hiding.run_id == run_id, hiding.kind == Kind.USER, hiding.hides != ""),
        ),
    )


def _fill_parent_links(session: Session, run_id: int) -> None:
    """A parent link names both people by their unique ids, which only the finished user rows know."""
    guardian, student = alias(Staged, "guardian"), alias(Staged, "student")
    query = (
        select(Staged, guardian.natural_key, student.natural_key)
        .join(
            guardian,
            and_(guardian.run_id == run_id, guardian.kind == Kind.USER, guardian.sis_id == Staged.parent),
        )
        .join(
            student,
            and_(student.run_id == run_id, student.kind == Kind.USER, student.sis_id == Staged.person),
        )
        .where(*_ok(run_id, Kind.PARENT_LINK))  # type: ignore[arg-type]
        .order_by(Staged.sis_id)
        .limit(AT_ONCE)
    )
    last = ""
    while rows := session.execute(query.where(Staged.sis_id > last)).all():
        for row, parent_uid, student_uid in rows:
            row.payload = canonical({"parent_uid": parent_uid, "student_uid": student_uid})
            row.fingerprint = fingerprint(row.payload)
            row.natural_key = joined(student_uid, ":", parent_uid)
            last = row.sis_id
        _forget(session)
