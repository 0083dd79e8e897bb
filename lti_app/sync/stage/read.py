"""Stage: read the SIS page by page into rows of this run, after the rules.

A feed is marked complete only when as many rows came as the server claimed when the read began. Memory stays
flat: a page at a time. A feed that breaks off is read again from its start, its rows replaced.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import Literal

from sqlalchemy import delete
from sqlalchemy.orm import Session

from lti_app.models import Run, Scope, Staged
from lti_app.outbound.pauses import Pauses
from lti_app.school.desired import canonical, fingerprint
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import Reason, because, encoded
from lti_app.school.records import (
    JOINING,
    BadRecord,
    Contact,
    Course,
    Enrollment,
    Kind,
    Person,
    Record,
    Section,
)
from lti_app.school.run_kinds import RunKind
from lti_app.setup.choices import read_options
from lti_app.sis.errors import IncompleteRead, JobExpired
from lti_app.sis.port import Feed
from lti_app.store.bulk import insert_rows
from lti_app.store.district import District
from lti_app.sync import rules, scope
from lti_app.sync.context import RunContext, rule_context
from lti_app.sync.rules import RuleContext, Verdict
from lti_app.sync.stage.facts import facts_of

PAUSES = Pauses(2, first=2)
"""In seconds, before something is read once more."""
COLUMNS = (
    "run_id",
    "kind",
    "sis_id",
    "building",
    "parent",
    "person",
    "natural_key",
    "second_key",
    "label",
    "fingerprint",
    "payload",
    "state",
    "reason_code",
    "reason_values",
    "record",
)
TWICE = (
    "ON CONFLICT (run_id, kind, sis_id) DO UPDATE SET state = 'blocked', payload = '', fingerprint = '', "
    f"reason_code = '{Code.SIS_ID_TWICE}', reason_values = ''"
)
MERGE = (
    "ON CONFLICT (run_id, kind, sis_id) DO UPDATE SET state = excluded.state, payload = excluded.payload, "
    "fingerprint = excluded.fingerprint, reason_code = excluded.reason_code, "
    "reason_values = excluded.reason_values, record = excluded.record "
    "WHERE excluded.state = 'ok'"
)

FEEDS_OF = {
    Kind.USER: (Feed.STUDENTS, Feed.STAFF),
    Kind.PARENT_LINK: (Feed.CONTACTS,),
    Kind.COURSE: (Feed.COURSES,),
    Kind.SECTION: (Feed.SECTIONS,),
    Kind.ENROLLMENT: (Feed.ENROLLMENTS,),
}

PERSON_PREFIX = {Feed.STUDENTS: "student:", Feed.STAFF: "staff:", Feed.CONTACTS: "contact:"}


def feeds(what: str, *, with_guardians: bool) -> tuple[Feed, ...]:
    """Which feeds a run of this scope reads; contacts only where parents are on."""
    read = (feed for kind in RunKind(what).kinds for feed in FEEDS_OF[kind])
    return tuple(feed for feed in read if feed != Feed.CONTACTS or with_guardians)


def stage(context: RunContext) -> None:
    """Read every feed of the run that has not been read yet. Raises SisError when one cannot be read."""
    session = context.session
    roles = context.schoology.roles()
    run = session.get_one(Run, context.run_id)
    run.note(admin_roles=tuple(each.id for each in roles if each.system_admin))
    session.commit()
    ids = frozenset(each.id for each in roles)
    known = rule_context(District(session, context.installation_id), context.today, ids)
    for feed, key in _reads(context, run):
        if feed in session.get_one(Run, context.run_id).notes.staged:
            continue
        known = _with_course_titles(context, feed, known)
        patiently(context, partial(_stage_feed, context, feed, known, key))


def _reads(context: RunContext, run: Run) -> list[tuple[Feed, str]]:
    """The feeds of the run, each with the key of the one record that it is narrowed to, if it is."""
    if run.what == RunKind.ONE:
        return scope.reads(run.notes.only)
    options = read_options(context.district)
    return [(feed, "") for feed in feeds(context.what, with_guardians=options.with_guardians)]


def patiently(context: RunContext, read: Callable[[], None]) -> None:
    """Read something of the SIS, a few times where its answer breaks off."""
    for number in range(PAUSES.attempts + 1):
        try:
            read()
            return
        except (JobExpired, IncompleteRead):
            context.session.rollback()
            if number == PAUSES.attempts:
                raise
            context.pause(PAUSES.length(number))


def _stage_feed(context: RunContext, feed: Feed, known: RuleContext, key: str) -> None:
    session = context.session
    clear_feed(session, context.run_id, feed)
    context.progress.report(f"reading_{feed}", 0, 0)  # no transaction stays open while the SIS is asked
    received: Counter[str] = Counter()
    for page in read_feed(context, feed, key):
        _insert(session, context.run_id, [v for record in page for v in _counted(record, known, received)])
    for building, count in received.items():
        session.add(
            Scope(
                run_id=context.run_id,
                kind=feed,
                building=building,
                claimed=count,
                received=count,
                complete=True,
            )
        )
    mark_read(context, "staged", feed, sum(received.values()))


def read_feed(context: RunContext, feed: Feed, key: str = "") -> Iterator[list[Record]]:
    """The pages of a feed, with what each was used for committed after it. Raises IncompleteRead."""
    reading = context.sis.read(feed, key)
    for page in reading:
        yield page
        context.progress.report(f"reading_{feed}", reading.received, max(reading.claimed, reading.received))
    if reading.received != reading.claimed:
        raise IncompleteRead(
            f"The SIS announced {reading.claimed} rows of {feed} and sent {reading.received}. "
            "Nothing was changed from this partial answer; it has to be read again."
        )


ReadOf = Literal["staged", "parts"]
"""The note of what a sync read, and of what Data Prep did."""


def mark_read(context: RunContext, where: ReadOf, name: str, number: int, *, verb: str = "reading") -> None:
    """Note that something was read to its end, so that a resumed run does not read it again. Commits.

    `where` is the note that keeps it. The verb is `reading` for the SIS and `looking` for Schoology.
    """
    run = context.session.get_one(Run, context.run_id)
    run.note(**{where: (*getattr(run.notes, where), str(name))})
    counted = "read" if verb == "reading" else "found"
    run.counts = {**run.counts, counted: {**run.counts.get(counted, {}), str(name): number}}
    context.progress.report(f"{verb}_{name}", number, number)


def clear_feed(session: Session, run_id: int, feed: Feed) -> None:
    """Remove what an unfinished read of this feed left behind."""
    mine = Staged.run_id == run_id
    session.execute(delete(Scope).where(Scope.run_id == run_id, Scope.kind == feed))
    if feed in PERSON_PREFIX:
        session.execute(
            delete(Staged).where(
                mine, Staged.kind == Kind.USER, Staged.sis_id.startswith(PERSON_PREFIX[feed], autoescape=True)
            )
        )
    if feed == Feed.CONTACTS:
        session.execute(delete(Staged).where(mine, Staged.kind == Kind.PARENT_LINK))
    if feed == Feed.COURSES:
        session.execute(delete(Staged).where(mine, Staged.kind == Kind.COURSE))
    if feed == Feed.SECTIONS:
        session.execute(delete(Staged).where(mine, Staged.kind == Kind.SECTION))
    if feed in (Feed.SECTIONS, Feed.ENROLLMENTS):
        whose = "staff:" if feed == Feed.SECTIONS else "student:"
        session.execute(
            delete(Staged).where(mine, Staged.kind == Kind.ENROLLMENT, Staged.person.startswith(whose))
        )


def _counted(record: Record, known: RuleContext, received: Counter[str]) -> Iterable[Verdict]:
    """The verdicts of a record, counting it for its building (also when it leads to no row)."""
    building = record.person.main_building if isinstance(record, Contact) else ""
    building = building or getattr(record, "main_building", "") or getattr(record, "building", "")
    received[building] += 1
    return [_with_facts(each, record) for each in verdicts(record, known)]


def _with_facts(answer: Verdict, record: Record) -> Verdict:
    """What is not wanted says what the SIS has; of links that are left out there are too many."""
    if answer.state == "ok" or (answer.state == "out" and answer.kind in JOINING):
        return answer
    return replace(answer, record=facts_of(record))


def verdicts(record: Record, known: RuleContext) -> Iterator[Verdict]:
    """What the rules say of one record."""
    answer: Verdict | list[Verdict] | None
    match record:
        case BadRecord():
            answer = Verdict(record.kind, record.sis_id, record.building, "blocked", _unreadable(record))
        case Contact():
            answer = rules.contact(record, known)
        case Person():
            answer = rules.person(record, known)
        case Course():
            answer = rules.course(record, known)
        case Section():
            answer = rules.section(record, known)
        case Enrollment():
            answer = rules.enrollment(record, known)
    if isinstance(answer, list):
        yield from answer
    elif answer is not None:
        yield answer


def _unreadable(record: BadRecord) -> Reason:
    return because(Code.ROW_UNREADABLE, text=record.reason)


def _insert(session: Session, run_id: int, answers: list[Verdict]) -> None:
    merged = [_row(run_id, each) for each in answers if each.kind in JOINING]
    single = [_row(run_id, each) for each in answers if each.kind not in JOINING]
    insert_rows(session, "staged", COLUMNS, single, on_conflict=TWICE)
    insert_rows(session, "staged", COLUMNS, merged, on_conflict=MERGE)


def _row(run_id: int, each: Verdict) -> tuple[object, ...]:
    text = canonical(each.payload) if each.payload is not None and each.state == "ok" else ""
    return (
        run_id,
        str(each.kind),
        each.sis_id,
        each.building,
        each.parent,
        each.person,
        each.natural_key,
        each.second_key,
        each.label,
        fingerprint(text) if text else "",
        text,
        each.state,
        each.reason.code,
        encoded(each.reason.values),
        each.record,
    )


def _with_course_titles(context: RunContext, feed: Feed, known: RuleContext) -> RuleContext:
    """Before sections are read: the titles of the courses that this run has just staged."""
    if feed != Feed.SECTIONS:
        return known
    rows = context.session.query(Staged.sis_id, Staged.label).filter(
        Staged.run_id == context.run_id, Staged.kind == Kind.COURSE
    )
    return replace(known, course_titles={**known.course_titles, **{sis_id: label for sis_id, label in rows}})
