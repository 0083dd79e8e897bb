"""After the diff: a value is given up before it is taken.

Lines that take what another line of the plan gives up get a later wave. Where lines want each other's values,
a swap of usernames and emails goes through an interim value; other swaps are held with every record named.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from lti_app.models import Action, Change, ChangeState, Run
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import because
from lti_app.school.records import OBJECTS, Kind
from lti_app.store.bulk import AT_ONCE
from lti_app.sync.plan.unique import swaps
from lti_app.sync.plan.unique.values import NAMES, Value, every_value

OPEN = (ChangeState.PLANNED, ChangeState.HELD)


@dataclass
class Line:
    """A line that gives up or takes a unique value."""

    id: int
    label: str
    takes: set[Value] = field(default_factory=set)
    gives: set[Value] = field(default_factory=set)


def put_in_order(session: Session, run: Run, *, swap_now: bool) -> int:
    """Order the open lines of a plan; how many records are held because they swap what cannot be swapped.
    `swap_now`: swaps of usernames and emails may be sent by this run. The caller commits."""
    held = 0
    for kind in OBJECTS:
        lines = _lines(session, run, kind)
        if lines:
            held += _order(session, run, kind, lines, swap_now=swap_now)
    return held


def _lines(session: Session, run: Run, kind: Kind) -> dict[int, Line]:
    """The lines that give up a value which another one takes, and those others."""
    given: dict[Value, int] = {}
    found: dict[int, Line] = {}
    for change_id, label, before, after, section in _rows(session, run, kind, Action.UPDATE):
        gives = every_value(kind, before, section) - every_value(kind, after, section)
        if gives:
            found[change_id] = Line(change_id, label, gives=gives)
            given |= dict.fromkeys(gives, change_id)
    if not given:
        return {}
    for change_id, label, before, after, section in _rows(session, run, kind, Action.UPDATE, Action.CREATE):
        takes = (every_value(kind, after, section) - every_value(kind, before, section)) & given.keys()
        if takes:
            found.setdefault(change_id, Line(change_id, label)).takes = takes
    return found if any(line.takes for line in found.values()) else {}


def _rows(
    session: Session, run: Run, kind: Kind, *actions: Action
) -> Iterable[tuple[int, str, str, str, str]]:
    rows = session.execute(
        select(Change.id, Change.label, Change.before, Change.after, Change.parent)
        .where(
            Change.run_id == run.id,
            Change.kind == kind,
            Change.action.in_(actions),
            Change.state.in_(OPEN),
        )
        .execution_options(yield_per=AT_ONCE)
    )
    yield from ((each.id, each.label, each.before, each.after, each.parent) for each in rows)


def _order(session: Session, run: Run, kind: Kind, lines: Mapping[int, Line], *, swap_now: bool) -> int:
    giver = {value: line.id for line in lines.values() for value in line.gives}
    after = {line.id: {giver[each] for each in line.takes} - {line.id} for line in lines.values()}
    held, swapped = 0, {}
    for ring in _rings(after):
        values = {value for each in ring for value in lines[each].takes if giver[value] in ring}
        if kind == Kind.USER and {name for name, _ in values} <= {"username", "email"}:
            swapped[frozenset(ring)] = values
        else:
            waiting = _waiting_for(after, ring)
            _hold(session, [lines[each] for each in sorted(ring)], values, also=waiting)
            held += len(ring)
            after = _without(after, {*ring, *waiting})
    if swapped:
        after = _without(after, _swap(session, run, after, swapped, now=swap_now))
    _move_behind(session, run, kind, _waves(after))
    return held


Swaps = Mapping[frozenset[int], set[Value]]
"""Lines that want each other's values → these values."""


