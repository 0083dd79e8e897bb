"""Which records would get unique values, and who holds these: by set statements and one pass over links."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.models import Run, Staged, StagedState
from lti_app.school.records import Kind
from lti_app.school.run_kinds import RunKind
from lti_app.setup.choices import read_options
from lti_app.store import links
from lti_app.store.bulk import AT_ONCE, chunks
from lti_app.store.district import District
from lti_app.sync.plan.unique.values import Value, values_of


@dataclass(frozen=True)
class Claim:
    """A record whose values would change: what it wants, and what its link holds (None without one)."""

    sis_id: str
    label: str
    fingerprint: str
    wants: Mapping[str, str]
    holds: Mapping[str, str] | None = None
    held: str = ""
    """The payload of its link."""
    guardian: bool = False

    def new_values(self) -> Iterator[Value]:
        """What it wants and does not hold."""
        holds = self.holds or {}
        yield from ((name, value) for name, value in self.wants.items() if holds.get(name) != value)


@dataclass(frozen=True)
class Holder:
    """Who holds a value: a linked record, or an account that the app does not know (without an SIS id)."""

    label: str
    sis_id: str = ""
    leaving: bool = False
    """It was in use and is not in the SIS anymore, as this run has read it."""
    gone: bool = False
    """It left the SIS, now or earlier."""

    @property
    def told(self) -> tuple[str, str, bool]:
        """What a line tells of it: label, SIS id, whether it left the SIS."""
        return self.label, self.sis_id, self.gone


@dataclass
class Holders:
    """Value → its holders, of one kind."""

    of: dict[Value, list[Holder]] = field(default_factory=lambda: defaultdict(list))

    def add(self, value: Value, holder: Holder) -> None:
        """One more."""
        self.of[value].append(holder)


def claims(session: Session, run: Run, kind: Kind) -> dict[str, Claim]:
    """SIS id → claim, of the records of a run that are new or differ from what was last applied."""
    district = District(session, run.installation_id)
    guardians = read_options(district).role_ids.get("guardian", "") if kind == Kind.USER else ""
    rows = session.execute(
        links.conditions.with_staged_link(
            select(Staged.sis_id, Staged.label, Staged.fingerprint, Staged.payload), run.installation_id
        )
        .where(Staged.run_id == run.id, Staged.kind == kind, Staged.state == StagedState.OK)
        .execution_options(yield_per=AT_ONCE)
    )
    found: dict[str, Claim] = {}
    for sis_id, label, fingerprint, payload, applied, held in rows:
        if held is not None and applied == fingerprint:
            continue
        wanted: dict[str, Any] = json.loads(payload)
        found[sis_id] = Claim(
            sis_id,
            label,
            fingerprint,
            values_of(kind, wanted),
            None if held is None else values_of(kind, held),
            held or "",
            guardian=bool(guardians) and wanted.get("role_id") == guardians,
        )
    return found


def linked_holders(session: Session, run: Run, kind: Kind, wanted: Collection[Value]) -> Holders:
    """The linked records that hold one of these values, those that left the SIS long ago included."""
    found, mine = Holders(), District(session, run.installation_id)
    there: list[tuple[Value, Holder]] = []
    for sis_id, label, in_use, payload in links.lists.known_payloads(mine, kind):
        for value in values_of(kind, payload).items():
            if value in wanted:
                there.append((value, Holder(label, sis_id, leaving=in_use)))
    staged = _staged(session, run, kind, {holder.sis_id for _, holder in there})
    for value, holder in there:
        leaving = holder.leaving and run.what != RunKind.ONE and holder.sis_id not in staged
        found.add(value, replace(holder, leaving=leaving, gone=leaving or not holder.leaving))
    return found


def _staged(session: Session, run: Run, kind: Kind, sis_ids: Collection[str]) -> set[str]:
    found: set[str] = set()
    for part in chunks(sorted(sis_ids), AT_ONCE):
        mine = (Staged.run_id == run.id, Staged.kind == kind, Staged.sis_id.in_(part))
        found.update(session.scalars(select(Staged.sis_id).where(*mine)))
    return found
