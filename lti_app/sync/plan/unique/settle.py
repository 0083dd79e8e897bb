"""Before the diff: values that another one holds are left out or block their record, with the holder named.

A shared email address is left out: the account goes by its username, or keeps the address it has. Another
value blocks a record that Schoology does not have yet; one that it has keeps its former value, and a line of
its own says so. What is decided here depends on the rows and links alone, so a second night decides the same.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from lti_app.models import Action, Run, Staged, StagedState
from lti_app.outbound.errors import Permanent
from lti_app.school.desired import canonical, fingerprint
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import Reason, because, several
from lti_app.school.records import OBJECTS, Kind
from lti_app.school.run_kinds import RunKind
from lti_app.store import links, refusals
from lti_app.store.district import District
from lti_app.sync import scope
from lti_app.sync.plan.unique.claims import Claim, Holder, Holders, claims, linked_holders
from lti_app.sync.plan.unique.collisions import Refused, collisions
from lti_app.sync.plan.unique.values import KEY, NAMES, Value, former, plain

Rows = Callable[[], Iterable[Mapping[str, str]]]
"""Reads every account of Schoology, as rows of its export."""
EXPORTED = {"school_uid": "school_uid", "username": "name", "email": "mail"}


@dataclass(frozen=True)
class Collision:
    """A record that has to wait for a person: the value is another one's."""

    kind: Kind
    sis_id: str
    fingerprint: str
    reason: Reason
    linked: bool
    waits: bool = True
    """A person has to do something; False where only an email address was left out."""
    accounts: tuple[tuple[str, str, str], ...] = ()
    """(field, value, name) of what others hold; the name is that of an account that belongs to no record."""

    def known(self) -> refusals.Known:
        """What to remember of it."""
        action = Action.UPDATE if self.linked else Action.CREATE
        return refusals.Known(
            self.kind,
            self.sis_id,
            action if self.waits else refusals.LEFT_OUT,
            self.fingerprint,
            self.reason,
            asked=canonical({name: value for name, value, _ in self.accounts}) if self.accounts else "",
            holder=next((holder for _, _, holder in self.accounts if holder), ""),
        )


def settle(session: Session, run: Run, people: Rows) -> list[Collision]:
    """Decide on every unique value of a run, and change its rows. `people` is asked only for values that no
    link explains. The caller commits."""
    found: list[Collision] = []
    for kind in OBJECTS:
        if kind in scope.kinds_of(run):
            found += _settle(session, run, kind, people)
    return found


def _settle(session: Session, run: Run, kind: Kind, people: Rows) -> list[Collision]:
    known = refusals.of(District(session, run.installation_id), kind)
    wanting = claims(session, run, kind)
    if run.what != RunKind.ONE:
        wanting = {sis_id: each for sis_id, each in wanting.items() if not _stays(each, known.get(sis_id))}
    wanted = {value for claim in wanting.values() for value in claim.wants.items()}
    if not wanted:
        return []
    holders = linked_holders(session, run, kind, wanted)
    for claim in wanting.values():
        was = known.get(claim.sis_id)
        if was and was.holder and was.fingerprint == claim.fingerprint and run.what != RunKind.ONE:
            for value in json.loads(was.asked).items():
                holders.add(value, Holder(was.holder))
    refused = collisions(wanting, holders)
    if kind == Kind.USER and not run.notes.recover:  # what the app made and lost is no stranger's
        asked = _unexplained(wanting, holders, {} if run.what == RunKind.ONE else known)
        if asked:
            _add_accounts(session, run, holders, asked=asked, people=people)
            refused = collisions(wanting, holders)
    still = {sis_id for sis_id, _ in refused}
    _forget_solved(
        session, run, kind, {key: was for key, was in known.items() if key in wanting.keys() - still}
    )
    return _apply(session, run, kind, wanting=wanting, refused=refused)


def _forget_solved(session: Session, run: Run, kind: Kind, known: Mapping[str, refusals.Known]) -> None:
    """What a plan found taken, and what no one has anymore because another record changed, is sent again."""
    found_by_plan = {sis_id for sis_id, each in known.items() if not each.words and not _by_schoology(each)}
    refusals.forget(District(session, run.installation_id), kind, found_by_plan)


