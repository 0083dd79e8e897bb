"""Whatever people hold and want, no one gets a value that another one has, at any moment."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st

from lti_app.models import ChangeState, RunState
from lti_app.school.records import Kind
from lti_app.schoology.port import Outcome, Outgoing
from lti_app.sync.plan.unique.claims import Claim, Holder, Holders
from lti_app.sync.plan.unique.collisions import collisions
from tests.fakes import FakeSchoology, Rows
from tests.support.records import course, seat, section, student
from tests.unit.conftest import Engine
from tests.unit.sync.plan.brakes.test_brakes import limit

NAMES = ("username", "email")
POOL = ("a", "b", "c", "d")
NIGHT = datetime(2026, 11, 24, 6, tzinfo=UTC)
"""One in the morning in New York."""
WANTED = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(POOL))


@st.composite
def districts(draw: st.DrawFn) -> tuple[dict[str, Claim], Holders, list[tuple[str, str]]]:
    """People who want values, the people who have them now, and the values that strangers have."""
    holders = Holders()
    free = {name: list(draw(st.permutations(POOL))) for name in NAMES}
    strangers = [(name, free[name].pop()) for name in NAMES if draw(st.booleans())]
    for value in strangers:
        holders.add(value, Holder("Stranger"))
    claims: dict[str, Claim] = {}
    for number in range(draw(st.integers(1, 5))):
        key, linked = f"student:{number}", draw(st.booleans())
        held = {name: free[name].pop() for name in NAMES if linked and free[name] and draw(st.booleans())}
        for value in held.items():
            holders.add(value, Holder(f"Name {number}", key))
        if linked and draw(st.integers(0, 3)) == 0:
            continue  # unchanged tonight, or gone
        claims[key] = Claim(
            key, f"Name {number}", "", draw(WANTED), held if linked else None, guardian=draw(st.booleans())
        )
    return claims, holders, strangers


@settings(max_examples=300)
@given(districts())
def test_every_value_has_one_holder_and_each_refusal_has_a_reason(
    district: tuple[dict[str, Claim], Holders, list[tuple[str, str]]],
) -> None:
    claims, holders, strangers = district

    refused = collisions(claims, holders)

    there = Counter(strangers)
    for value, of in holders.of.items():
        there.update(value for each in of if each.sis_id and each.sis_id not in claims)
    for claim in claims.values():
        for name in NAMES:
            kept = (claim.holds or {}).get(name) if (claim.sis_id, name) in refused else claim.wants.get(name)
            there.update([(name, kept)] if kept else [])
    assert {value: number for value, number in there.items() if number > 1} == {}
    for (sis_id, name), others in refused.items():
        assert others and all(each.sis_id != sis_id for each in others), (sis_id, name)
    turned = collisions(dict(reversed(list(claims.items()))), holders)
    assert {key: set(who) for key, who in refused.items()} == {key: set(who) for key, who in turned.items()}


class OneEach(FakeSchoology):
    """Refuses nothing, and fails the test at the moment in which two accounts have one value."""

    def create(self, kind: Kind, batch: Sequence[Outgoing]) -> list[Outcome]:
        return self._checked(super().create(kind, batch))

    def update(self, kind: Kind, batch: Sequence[Outgoing]) -> list[Outcome]:
        return self._checked(super().update(kind, batch))

    def _checked(self, outcomes: list[Outcome]) -> list[Outcome]:
        for name in NAMES:
            held = Counter(str(each.get(name) or "").casefold() for each in self.objects[Kind.USER].values())
            assert {value: n for value, n in held.items() if value and n > 1} == {}
        return outcomes


# Each found a fault of the order, or of what is known.
@pytest.mark.parametrize(
    "seed", [3, *(pytest.param(each, marks=pytest.mark.long_run) for each in (17, 20, 23))]
)
def test_no_two_accounts_ever_have_one_value_and_the_nights_become_quiet(engine: Engine, seed: int) -> None:
    chance = random.Random(seed)
    engine.schoology = OneEach()
    limit(engine, update_floor=50)
    people: list[Any] = [_person(number, f"n{number}") for number in range(6)]
    engine.sis.rows[Rows.STUDENTS] = list(people)
    with time_machine.travel(NIGHT, tick=False) as clock:
        for night in range(4):
            clock.move_to(NIGHT + timedelta(days=night))
            engine.today = (NIGHT + timedelta(days=night)).date()
            run = engine.run("users")
            assert run.state in (RunState.DONE, RunState.DONE_WITH_PROBLEMS)
            again = engine.run("users")
            states = {each.state for each in engine.changes(again)}
            assert states <= {ChangeState.BLOCKED} and again.state == RunState.DONE
            names = [f"n{chance.choice(range(8))}" for _ in people]
            order = chance.sample(range(6), chance.choice((2, 3)))
            for one, other in zip(order, [*order[1:], order[0]], strict=True):  # a ring
                names[one] = engine.sis.rows[Rows.STUDENTS][other].login
            some = [_person(number, name) for number, name in enumerate(names)]
            engine.sis.rows[Rows.STUDENTS] = [*some, _person(10 + night, chance.choice(names))]


def _person(number: int, login: str) -> Any:
    return replace(
        student(number=f"{number:03}", login=login, email=f"{login}@d.example"), last_name=f"Okafor{number}"
    )


def test_who_takes_a_value_tonight_is_in_class_tonight(engine: Engine) -> None:
    """An account and a section that wait for a value are there before the enrollments that need them."""
    rows = engine.sis.rows
    rows[Rows.STUDENTS] = [_person(number, f"n{number}") for number in range(3)]
    rows[Rows.COURSES] = [course()]
    rows[Rows.SECTIONS] = [section(key="5001", number="1", terms=("1|Q2",))]
    rows[Rows.SEATS] = [seat("5001", "000")]
    engine.run()
    rows[Rows.STUDENTS][0] = _person(0, "other")
    rows[Rows.STUDENTS].append(_person(9, "n0"))
    rows[Rows.SECTIONS] = [
        section(key="5001", number="7", terms=("1|Q2",)),
        section(key="5009", number="1", terms=("1|Q2",)),
    ]
    rows[Rows.SEATS] += [seat("5001", "009"), seat("5009", "001"), seat("5009", "009")]

    run = engine.run()

    assert run.state == RunState.DONE, engine.lines(run)
    assert {f"{key}:student:009" for key in ("5001", "5009")} | {"5009:student:001"} <= engine.links().keys()
    assert engine.lines(engine.run()) == []
