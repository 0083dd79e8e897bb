"""What becomes of a change after Schoology answered: its state, its link, its words, in one commit."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable

from sqlalchemy.exc import IntegrityError

from lti_app import clock
from lti_app.models import Action, Change, ChangeState, LinkState
from lti_app.school.desired import canonical
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import Reason, because
from lti_app.school.records import JOINING, Kind
from lti_app.schoology.port import BULK, Outcome
from lti_app.store import links, refusals
from lti_app.store.bulk import chunks
from lti_app.store.district import District
from lti_app.sync.context import RunContext
from lti_app.sync.plan.unique import swaps

VALUES = ("school_uid", "username", "email")
PRESENT = {Kind.ENROLLMENT: Code.ALREADY_ENROLLED, Kind.PARENT_LINK: Code.ALREADY_LINKED}


def write_outcomes(district: District, answered: Iterable[tuple[Change, Outcome]]) -> None:
    """Record outcomes and links. A Schoology object that is linked to another record fails its own line only.

    The caller commits.
    """
    pairs = list(answered)
    created: list[tuple[Change, links.write.Pair]] = []
    for change, outcome in pairs:
        pair = _settle_one(district, change, outcome)
        if pair is not None:
            created.append((change, pair))
    _remove_ended(district, [change for change, _ in pairs])
    try:
        with district.session.begin_nested():
            links.write.record(district, [pair for _, pair in created])
    except IntegrityError:
        _record_one_by_one(district, created)
    _remember(district, pairs)


def write_unsendable(district: District, lines: Iterable[tuple[Change, Reason]]) -> None:
    """Fail what refers to something that Schoology doesn't have, each line with its reason. A parent link
    ended with the account that is gone. The caller commits."""
    pairs = list(lines)
    for change, reason in pairs:
        change.finished_at = clock.now()
        if change.action == Action.DROP and change.kind == Kind.PARENT_LINK:
            _done(change)
        else:
            change.state, change.reason = ChangeState.FAILED, reason
    _remove_ended(district, [change for change, _ in pairs])


def _remember(district: District, pairs: Iterable[tuple[Change, Outcome]]) -> None:
    """What Schoology refused is not sent again until something changes; what worked is forgotten."""
    refused: list[refusals.Known] = []
    worked: dict[str, dict[str, str]] = defaultdict(dict)
    for change, outcome in pairs:
        if outcome.gone:
            continue
        if change.state == ChangeState.DONE:
            worked[change.kind][change.sis_id] = change.fingerprint
        elif change.state == ChangeState.FAILED and change.wave != swaps.BACK and _is_final(outcome):
            wanted = swaps.wanted_in_the_end(district, change) if change.wave == swaps.FIRST else change
            told = {name: getattr(change, name) for name in ("action", "reason", "words")}
            told |= {"fingerprint": wanted.fingerprint, "asked": _in_question(wanted)}
            refused.append(refusals.Known(change.kind, change.sis_id, **told))
    refusals.note(district, refused)
    if worked and refusals.any_of(district):
        for kind, done in worked.items():
            refusals.forget(district, kind, done.keys(), fingerprints=set(done.values()))


def _in_question(change: Change) -> str:
    """The unique values that a refused person was to get: as long as an account holds one, it is not sent."""
    if change.kind != Kind.USER:
        return ""
    before, after = json.loads(change.before or "{}"), json.loads(change.after or "{}")
    names = ("school_uid", "username", "email")
    return canonical(
        {name: after[name] for name in names if after.get(name) and after[name] != before.get(name)}
    )


def _is_final(outcome: Outcome) -> bool:
    """Whether sending it again tomorrow would bring the same answer."""
    return outcome.code < 500 and outcome.code not in (401, 429)


def _settle_one(district: District, change: Change, outcome: Outcome) -> links.write.Pair | None:
    """Set the change's state; the link that should stand afterwards, if any."""
    change.words = outcome.words
    if outcome.ambiguous:
        if change.action == Action.CREATE:
            change.schoology_id = outcome.schoology_id
        return None
    change.finished_at = clock.now()
    change.schoology_id = outcome.schoology_id or change.schoology_id
    if outcome.ok:
        return _done(change)
    if outcome.conflict and change.kind in JOINING and change.action == Action.CREATE:
        return _found_present(change)
    change.state = ChangeState.FAILED
    change.reason = _reason(change, outcome)
    if outcome.gone:
        links.write.set_state(district, change.kind, [change.sis_id], state=LinkState.MISSING)
    return None


def _done(change: Change) -> links.write.Pair | None:
    change.state = ChangeState.DONE
    return None if change.action == Action.DROP else pair_of(change, LinkState.OWNED)


def _remove_ended(district: District, changes: Iterable[Change]) -> None:
    """Remove the links of what ended in Schoology, all of a kind with one statement."""
    ended: dict[str, list[str]] = defaultdict(list)
    for each in changes:
        if each.action == Action.DROP and each.state == ChangeState.DONE:
            ended[each.kind].append(each.sis_id)
    for kind, sis_ids in ended.items():
        links.write.remove(district, kind, sis_ids)


def _found_present(change: Change) -> links.write.Pair | None:
    """Someone had enrolled this person, or linked this parent: the app takes note and will not remove it."""
    change.state = ChangeState.DONE
    change.reason = because(PRESENT[Kind(change.kind)])
    return pair_of(change, LinkState.ADOPTED) if change.schoology_id else None


def pair_of(change: Change, state: LinkState) -> links.write.Pair:
    """The link that an applied change leaves behind."""
    return links.write.Pair(
        kind=change.kind,
        sis_id=change.sis_id,
        schoology_id=change.schoology_id,
        building=change.building,
        parent=change.parent if change.wave >= 0 else "",
        person=change.person,
        role=change.role,
        number=change.number,
        natural_key=change.natural_key,
        label=change.label,
        fingerprint=change.fingerprint,
        payload=change.after,
        state=state,
    )


def _record_one_by_one(district: District, created: list[tuple[Change, links.write.Pair]]) -> None:
    for change, pair in created:
        try:
            with district.session.begin_nested():
                links.write.record(district, [pair])
        except IntegrityError:
            change.state = ChangeState.FAILED
            change.reason = because(Code.LINKED_TO_ANOTHER, kind=change.kind)


def _reason(change: Change, outcome: Outcome) -> Reason:
    if outcome.gone:
        return because(Code.GONE_FROM_SCHOOLOGY, kind=change.kind)
    if outcome.conflict and change.action != Action.DROP:
        return because(Code.KEY_TAKEN_IN_SCHOOLOGY, kind=change.kind)
    if change.action == Action.DROP:
        return because(Code.END_REFUSED, words=outcome.words)
    return because(Code.REFUSED_BY_SCHOOLOGY, kind=change.kind)


def note_deleted_sections(context: RunContext, sis_ids: Collection[str]) -> None:
    """Mark those that Schoology has no more as *missing*: a person decides on them. Commits."""
    district = context.district
    there = links.read.schoology_ids(district, Kind.SECTION, sis_ids)
    district.session.commit()
    for batch in chunks(there.items(), BULK):
        members = context.schoology.members([schoology_id for _, schoology_id in batch])
        gone = [sis_id for sis_id, schoology_id in batch if members[schoology_id] is None]
        links.write.set_state(district, Kind.SECTION, gone, state=LinkState.MISSING)
        district.session.commit()
