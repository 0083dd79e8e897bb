"""What the rules say of one record of any SIS, after its texts were cleaned. Pure.

Whatever stands in a record, both databases can hold the answer: a record whose key they can't hold is a row
without a key.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lti_app.models import Hides
from lti_app.school import clean
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import NO_REASON, Reason, because, several
from lti_app.school.records import (
    BadRecord,
    Course,
    GuardianLink,
    Kind,
    Person,
    Record,
    Seat,
    Section,
)
from lti_app.school.row_codes import RowCode
from lti_app.sync import rules
from lti_app.sync.rules import RuleContext, Verdict

FIELDS = {"number": "sis_id", "login": "username"}
"""Field of a record → as pages call it, where that is not its own name."""


def understood(record: Record) -> tuple[Record, Reason]:
    """The record with clean texts, and what of the cleaning can be seen; a row whose key can't be kept as a
    BadRecord."""
    if isinstance(record, BadRecord):
        return _bad(record), NO_REASON
    for name, key in clean.keys_of(record).items():
        if not clean.is_storable(key):
            return _without_key(record, name, key), NO_REASON
    found, told = clean.clean(record)
    shown = (
        because(Code.TEXT_CLEANED, field=FIELDS.get(name, name), value=value) for name, value in told.items()
    )
    return found, several(*shown)


def verdicts(record: Record, known: RuleContext) -> Iterator[Verdict]:
    """What the rules say of one record as it came."""
    yield from judged(*understood(record), known)


def judged(record: Record, cleaning: Reason, known: RuleContext) -> Iterator[Verdict]:
    """What the rules say of a record after `understood`."""
    answer: Verdict | None
    match record:
        case BadRecord():
            answer = _of_bad(record, known)
        case GuardianLink():
            answer = rules.guardian_link(record, known)
        case Person():
            answer = rules.person(record, known)
        case Course():
            answer = rules.course(record, known)
        case Section():
            answer = rules.section(record, known)
        case Seat():
            answer = rules.seat(record, known)
    if answer is not None:
        told = bool(cleaning) and answer.state in ("ok", "blocked")
        yield replace(answer, reason=several(answer.reason, cleaning)) if told else answer


def _of_bad(record: BadRecord, known: RuleContext) -> Verdict:
    hides = _reach(record, known)
    answer = Verdict(
        record.kind,
        record.key,
        record.building,
        "blocked",
        because(Code.ROW_UNREADABLE, text=record.reason),
        parent=record.section,
        person=record.person,
        role=record.group or record.role,
        hides=hides,
    )
    if not hides:
        return answer
    return replace(answer, reason=several(answer.reason, because(Code.ROW_WITHOUT_KEY)))


def _reach(record: BadRecord, known: RuleContext) -> str:
    """Whose absence the row may explain, as narrowly as is safe."""
    if record.has_key:
        return ""
    if record.kind == Kind.ENROLLMENT and record.section:
        return Hides.SECTION
    if record.kind in (Kind.ENROLLMENT, Kind.PARENT_LINK) and record.person:
        return Hides.PERSON
    return Hides.BUILDING if record.building in known.buildings else Hides.EVERYWHERE


def _bad(record: BadRecord) -> BadRecord:
    """The same with texts that both databases can hold."""
    has_key = record.has_key and bool(record.key) and clean.is_storable(record.key)
    return replace(
        record,
        key=record.key if clean.is_storable(record.key) and record.key else clean.row_key(record),
        has_key=has_key,
        building=clean.cleaned(record.building),
        reason=Reason(record.reason.code, clean.cleaned_value(dict(record.reason.values))),
        section=record.section if clean.is_storable(record.section) else "",
        person=record.person if clean.is_storable(record.person) else "",
    )


def _without_key(record: Record, name: str, key: str) -> BadRecord:
    kinds = {
        Person: Kind.USER,
        Course: Kind.COURSE,
        Section: Kind.SECTION,
        Seat: Kind.ENROLLMENT,
        GuardianLink: Kind.PARENT_LINK,
    }
    found = BadRecord(
        kinds[type(record)],
        clean.row_key(record),
        record.main_building if isinstance(record, Person) else getattr(record, "building", ""),
        because(RowCode.CELL_BROKEN_TEXT, column=name, value=clean.written_out(key)),
        record.group if isinstance(record, Person) else "",
        has_key=False,
    )
    if isinstance(record, Seat):
        found = replace(found, section=record.section, person=record.person, role=record.role)
    return _bad(found)
