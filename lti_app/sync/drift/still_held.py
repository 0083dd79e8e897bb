"""Whether what was refused or left out may work by now: an administrator may have freed a value in Schoology,
where no record of the SIS changes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lti_app.school.records import Kind
from lti_app.store import links, refusals
from lti_app.store.district import District
from lti_app.sync.context import RunContext
from lti_app.sync.plan.unique.settle import EXPORTED
from lti_app.sync.plan.unique.values import plain


@dataclass
class StillHeld:
    """The refusals that an account of Schoology still stands against, as its rows pass by."""

    known: Mapping[str, refusals.Known]
    wanted: Mapping[tuple[str, str], set[str]]
    """Field and value → the SIS ids of people who were refused it."""
    still: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, district: District) -> StillHeld:
        """Of the refusals of people that tell which values an account held."""
        known = refusals.of(district, Kind.USER)
        wanted: dict[tuple[str, str], set[str]] = {}
        for sis_id, each in known.items():
            for name, value in json.loads(each.asked or "{}").items():
                wanted.setdefault((name, plain(value)), set()).add(sis_id)
        return cls(known, wanted)

    def note(self, context: RunContext, rows: Sequence[Mapping[str, str]]) -> None:
        """Rows of the export: who holds what, and what former accounts of the app hold by now."""
        for row in rows:
            for name, column in EXPORTED.items():
                self.still |= self.wanted.get((name, plain(row.get(column))), set())
        links.write.note_released(
            context.district,
            {
                str(row.get("uid")): {"username": row.get("name", ""), "email": row.get("mail", "")}
                for row in rows
            },
        )

    def forget(self, context: RunContext) -> None:
        """At the end: what no account stands against is tried again by the next sync. Commits."""
        for kind in Kind:
            known = self.known if kind == Kind.USER else refusals.of(context.district, kind)
            refusals.forget(context.district, kind, known.keys() - self.still)
        context.session.commit()
