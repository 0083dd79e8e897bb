"""Lines of the audit as people read them: the names behind their ids are looked up each time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from lti_app.lti import readers
from lti_app.models import Audit
from lti_app.runs.record_names import record_name
from lti_app.runs.words.kinds import counted_kind
from lti_app.runs.words.pages import page_name
from lti_app.runs.words.reasons import setting
from lti_app.school.records import JOINING, OBJECTS, Kind
from lti_app.store import audit, links
from lti_app.store.bulk import AT_ONCE, chunks
from lti_app.store.district import District

END = {Kind.ENROLLMENT: Kind.SECTION, Kind.PARENT_LINK: Kind.USER}
"""What the parent of a record is that joins two."""
REVIEW = "Access to review"
"""How the lines begin that keep a decision on that list."""
DECIDED = {"counting": "new", "waiting": "needs review", "ended": "to be ended", "by_hand": "done by hand"}
"""Decision on the list → in words, where it isn't a word already."""
UID = re.compile(rf"\b{audit.ACCOUNT}(\d+)")


@dataclass(frozen=True)
class AuditLine:
    """One line. `who` is empty where the app itself changed something."""

    at: datetime
    who: str
    uid: str
    what: str
    old: str
    new: str


def each_line(district: District, rows: Iterable[Audit]) -> Iterator[AuditLine]:
    """Lines with the names of today, in parts, so that a whole audit can be streamed."""
    for part in chunks(rows, AT_ONCE):
        yield from told(district, part)


def told(district: District, rows: Sequence[Audit]) -> list[AuditLine]:
    """A few lines with the names of today. A person who was erased is named by their id."""
    texts = (text for each in rows for text in (each.what, each.old, each.new))
    uids = {each.uid for each in rows} | {uid for text in texts for uid in UID.findall(text)}
    names = links.read.labels_of_accounts(district, uids) | readers.names(district, uids)
    labels = _labels(district, rows)

    def named(text: str) -> str:
        return UID.sub(lambda found: _of_account(found[1], names), text)

    return [
        AuditLine(
            at=each.at,
            who=(names.get(each.uid) or f"{audit.ACCOUNT}{each.uid}") if each.uid else each.name,
            uid=each.uid,
            what=named(_what(each, labels.get((each.kind, each.sis_id), ""))),
            old=named(_value(each.what, each.old)),
            new=named(_value(each.what, each.new)),
        )
        for each in rows
    ]


def _labels(district: District, rows: Sequence[Audit]) -> dict[tuple[str, str], str]:
    """(kind, SIS id) → what a link calls the record, or both that it joins."""
    wanted: dict[str, set[str]] = {}
    for each in rows:
        wanted.setdefault(each.kind, set()).add(each.sis_id)
    found = {
        (str(kind), sis_id): f"{label} ({record_name(sis_id)})"
        for kind in OBJECTS
        for sis_id, label in links.read.labels(district, kind, wanted.get(kind, set())).items()
    }
    for kind in JOINING:
        for sis_id, link in links.read.by_sis_id(district, kind, wanted.get(kind, set())).items():
            first, second = _one(district, Kind.USER, link.person), _one(district, END[kind], link.parent)
            words = f"{first} in {second}" if kind == Kind.ENROLLMENT else f"{second} of {first}"
            found[str(kind), sis_id] = words
    return found


def _one(district: District, kind: Kind, sis_id: str) -> str:
    return links.read.labels(district, kind, [sis_id]).get(sis_id) or record_name(sis_id)


def _what(row: Audit, label: str) -> str:
    if not row.sis_id:
        return row.what
    kind = "" if row.kind == Kind.USER else f"{counted_kind(row.kind, 1)} "
    return f"{row.what}: {label or kind + record_name(row.sis_id)}"


def _value(what: str, kept: str) -> str:
    """A value before or after a change, as the pages that it comes from say it."""
    if what == audit.VIEWED:
        return page_name(kept)
    if what.startswith(REVIEW):
        state, _, number = kept.partition(" ")
        return f"{DECIDED.get(state, state)} {number}".strip()
    return setting(kept)


def _of_account(uid: str, names: dict[str, str]) -> str:
    return f"{names[uid]} ({audit.ACCOUNT}{uid})" if uid in names else f"{audit.ACCOUNT}{uid}"
