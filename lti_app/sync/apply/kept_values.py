"""Lines that would take a value that its holder was to give up and still has: they wait for another night."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.models import Action, Change, ChangeState
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import because
from lti_app.school.records import OBJECTS, Kind
from lti_app.store import links, refusals
from lti_app.store.bulk import AT_ONCE
from lti_app.store.district import District
from lti_app.sync.plan.unique.claims import Holder
from lti_app.sync.plan.unique.values import NAMES, Value, every_value

Involved = dict[Value, set[str]]
"""Value → the SIS ids of those that have it before a run or get it in a later wave."""


def involved(session: Session, run_id: int, kind: Kind) -> Involved:
    """Who may hold a value that a later wave takes: one pass over the updates of a run, and its waves."""
    rows = session.execute(
        select(Change.sis_id, Change.before, Change.after, Change.parent, Change.wave)
        .where(
            Change.run_id == run_id,
            Change.kind == kind,
            or_(Change.action == Action.UPDATE, Change.wave != 0),
            Change.before != Change.after,
        )
        .execution_options(yield_per=AT_ONCE)
    )
    found: Involved = defaultdict(set)
    for sis_id, before, after, parent, wave in rows:
        then, now = every_value(kind, before, parent), every_value(kind, after, parent)
        for value in (then | now) if wave else then - now:
            found[value].add(sis_id)
    return found


def leave_out(district: District, changes: Sequence[Change], among: Involved) -> list[Change]:
    """The lines of a later wave that may be sent; the others are discarded with the holder named, and are no
    news to the next run. The caller commits."""
    kind = Kind(changes[0].kind)
    takes = {each.id: _takes(kind, each) for each in changes}
    others = {sis_id for values in takes.values() for each in values for sis_id in among.get(each, ())}
    holding = _holding(district, kind, others)
    free, waiting = [], []
    for each in changes:
        kept = sorted(
            (value, holder)
            for value in takes[each.id]
            for holder in holding.get(value, ())
            if holder[0] != each.sis_id
        )
        if not kept:
            free.append(each)
            continue
        (name, value), (sis_id, label) = kept[0]
        who = [Holder(label, sis_id).told]
        shown = value.rpartition(":")[0].rpartition(":")[2] if name == "section_code" else value
        each.state, each.finished_at = ChangeState.DISCARDED, clock.now()
        each.reason = because(Code.VALUE_TAKEN, name=NAMES[name], value=shown, who=who)
        waiting.append(each)
    _remember(district, kind, waiting)
    return free


def _remember(district: District, kind: Kind, waiting: Sequence[Change]) -> None:
    """They wait with the one who keeps the value. What Schoology refused of them themselves stays known."""
    known = refusals.of(district, kind) if waiting else {}
    fresh = [each for each in waiting if not _is_known(each, known.get(each.sis_id))]
    refusals.note(
        district,
        (
            refusals.Known(each.kind, each.sis_id, refusals.WAITS, each.fingerprint, each.reason)
            for each in fresh
        ),
    )


def _is_known(line: Change, known: refusals.Known | None) -> bool:
    return known is not None and known.fingerprint == line.fingerprint


def is_judged(changes: Sequence[Change]) -> bool:
    """Whether lines are of a later wave, in which values are taken."""
    return bool(changes) and changes[0].wave != 0 and changes[0].kind in OBJECTS


def _takes(kind: Kind, line: Change) -> set[Value]:
    return every_value(kind, line.after, line.parent) - every_value(kind, line.before, line.parent)


def _holding(district: District, kind: Kind, sis_ids: set[str]) -> Mapping[Value, set[tuple[str, str]]]:
    """Value → (SIS id, name) of those who have it now."""
    found: dict[Value, set[tuple[str, str]]] = defaultdict(set)
    for sis_id, link in links.read.by_sis_id(district, kind, sis_ids).items():
        for value in every_value(kind, link.payload, link.parent):
            found[value].add((sis_id, link.label))
    return found
