"""What every part of a drift check shares: links batch by batch, and the lines that are written."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lti_app.models import Action, ChangeState
from lti_app.school.desired import canonical
from lti_app.school.reason_codes import Code
from lti_app.school.records import Kind
from lti_app.store import links
from lti_app.store.bulk import insert_rows
from lti_app.store.links.lists import LinkRow
from lti_app.sync.changes import TARGET
from lti_app.sync.context import RunContext


def batches(context: RunContext, kind: Kind, size: int) -> Iterator[Sequence[LinkRow]]:
    """The links of a kind in the order of their SIS ids, so many at a time; no transaction stays open.

    What has left the SIS is the administrators' to remove, so it may be gone and is not looked at.
    """
    last = ""
    while True:
        rows = links.lists.batch_after(context.district, kind, last, size)
        context.session.commit()
        if not rows:
            return
        yield rows
        last = rows[-1].sis_id


class DriftLines:
    """Numbers the lines of a check and writes them down."""

    def __init__(self, context: RunContext) -> None:
        self._context, self._seq = context, 0
        self.missing: dict[str, list[str]] = {}
        """Kind → SIS ids of what is certainly not in Schoology any more."""

    def differ(self, link: LinkRow, seen: str, why: Code) -> None:
        """A linked object reads otherwise, or is not there."""
        self._write({**link._mapping, "action": str(Action.DIFFER), "after": seen, "reason_code": str(why)})

    def gone(self, link: LinkRow) -> None:
        """A linked object was deleted in Schoology."""
        self.missing.setdefault(link.kind, []).append(link.sis_id)

    def keep(self, values: Mapping[str, Any]) -> None:
        """Something that is not the app's, and stays."""
        self._write({**values, "action": str(Action.KEEP)})

    def compare(self, link: LinkRow, seen: Mapping[str, Any]) -> None:
        """One line when a field that the app set reads otherwise now."""
        wanted = json.loads(link.payload or "{}")
        other = {
            name: value
            for name, value in seen.items()
            if name in wanted and wanted[name] not in ("", None) and _text(wanted[name]) != _text(value)
        }
        if other:
            self.differ(link, canonical({**wanted, **other}), Code.CHANGED_IN_SCHOOLOGY)

    def report(self, phase: str) -> None:
        """Commit what was written and tell how far the check is; may raise JobCanceled or JobLost."""
        self._context.progress.report(f"looking_{phase}", self._seq, 0)

    def _write(self, values: Mapping[str, Any]) -> None:
        self._seq += 1
        line = {
            "installation_id": self._context.installation_id,
            "run_id": self._context.run_id,
            "seq": self._seq,
            "before": values.get("payload") or "",
            "state": str(ChangeState.DISCARDED),
            "batch": 0,
            "words": "",
        }
        row = tuple(line.get(name, values.get(name) or "") for name in TARGET)
        insert_rows(self._context.session, "change", TARGET, [row])


def _text(value: Any) -> str:
    return ",".join(str(each) for each in value) if isinstance(value, list) else str(value or "")
