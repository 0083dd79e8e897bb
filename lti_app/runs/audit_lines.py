"""Lines of the audit as people read them: the names behind their ids are looked up each time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from lti_app.lti import readers
from lti_app.models import Audit
from lti_app.runs.record_names import record_name
from lti_app.runs.words.reasons import setting
from lti_app.school.records import OBJECTS, Kind
from lti_app.store import audit, links
from lti_app.store.bulk import AT_ONCE, chunks
from lti_app.store.district import District

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
    records = {(each.kind, each.sis_id) for each in rows if each.kind in OBJECTS}
    labels = {
        (kind, sis_id): label
        for kind in {kind for kind, _ in records}
        for sis_id, label in links.read.labels(
            district, Kind(kind), [i for k, i in records if k == kind]
        ).items()
    }

    def named(text: str) -> str:
        return UID.sub(lambda found: _of_account(found[1], names), text)

    return [
        AuditLine(
            at=each.at,
            who=(names.get(each.uid) or f"{audit.ACCOUNT}{each.uid}") if each.uid else each.name,
            uid=each.uid,
            what=named(_what(each, labels.get((each.kind, each.sis_id), ""))),
            old=named(setting(each.old)),
            new=named(setting(each.new)),
        )
        for each in rows
    ]


def _what(row: Audit, label: str) -> str:
    if not row.sis_id:
        return row.what
    key = record_name(row.sis_id)
    return f"{row.what}: {label} ({key})" if label else f"{row.what}: {key}"


def _of_account(uid: str, names: dict[str, str]) -> str:
    return f"{names[uid]} ({audit.ACCOUNT}{uid})" if uid in names else f"{audit.ACCOUNT}{uid}"
