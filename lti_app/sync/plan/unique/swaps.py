"""People who swap usernames or email addresses: one of them gets an interim value for a moment.

The steps are lines of their own at the beginning of a plan, each wave sent once the one before was answered:
someone steps aside, the others follow, and who stepped aside gets the final values. A link holds the interim
value as soon as Schoology has it, so after any end of the process the next run finishes what was begun: there
is no swap anymore, only someone who waits for a value that is given up.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.models import Action, Change, ChangeState, Run
from lti_app.school.desired import canonical, fingerprint
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import Reason, because, encoded
from lti_app.school.records import Kind
from lti_app.store.bulk import insert_rows
from lti_app.store.district import District
from lti_app.sync.changes import TARGET
from lti_app.sync.plan.unique.values import Value, interim, plain

FIRST = -1000
"""The wave in which people step aside; those after it count up from here."""
BACK = -1
"""The wave of lines that give someone the former value again."""
NOT_DONE = (ChangeState.FAILED, ChangeState.DISCARDED, ChangeState.BLOCKED)
OPEN = (ChangeState.PLANNED, ChangeState.HELD)


Part = tuple[Sequence[int], Collection[Value]]
"""A line (its id, no value), or a ring of lines that wait for each other, with the values that they want."""


def put_off_ring(session: Session, ring: Sequence[int], *, also: Sequence[int]) -> None:
    """Let a ring wait for the night, and who waits for it."""
    lines = list(session.scalars(select(Change).where(Change.id.in_(ring)).order_by(Change.sis_id)))
    others = session.scalars(select(Change).where(Change.id.in_(also))).all() if also else []
    reason = because(Code.SWAP_WAITS, names=_names(lines))
    for each in (*lines, *others):
        each.state, each.reason, each.finished_at = ChangeState.DISCARDED, reason, clock.now()


def plan(session: Session, run: Run, levels: Sequence[Sequence[Part]]) -> None:
    """Break rings of lines that wait for each other. What a ring waits for is sent before it."""
    rings: list[_Ring] = []
    steps: list[tuple[Change, int]] = []
    alone: list[Change] = []
    wave = FIRST + 1
    for level in levels:
        ends = [wave]
        for ids, values in level:
            lines = list(session.scalars(select(Change).where(Change.id.in_(ids)).order_by(Change.sis_id)))
            if not values:
                steps.append((lines[0], wave))
                alone.append(lines[0])
                ends.append(wave + 1)
                continue
            ring = _Ring(lines, values, f"swap:{lines[0].sis_id}")
            steps += ring.steps(wave)
            ends.append(max(step for _, step in ring.steps(wave)) + 1)
            rings.append(ring)
        wave = max(ends)
    for each in alone:
        each.parent = rings[0].group
    _write(session, run, rings, sorted(steps, key=lambda each: each[1]))


@dataclass
class _Ring:
    """Lines that wait for each other; `group` is what all their steps are known by."""

    lines: Sequence[Change]
    values: Collection[Value]
    group: str
    aside: list[Change] = field(default_factory=list)
    """Those who step aside first."""

    def steps(self, first: int) -> list[tuple[Change, int]]:
        """Every line with its wave, from this wave on; those who stepped aside come last."""
        found: list[tuple[Change, int]] = []
        waiting, wave = list(self.lines), first
        self.aside = []
        while waiting:
            free = [each for each in waiting if not _blocked(each, waiting, self.aside, self.values)]
            if not free:
                self.aside.append(waiting.pop(0))
                continue
            found += [(each, wave) for each in free]
            waiting = [each for each in waiting if each not in free]
            wave += 1
        return [*found, *((each, wave + number) for number, each in enumerate(self.aside))]


def _names(lines: Sequence[Change]) -> str:
    return " and ".join(f"“{each.label}”" for each in lines)


def _blocked(
    line: Change, waiting: Sequence[Change], aside: Sequence[Change], values: Collection[Value]
) -> bool:
    """Whether someone who did not step aside still holds what a line takes."""
    takes = _values(line.after) & set(values)
    return any(takes & _values(each.before) for each in waiting if each is not line and each not in aside)


def _values(payload: str) -> set[Value]:
    held: Mapping[str, Any] = json.loads(payload or "{}")
    return {(name, plain(held.get(name))) for name in ("username", "email") if held.get(name)}


def _write(session: Session, run: Run, rings: Sequence[_Ring], steps: Sequence[tuple[Change, int]]) -> None:
    """Put the steps at the beginning of the plan."""
    aside = [(each, ring) for ring in rings for each in ring.aside]
    make_room(session, run, len(aside) + len(steps))
    rows = []
    for number, (each, ring) in enumerate(aside, start=1):
        after = _stepped_aside(each, ring.values, run)
        rows.append(_line(each, run, number, before=each.before, after=after, wave=FIRST, group=ring.group))
        rows[-1] |= _said(because(Code.SWAP_STEP, names=_names(ring.lines)))
    for number, (each, wave) in enumerate(steps, start=len(aside) + 1):
        each.seq, each.wave = number, wave
    for ring in rings:
        for each in ring.lines:
            each.parent = ring.group
    session.flush()
    _insert(session, rows)


def _stepped_aside(line: Change, values: Collection[Value], run: Run) -> str:
    """The payload that a line's record has now, with interim values for those that others wait for."""
    payload: dict[str, Any] = json.loads(line.before)
    mark = blake2b(f"{run.id}:{line.sis_id}".encode(), digest_size=4).hexdigest()
    for name in ("username", "email"):
        if (name, plain(payload.get(name))) in values:
            payload[name] = interim(str(payload[name]), mark)
    return canonical(payload)


