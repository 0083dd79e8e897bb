"""Who does not get a value, because another one holds it or claims it too. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from lti_app.sync.plan.unique.claims import Claim, Holder, Holders
from lti_app.sync.plan.unique.values import Value

SIGN_IN = ("username", "email")
Refused = dict[tuple[str, str], tuple[Holder, ...]]
"""(SIS id, field) → who has the value."""


def collisions(claims: Mapping[str, Claim], holders: Holders) -> Refused:
    """The values that cannot be given, each with those who have or want it too.

    A value goes to its only claimant once its holder gives it up in the same run. Who does not get a new
    value keeps the old one, so others may not get that; hence the rounds.
    """
    refused: Refused = {}
    while True:
        found = {
            (claim.sis_id, value[0]): others
            for value, group in _by_value(claims, refused).items()
            for claim, others in _losers(value[0], group, _keepers(value, holders, claims, refused))
        }
        if not found:
            return refused
        refused |= found


def _by_value(claims: Mapping[str, Claim], refused: Refused) -> dict[Value, list[Claim]]:
    groups: dict[Value, list[Claim]] = defaultdict(list)
    for claim in claims.values():
        for value in claim.new_values():
            if (claim.sis_id, value[0]) not in refused:
                groups[value].append(claim)
    return groups


def _keepers(value: Value, holders: Holders, claims: Mapping[str, Claim], refused: Refused) -> list[Holder]:
    """Its holders, but for those who give it up in this run."""
    name, text = value
    return [
        holder
        for holder in holders.of.get(value, ())
        if (claim := claims.get(holder.sis_id)) is None
        or claim.wants.get(name) == text
        or (holder.sis_id, name) in refused
    ]


def _losers(
    field: str, group: Sequence[Claim], keepers: Sequence[Holder]
) -> list[tuple[Claim, tuple[Holder, ...]]]:
    found = []
    for claim in group:
        others = [
            each for each in keepers if each.sis_id != claim.sis_id and not _comes_back(claim, each, field)
        ]
        others += [Holder(each.label, each.sis_id) for each in group if _beats(each, claim, group)]
        if others:
            found.append((claim, tuple(others)))
    return found


def _comes_back(claim: Claim, holder: Holder, field: str) -> bool:
    """Whether a record that left has come under another id, which is a person's to decide (new_ids). Of one
    that left on an earlier night only the sign-in tells that: a number may be another person's by now."""
    left = holder.gone if field in SIGN_IN else holder.leaving
    return left and claim.holds is None and claim.label.casefold() == holder.label.casefold()


def _beats(one: Claim, other: Claim, group: Sequence[Claim]) -> bool:
    """Students and staff come before parents; among equals no one gets the value."""
    if one is other:
        return False
    if one.guardian != other.guardian:
        return other.guardian
    rivals = [each for each in group if each.guardian == other.guardian]
    return len(rivals) > 1
