"""What of a reading goes to the SIS now, and what waits for a person. Pure: all it needs was gathered.

One answer for a press, live sync, a removal by hand and a person's decision: what takes something from the
SIS (deletes, clears, replaced scores, due dates moved in mass) passes the same brake, whoever asks for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from lti_app.grades.rules.compare import ScoreAction, ScoreLine, text_of
from lti_app.grades.rules.delete_brake import NOTHING, Load, judge
from lti_app.grades.rules.held import Held, Loss, Move, Pair
from lti_app.grades.rules.waiting import Waiting
from lti_app.grades.rules.work import ItemWork
from lti_app.school.gradebook import Assignment


@dataclass(frozen=True)
class Wish:
    """What is asked for. `items`: only these, copied ones among them released by being named; empty for all.
    `failed_only`: only what failed before. `approved_only`: nothing but what a person has just approved."""

    items: frozenset[str] = frozenset()
    failed_only: bool = False
    approved_only: bool = False
    only_sends: bool = False
    """Items of which nothing is sent are left out, also those that cannot be sent."""
    shown: Mapping[Pair, str] | None = None
    """(item, student) → the SIS's value that the person who pressed was shown as one to be replaced; None
    where no one pressed."""


@dataclass(frozen=True)
class Facts:
    """`works`: what the wish is about, without what is opted out; `everything`: every item that takes part.
    `deletes`: the assignments that this job may delete; `gone`: all items that Schoology does not list."""

    works: Sequence[ItemWork]
    everything: Sequence[ItemWork]
    deletes: Sequence[Assignment] = ()
    gone: frozenset[str] = frozenset()
    backlog: Waiting = field(default_factory=Waiting)
    refused: Waiting = field(default_factory=Waiting)
    held: Held = field(default_factory=Held)
    kept: frozenset[Pair] = frozenset()
    """Scores that the SIS keeps by a person's word."""
    items_load: Load = NOTHING
    """What went lately, and what is there; `now` is filled in here."""
    scores_load: Load = NOTHING
    lost_lately: frozenset[Pair] = frozenset()
    """Scores that were cleared or replaced within the brake's window."""
    deleted_everywhere: int = 0
    zone_changed: bool = False
    """The Acting User's time zone is another one than when the due dates were last sent."""


@dataclass(frozen=True)
class Decision:
    """What goes. `held` is what waits from now on, with what stays approved."""

    works: tuple[ItemWork, ...]
    deletes: tuple[Assignment, ...]
    held: Held


def decide(facts: Facts, wish: Wish, now: datetime) -> Decision:
    """Decide once, about everything."""
    asked = [_ask_unseen(_narrowed(each, facts), wish.shown) for each in facts.works]
    losses, moves = losses_of(asked, facts.kept), _moves(facts)
    held = _judged(facts, losses, moves, now)
    going = [_without_held(each, held, facts.kept) for each in asked]
    deletes = [each for each in facts.deletes if each.item_id not in held.delete]
    if wish.only_sends:
        going = [each for each in going if each.sends or each.send_assignment]
    if wish.approved_only:
        going = [found for each in going if (found := _approved(each, held)) is not None]
        deletes = [each for each in deletes if each.item_id in held.approved_deletes]
    return Decision(tuple(going), tuple(deletes), held)


def losses_of(works: Sequence[ItemWork], kept: frozenset[Pair] = frozenset()) -> set[Loss]:
    """What the works would take from the SIS that no one has agreed to."""
    return {
        _loss(line)
        for work in works
        for line in work.losses
        if not line.agreed and not (line.loss == "clear" and (line.item_id, line.student_id) in kept)
    }


def _loss(line: ScoreLine) -> Loss:
    return Loss(line.item_id, line.student_id, text_of(line.before), text_of(line.desired))


def _narrowed(work: ItemWork, facts: Facts) -> ItemWork:
    """Without what waits from before live sync, and what the SIS refused and is not tried again."""
    return facts.refused.without(facts.backlog.without(work))


def _ask_unseen(work: ItemWork, shown: Mapping[Pair, str] | None) -> ItemWork:
    """What would replace a value of the SIS that the person who pressed was not shown waits for them."""
    if shown is None:
        return work
    lines = tuple(
        replace(each, action=ScoreAction.CONFLICT) if _unseen(each, shown) else each for each in work.lines
    )
    return replace(work, lines=lines)


def _unseen(line: ScoreLine, shown: Mapping[Pair, str]) -> bool:
    replaces = line.action == ScoreAction.SEND and line.overwrites and bool(line.loss) and not line.agreed
    return replaces and shown.get((line.item_id, line.student_id)) != text_of(line.before)


def _moves(facts: Facts) -> set[Move]:
    if not facts.zone_changed:
        return set()
    return {
        Move(
            work.item_id,
            work.judged.item.title,
            work.there.due.isoformat(),
            work.judged.assignment.due.isoformat(),
        )
        for work in facts.everything
        if work.moves_due and work.there is not None and work.judged.assignment is not None
    }


def _judged(facts: Facts, losses: set[Loss], moves: set[Move], now: datetime) -> Held:
    """The brake, over what goes now together with what went lately. What this job is not about waits on, as
    long as it is still so."""
    held = Held.load(facts.held.dump())
    deletes = {each.item_id: each.title for each in facts.deletes}
    open_losses = losses - held.approved_clears
    pairs = {(each.item, each.student) for each in losses}
    lately = len(facts.lost_lately - pairs)
    why = judge(
        replace(facts.items_load, now=len(set(deletes) - held.approved_deletes)),
        replace(facts.scores_load, now=len(open_losses), lately=lately),
        facts.deleted_everywhere,
        replaces=sum(1 for each in open_losses if each.after.partition("\n")[0]),
        due=Load(len(moves - held.approved_due), 0, sum(1 for each in facts.everything if each.there)),
    )
    elsewhere = {each.item_id for each in facts.everything} - {each.item_id for each in facts.works}
    waits = losses_of([each for each in facts.everything if each.item_id in elsewhere], facts.kept)
    known = held.pairs | {(each.item, each.student) for each in held.approved_clears}
    losses = losses | {each for each in waits if (each.item, each.student) in known}
    others = {
        each: title for each, title in held.delete.items() if each in facts.gone and each not in deletes
    }
    asked = held.approved_deletes & facts.gone
    held.hold({**dict.fromkeys(asked, ""), **others, **deletes}, losses, why, now, moves=moves)
    return held


def _without_held(work: ItemWork, held: Held, kept: frozenset[Pair]) -> ItemWork:
    """What of an item goes."""
    waiting = held.pairs | {
        (each.item_id, each.student_id)
        for each in work.losses
        if each.loss == "clear" and (each.item_id, each.student_id) in kept
    }
    lines = tuple(
        each
        for each in work.lines
        if each.action != ScoreAction.SEND or (each.item_id, each.student_id) not in waiting
    )
    moves = any(each.item == work.item_id for each in held.due)
    return replace(work, lines=lines, send_assignment=work.send_assignment and not moves)


def _approved(work: ItemWork, held: Held) -> ItemWork | None:
    """Only what a person has approved; None for nothing."""
    lines = tuple(each for each in work.sends if each.loss and _loss(each) in held.approved_clears)
    moves = any(each.item == work.item_id for each in held.approved_due)
    if not lines and not moves:
        return None
    return replace(work, lines=lines, send_assignment=work.send_assignment and moves)
