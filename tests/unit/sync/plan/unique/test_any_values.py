"""Whatever values people come with, nobody gets another one's or loses one, and the next night is quiet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lti_app.models import SyncOptions
from lti_app.school.limits import SHARES, Limits
from lti_app.school.records import Kind, Person
from lti_app.schoology.port import Outcome, Outgoing
from tests.fakes import FakeSchoology, Rows
from tests.support.records import course, seat, section, student
from tests.unit.conftest import Engine, ready
from tests.unit.sync.plan.brakes.test_brakes import SEPTEMBER

NIGHT = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
OLD, LEFT, NEW = range(4), 4, (5, 6)
POOL = "abcdefgA"
"""The first five are held by those who were there at first, f by an account that the app does not know."""


class Strict(FakeSchoology):
    """Answers one item after another, and never gets what Schoology would refuse."""

    def create(self, kind: Kind, batch: Sequence[Outgoing]) -> list[Outcome]:
        return [self._checked(super(Strict, self).create(kind, [each])) for each in batch]

    def update(self, kind: Kind, batch: Sequence[Outgoing]) -> list[Outcome]:
        return [self._checked(super(Strict, self).update(kind, [each])) for each in batch]

    def _checked(self, outcomes: list[Outcome]) -> Outcome:
        for name in ("username", "email"):
            held = [str(each[name]).casefold() for each in self.objects[Kind.USER].values() if each.get(name)]
            assert len(held) == len(set(held)), f"two accounts have one {name}: {held}"
        return outcomes[0]


def person(number: int, login: str, email: str) -> Person:
    return student(
        number=f"{number:03}", login=login, email=email and f"{email}@d.example", last_name=f"Name{number}"
    )


def one_class(engine: Engine) -> None:
    """Five students were synced, and one of them left."""
    engine.schoology = Strict()
    engine.schoology.objects[Kind.USER]["foreign"] = {
        "id": "77",
        "first_name": "Fay",
        "username": "f",
        "email": "f@d.example",
    }
    row = engine.session.get_one(SyncOptions, 1)
    row.brakes = replace(Limits(), **dict.fromkeys(SHARES, 1.0)).to_json()
    engine.session.commit()
    engine.sis.rows[Rows.COURSES] = [course("1", "ALG1", "Algebra I")]
    engine.sis.rows[Rows.SECTIONS] = [section(key="5001", terms=("1|Q2",))]
    people = [person(number, POOL[number], POOL[number]) for number in (*OLD, LEFT)]
    for there in (people, people[:-1]):
        engine.sis.rows[Rows.STUDENTS] = list(there)
        engine.sis.rows[Rows.SEATS] = [seat("5001", each.sis_id, SEPTEMBER) for each in there]
        engine.run()


VALUE = st.sampled_from(POOL)
WANTED = st.fixed_dictionaries({number: st.tuples(VALUE, VALUE | st.just("")) for number in (*OLD, *NEW)})


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=WANTED, leaving=st.sets(st.sampled_from(OLD), max_size=2), whole=st.booleans())
def test_no_two_accounts_get_one_value(
    engine: Engine, wanted: dict[int, tuple[str, str]], leaving: set[int], whole: bool
) -> None:
    school = ready(engine, one_class)
    before = {key: dict(each) for key, each in school.schoology.objects[Kind.USER].items()}
    there = [number for number in wanted if number not in leaving and (whole or number not in NEW)]
    school.sis.rows[Rows.STUDENTS] = [person(number, *wanted[number]) for number in there]
    school.sis.rows[Rows.SEATS] = [seat("5001", f"{number:03}", SEPTEMBER) for number in there]

    with time_machine.travel(NIGHT, tick=True):
        school.run()
        for key, each in before.items():
            after = school.schoology.objects[Kind.USER][key]
            assert all(after[name] for name in ("username", "email") if each[name])
            assert "swap" not in f"{after['username']}{after['email']}"
        assert school.schoology.objects[Kind.USER]["foreign"] == before["foreign"]
        school.schoology.calls.clear()
        school.run()

    assert [each for each in school.schoology.calls if each[0] in ("create", "update", "drop")] == []