def _stays(claim: Claim, known: refusals.Known | None) -> bool:
    """Schoology refused just this update before: it is not sent, and nothing is given up by it."""
    if known is None or claim.holds is None or known.action != Action.UPDATE:
        return False
    return known.fingerprint == claim.fingerprint and _by_schoology(known)


def _by_schoology(known: refusals.Known) -> bool:
    return known.reason.code in (Code.REFUSED_BY_SCHOOLOGY, Code.KEY_TAKEN_IN_SCHOOLOGY)


def _unexplained(
    wanting: Mapping[str, Claim], holders: Holders, known: Mapping[str, refusals.Known]
) -> set[Value]:
    """The values that are new to their records, and of which nothing is known: maybe an account of Schoology
    holds them that the app did not make."""
    return {
        value
        for claim in wanting.values()
        if (was := known.get(claim.sis_id)) is None or was.fingerprint != claim.fingerprint
        for value in claim.new_values()
        if value not in holders.of
    }


def _add_accounts(session: Session, run: Run, holders: Holders, *, asked: set[Value], people: Rows) -> None:
    """Note the accounts of Schoology that hold one of these values and belong to no record."""
    session.commit()
    try:
        there = [
            (str(row.get("uid")), f"{row.get('name_first', '')} {row.get('name_last', '')}".strip(), value)
            for row in people()
            for value in ((name, plain(row.get(column))) for name, column in EXPORTED.items())
            if value in asked
        ]
    except Permanent:
        return
    mine = District(session, run.installation_id)
    linked = links.read.sis_ids(mine, Kind.USER, {uid for uid, _, _ in there}) if there else {}
    for uid, name, value in there:
        if uid not in linked:
            holders.add(value, Holder(name))


def _apply(
    session: Session, run: Run, kind: Kind, *, wanting: Mapping[str, Claim], refused: Refused
) -> list[Collision]:
    found: dict[str, list[tuple[str, Sequence[Holder]]]] = {}
    for (sis_id, name), others in sorted(refused.items()):
        found.setdefault(sis_id, []).append((name, others))
    made: list[Collision] = []
    for sis_id, fields in found.items():
        row = session.get_one(Staged, (run.id, kind, sis_id))
        made += _leave_out(row, wanting[sis_id], fields)
    session.flush()
    return made


def _leave_out(
    row: Staged, claim: Claim, fields: Sequence[tuple[str, Sequence[Holder]]]
) -> Iterable[Collision]:
    """Take refused values out of a row; what has to wait for a person."""
    payload: dict[str, Any] = json.loads(row.payload)
    held: dict[str, Any] = json.loads(claim.held or "{}")
    kind, waits, accounts = Kind(row.kind), False, []
    why: list[Reason] = []
    for name, others in fields:
        accounts += [(name, claim.wants[name], "" if each.sis_id else each.label) for each in others]
        why.append(_why(name, str(payload[name]), others))
        linked = claim.holds is not None
        payload[name] = former(str(held.get(name) or "")) if linked else ""
        waits = waits or name != "email"
    if kind == Kind.USER and not payload["username"] and not payload["email"]:
        waits = True
    row.reason = several(*why)
    if waits and claim.holds is None:
        row.state = StagedState.BLOCKED
    else:
        row.payload = canonical(payload)
        row.fingerprint = fingerprint(row.payload)
        row.natural_key = str(payload[KEY[kind]])
        row.second_key = plain(payload.get("email")) if kind == Kind.USER else row.second_key
    if waits or accounts:
        linked, told = claim.holds is not None, tuple(accounts)
        yield Collision(kind, row.sis_id, claim.fingerprint, row.reason, linked, waits, told)


def _why(name: str, value: str, others: Sequence[Holder]) -> Reason:
    who = sorted({each.told for each in others})
    if name == "email":
        return because(Code.EMAIL_LEFT_OUT, value=value, who=who)
    code = Code.VALUE_TAKEN if all(each.sis_id for each in others) else Code.VALUE_TAKEN_BY_ACCOUNT
    return because(code, name=NAMES[name], value=value, who=who)
