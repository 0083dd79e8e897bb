"""Stage: read the SIS page by page into rows of this run, after the rules.

A feed is believed only when the adapter proves that it came whole. Memory stays flat: a page at a time. A
feed that breaks off is read again from its start, its rows replaced.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Literal

from sqlalchemy import delete
from sqlalchemy.orm import Session

from lti_app.models import LEFT_PERSON, Run, Scope, Staged
from lti_app.outbound.pauses import Pauses
from lti_app.school.clean import cleaned
from lti_app.school.desired import canonical, fingerprint
from lti_app.school.reasons import encoded
from lti_app.school.records import JOINING, GuardianLink, Kind, Person, Record, Seat
from lti_app.school.run_kinds import RunKind
from lti_app.school.told import Told, told
from lti_app.setup.choices import MET_TYPES, read_options
from lti_app.sis.errors import IncompleteRead, JobExpired, unproven
from lti_app.sis.port import Feed
from lti_app.store import links
from lti_app.store.bulk import insert_rows
from lti_app.store.district import District
from lti_app.sync import scope
from lti_app.sync.context import RunContext, rule_context, with_accounts
from lti_app.sync.rules import CourseFacts, RuleContext, Verdict
from lti_app.sync.stage import guardians, twins
from lti_app.sync.stage.facts import facts_of
from lti_app.sync.stage.understood import judged, understood

PAUSES = Pauses(2, first=2)
"""In seconds, before something is read once more."""
MOST_TYPES = 20
"""So many contact types of a district are kept for the Users tab, the most frequent ones."""
COLUMNS = (
    "run_id",
    "kind",
    "sis_id",
    "building",
    "parent",
    "person",
    "feed",
    "role",
    "number",
    "natural_key",
    "second_key",
    "label",
    "fingerprint",
    "payload",
    "state",
    "reason_code",
    "reason_values",
    "record",
    "birth_mark",
    "kept_fields",
    "hides",
)
MERGE = (
    "ON CONFLICT (run_id, kind, sis_id) DO UPDATE SET state = excluded.state, payload = excluded.payload, "
    "fingerprint = excluded.fingerprint, reason_code = excluded.reason_code, "
    "reason_values = excluded.reason_values, record = excluded.record, role = excluded.role "
    "WHERE excluded.state = 'ok' AND (staged.state <> 'ok' OR staged.payload < excluded.payload)"
)
"""Of two seats of a person in a section the one that teaches counts, whichever comes first."""

FEED_OF = {
    Kind.USER: Feed.PEOPLE,
    Kind.PARENT_LINK: Feed.GUARDIANS,
    Kind.COURSE: Feed.COURSES,
    Kind.SECTION: Feed.SECTIONS,
    Kind.ENROLLMENT: Feed.SEATS,
}


def feeds(what: str, *, with_guardians: bool) -> tuple[Feed, ...]:
    """Which feeds a run of this scope reads; guardians only where parents are on."""
    read = (FEED_OF[kind] for kind in RunKind(what).kinds)
    return tuple(feed for feed in read if feed != Feed.GUARDIANS or with_guardians)


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
        known = _with_what_was_read(context, feed, known)
        patiently(context, partial(_stage_feed, context, feed, known, key))


def _reads(context: RunContext, run: Run) -> list[tuple[Feed, str]]:
    """The feeds of the run, each with the key of the one record that it is narrowed to, if it is."""
    if run.what == RunKind.ONE:
        return scope.reads(context.district, run.notes.only)
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
    received: Counter[tuple[Told, str]] = Counter()
    contacts: Counter[str] = Counter()
    rows = 0
    for page in read_feed(context, feed, key):
        contacts.update(cleaned(each.kind) for each in page if isinstance(each, GuardianLink))
        here = with_accounts(context.district, known, page)
        answers = [each for record in page for each in _counted(context, record, here, received=received)]
        _insert(session, context.run_id, feed, answers)
        rows += len(page)
    twins.compare(session, context.run_id, feed)
    if feed == Feed.GUARDIANS:
        guardians.complete(session, context.run_id)
        _note_contact_types(context, known.options.guardian_types, contacts)
    for part, count in received.items():
        _mark_complete(session, context.run_id, part, count)
    mark_read(context, "staged", feed, rows)


def _note_contact_types(context: RunContext, chosen: tuple[str, ...], met: Counter[str]) -> None:
    run = context.session.get_one(Run, context.run_id)
    run.note(guardian_types=chosen)
    if run.what != RunKind.ONE:
        run.counts = {**run.counts, MET_TYPES: dict(met.most_common(MOST_TYPES))}


def _mark_complete(session: Session, run_id: int, part: tuple[Told, str], count: int) -> None:
    """What came of a part of the read from a school; two feeds may bring the same part."""
    kind, building = part
    row = session.get(Scope, (run_id, kind, building))
    if row is None:
        row = Scope(run_id=run_id, kind=kind, building=building, claimed=0, received=0, complete=True)
        session.add(row)
    row.claimed += count
    row.received += count


def read_feed(context: RunContext, feed: Feed, key: str = "") -> Iterator[list[Record]]:
    """The pages of a feed, with what each was used for committed after it. Raises IncompleteRead for a read
    that nothing proves to be whole."""
    reading = context.sis.read(feed, key)
    for page in reading:
        yield page
        total = max(reading.claimed or 0, reading.received)
        context.progress.report(f"reading_{feed}", reading.received, total)
    if reading.complete() is None:
        raise unproven(feed)


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
    session.execute(delete(Staged).where(Staged.run_id == run_id, Staged.feed == feed))


def _counted(
    context: RunContext, record: Record, known: RuleContext, *, received: Counter[tuple[Told, str]]
) -> Iterable[Verdict]:
    """The verdicts of a record, counting it for its school (also when it leads to no row)."""
    record, cleaning = understood(record)
    part = told(record)
    if part is not None:
        received[part, _school(record, known)] += 1
    if isinstance(record, Person) and not record.active:
        return [Verdict(Kind.USER, record.key, "", "left")]
    found = [_with_facts(each, record) for each in judged(record, cleaning, known)]
    if not isinstance(record, Person) or record.birth_date is None:
        return found
    return [replace(each, birth_mark=_birth_mark(context, each.label, record.birth_date)) for each in found]


def _birth_mark(context: RunContext, label: str, born: date) -> str:
    """Nothing of a birth date is written but this."""
    return context.keyed_hash(f"{context.installation_id}:{label.casefold()}:{born.isoformat()}")


def _school(record: Record, known: RuleContext) -> str:
    match record:
        case Person():
            return record.main_building
        case Seat():
            return known.section_buildings.get(record.section, "")
        case GuardianLink():
            return ""
    return record.building


def _with_facts(answer: Verdict, record: Record) -> Verdict:
    """What is not wanted says what the SIS has; of links that are left out there are too many."""
    if answer.state == "ok" or (answer.state == "out" and answer.kind in JOINING):
        return answer
    return replace(answer, record=facts_of(record))


def _insert(session: Session, run_id: int, feed: Feed, answers: list[Verdict]) -> None:
    merged = [_row(run_id, feed, each) for each in answers if each.kind in JOINING]
    single = [_row(run_id, feed, each) for each in answers if each.kind not in JOINING]
    insert_rows(session, "staged", COLUMNS, single, on_conflict=twins.KEEP_BOTH)
    insert_rows(session, "staged", COLUMNS, merged, on_conflict=MERGE)


def _row(run_id: int, feed: Feed, each: Verdict) -> tuple[object, ...]:
    wanted = each.state == "ok" or each.kept_fields
    text = canonical(each.payload) if each.payload is not None and wanted else ""
    return (
        run_id,
        str(each.kind) if each.state != "left" else LEFT_PERSON,
        each.sis_id,
        each.building,
        each.parent,
        each.person,
        str(feed),
        str(each.role),
        each.number,
        each.natural_key,
        each.second_key,
        each.label,
        fingerprint(text) if text else "",
        text,
        each.state,
        each.reason.code,
        encoded(each.reason.values),
        each.record,
        each.birth_mark,
        " ".join(each.kept_fields),
        str(each.hides),
    )


def _with_what_was_read(context: RunContext, feed: Feed, known: RuleContext) -> RuleContext:
    """What this run has staged by now and later feeds refer to: courses, and the schools of sections."""
    mine = context.session.query(Staged).filter(Staged.run_id == context.run_id)
    if feed == Feed.SECTIONS:
        staged = mine.filter(Staged.kind == Kind.COURSE)
        rows = staged.with_entities(Staged.sis_id, Staged.label, Staged.number)
        courses = {key: CourseFacts(label, code) for key, label, code in rows}
        return replace(known, courses={**known.courses, **courses})
    if feed == Feed.SEATS:
        read = mine.filter(Staged.kind == Kind.SECTION).with_entities(Staged.sis_id, Staged.building)
        linked = links.read.buildings(context.district, Kind.SECTION)
        return replace(known, section_buildings={**linked, **{key: building for key, building in read}})
    return known