def _swap(session: Session, run: Run, after: Mapping[int, set[int]], found: Swaps, *, now: bool) -> set[int]:
    """Plan swaps, each after the lines that its own lines wait for. Where they may not be sent now, they wait
    with everybody who waits for them. The lines that have their place by that."""
    rings = {each for ring in found for each in ring}
    if not now:
        waiting = {*rings, *_waiting_for(after, rings)}
        for ring in found:
            swaps.put_off_ring(session, sorted(ring), also=sorted(waiting - rings))
        return waiting
    early = rings.union(*(_reached(after, each) for each in rings))
    swaps.plan(session, run, _levels(_without(after, after.keys() - early), found))
    return early


def _levels(after: Mapping[int, set[int]], found: Swaps) -> list[list[swaps.Part]]:
    """Lines and rings of lines in the order in which they can be sent: each level waits for those before."""
    whole = {each: ring for ring in found for each in ring}
    parts = {whole.get(each, frozenset({each})) for each in after}
    levels: list[list[swaps.Part]] = []
    done: set[int] = set()
    while parts:
        free = [part for part in parts if all(after[each] - part <= done for each in part)]
        levels.append([(sorted(part), found.get(part, set())) for part in sorted(free, key=min)])
        done |= {each for part in free for each in part}
        parts = parts.difference(free)
    return levels


def _waiting_for(after: Mapping[int, set[int]], ring: Collection[int]) -> set[int]:
    """The lines that wait for one of a ring, and are none of it."""
    return {each for each in after if each not in ring and not _reached(after, each).isdisjoint(ring)}


def _without(after: Mapping[int, set[int]], gone: Collection[int]) -> dict[int, set[int]]:
    return {each: before - set(gone) for each, before in after.items() if each not in gone}


def _hold(session: Session, ring: Sequence[Line], values: Iterable[Value], *, also: Collection[int]) -> None:
    """Let a ring wait for review, and who waits for it."""
    names = " and ".join(sorted({f"“{each.label}”" for each in ring}))
    what = " and ".join(sorted({NAMES[name] for name, _ in values}))
    reason = because(Code.SWAPPED_CODES, names=names, what=what)
    session.execute(
        update(Change)
        .where(Change.id.in_([*(each.id for each in ring), *also]))
        .values(state=ChangeState.HELD, reason=reason)
        .execution_options(synchronize_session=False)
    )


def _rings(after: Mapping[int, set[int]]) -> list[set[int]]:
    """The sets of lines that all wait for each other (strongly connected, more than one line)."""
    reach = {each: _reached(after, each) for each in after if after[each]}
    rings: list[set[int]] = []
    done: set[int] = set()
    for each in sorted(reach):
        if each in reach[each] and each not in done:
            ring = {other for other in reach[each] if each in reach.get(other, ())}
            done |= ring
            rings.append(ring)
    return rings


def _reached(after: Mapping[int, set[int]], start: int) -> set[int]:
    found: set[int] = set()
    todo = list(after[start])
    while todo:
        each = todo.pop()
        if each not in found:
            found.add(each)
            todo += after.get(each, ())
    return found


def _waves(after: Mapping[int, set[int]]) -> dict[int, int]:
    """Line → its wave: one more than that of the last line it waits for. Without rings."""
    waves = dict.fromkeys(after, 0)
    for _ in after:
        later = {each: max((waves[one] + 1 for one in before), default=0) for each, before in after.items()}
        if later == waves:
            break
        waves = later
    return {each: wave for each, wave in waves.items() if wave}


def _move_behind(session: Session, run: Run, kind: Kind, waves: Mapping[int, int]) -> None:
    """Give lines a wave and a place behind the others of their kind, wave by wave, and before what may depend
    on them."""
    if not waves:
        return
    sent = (Change.kind == kind, Change.action.in_((Action.CREATE, Action.UPDATE)), Change.state.in_(OPEN))
    place = session.scalar(select(func.max(Change.seq)).where(Change.run_id == run.id, *sent)) or 0
    swaps.make_room(session, run, len(waves), behind=place)
    for each, wave in sorted(waves.items(), key=lambda item: (item[1], item[0])):
        place += 1
        session.execute(update(Change).where(Change.id == each).values(wave=wave, seq=place))