def make_room(session: Session, run: Run, places: int, *, behind: int = 0) -> None:
    """Free places of a plan behind one, or the first; a place is unique at every moment."""
    mine = update(Change).where(Change.run_id == run.id).execution_options(synchronize_session="fetch")
    session.execute(mine.where(Change.seq > behind).values(seq=-(Change.seq + places)))
    session.execute(mine.where(Change.seq < 0).values(seq=-Change.seq))


def _line(  # noqa: PLR0913 - what makes a line
    line: Change, run: Run, seq: int, *, before: str, after: str, wave: int, group: str
) -> dict[str, Any]:
    copied = {name: getattr(line, name) for name in TARGET}
    fresh = {
        "run_id": run.id,
        "seq": seq,
        "action": str(Action.UPDATE),
        "parent": group,
        "fingerprint": fingerprint(after),
        "before": before,
        "after": after,
        "state": line.state,
        "batch": 0,
        "reason_code": "",
        "reason_values": "",
        "words": "",
    }
    return {**copied, **fresh, "wave": wave}


def _insert(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    columns = (*TARGET, "wave")
    values = [tuple(_plain(row[name]) for name in columns) for row in rows]
    insert_rows(session, "change", columns, values)


def _said(reason: Reason) -> dict[str, str]:
    return {"reason_code": reason.code, "reason_values": encoded(reason.values)}


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, str) else value


def keep_together(session: Session, run: Run) -> None:
    """After the brakes: where one step of a swap waits for review, all of them do. The caller commits."""
    held = select(Change.parent).where(
        Change.run_id == run.id, Change.wave < 0, Change.state != ChangeState.PLANNED
    )
    session.execute(
        update(Change)
        .where(Change.run_id == run.id, Change.wave < 0, Change.parent.in_(held.scalar_subquery()))
        .where(Change.state == ChangeState.PLANNED)
        .values(state=ChangeState.HELD)
        .execution_options(synchronize_session=False)
    )


def put_off(session: Session, run: Run) -> None:
    """Leave swaps for the nightly sync of which no step was sent yet. Commits."""
    begun = select(Change.parent).where(
        Change.run_id == run.id, Change.wave == FIRST, or_(Change.batch > 0, Change.state == ChangeState.DONE)
    )
    session.execute(
        update(Change)
        .where(Change.run_id == run.id, Change.wave < BACK, Change.state == ChangeState.PLANNED)
        .where(Change.parent.not_in(begun.scalar_subquery()))
        .values(state=ChangeState.DISCARDED, reason=because(Code.SWAP_PUT_OFF), finished_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    session.commit()


def wanted_in_the_end(district: District, step: Change) -> Change:
    """The line that gives someone who steps aside the final values."""
    same = (Change.run_id == step.run_id, Change.kind == step.kind, Change.sis_id == step.sis_id)
    after = (Change.action == Action.UPDATE, Change.wave > FIRST, Change.wave < BACK)
    return district.session.scalars(select(Change).where(*same, *after)).first() or step


def give_back(district: District, run: Run) -> int:
    """Plan lines that give the former values to those who stepped aside in vain: the rest of their swap was
    refused or left out. How many; commits."""
    session = district.session
    of_run = (Change.run_id == run.id, Change.kind == Kind.USER)
    stepped = session.scalars(select(Change).where(*of_run, Change.wave == FIRST)).all()
    rows = []
    last = session.scalar(select(func.max(Change.seq)).where(Change.run_id == run.id)) or 0
    for each in stepped:
        sent = Change.action == Action.UPDATE  # a line on a value that was left out says nothing of the swap
        same = (*of_run, sent, Change.sis_id == each.sis_id, Change.id != each.id)
        others = list(session.scalars(select(Change).where(*same)))
        lost = any(other.state in NOT_DONE and other.wave != BACK for other in others)
        if each.state != ChangeState.DONE or not lost or any(other.wave == BACK for other in others):
            continue
        last += 1
        rows.append(
            _line(each, run, last, before=each.after, after=each.before, wave=BACK, group=each.parent)
        )
        rows[-1] |= {"state": str(ChangeState.PLANNED), **_said(because(Code.SWAP_RETURNED))}
    _insert(session, rows)
    session.commit()
    return len(rows)
