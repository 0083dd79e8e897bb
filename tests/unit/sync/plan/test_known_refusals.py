"""What Schoology refused is sent once, whatever it is: the next night sends nothing and is quiet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from lti_app.models import Change, ChangeState, Run, RunState
from lti_app.runs.words.reasons import sentence
from lti_app.school.bad_rows import BadRow
from lti_app.school.ending_codes import EndingCode
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import because
from lti_app.school.records import Kind, PersonGroup, PersonRole
from lti_app.school.row_codes import RowCode
from lti_app.schoology.port import GradingPeriod, Outcome, Outgoing
from lti_app.store import refusals
from lti_app.store.district import District
from lti_app.sync.result_words import result_words
from tests.fakes import FakeSchoology, FakeSis, Rows
from tests.support.records import course, link, seat, section, student, teacher
from tests.unit.conftest import Engine
from tests.unit.sync.plan.brakes.test_brakes import limit

WORDS = "This isn't possible."


class Stubborn(FakeSchoology):
    """Refuses to make and to change everything whose payload or references name something of `no`."""

    no: frozenset[str] = frozenset()
    code = 400
    """Its answer to them."""

    def create(self, kind: Kind, batch: Sequence[Outgoing]) -> list[Outcome]:
        return self._but(super().create, kind, batch)

    def update(self, kind: Kind, batch: Sequence[Outgoing]) -> list[Outcome]:
        return self._but(super().update, kind, batch)

    def _but(self, verb: Any, kind: Kind, batch: Sequence[Outgoing]) -> list[Outcome]:
        good = [each for each in batch if not self._is_refused(each)]
        done = iter(verb(kind, good))
        bad = Outcome(ok=False, code=self.code, words=WORDS)
        return [bad if self._is_refused(each) else next(done) for each in batch]

    def _is_refused(self, item: Outgoing) -> bool:
        told = {str(each) for each in (*item.payload.values(), *item.refs.values(), item.schoology_id)}
        return not told.isdisjoint(self.no)

    @property
    def sent(self) -> int:
        return sum(number for verb, _, number in self.calls if verb in ("create", "update", "drop"))


def make(engine: Engine) -> Stubborn:
    """Forty people, two courses, ten classes, and twelve parents, of which a part is there already."""
    engine.schoology = Stubborn()
    engine.options(with_guardians=True)
    limit(engine, update_floor=100, drop_floor=50)
    rows = engine.sis.rows
    rows[Rows.STUDENTS] = [_student(n) for n in range(40)]
    staff = student(
        "77", PersonGroup.STAFF, role=PersonRole.TEACHER, login="t77", email="t77@d.example", last_name="T"
    )
    rows[Rows.STAFF] = [staff]
    rows[Rows.COURSES] = [course("1", code, f"Course {code}") for code in ("A", "B")]
    rows[Rows.SECTIONS] = [
        section(
            key=f"60{n:02}", course=f"1|{'AB'[n % 2]}", number=f"{n}", title=f"Class {n}", terms=("1|Q2",)
        )
        for n in range(10)
    ]
    rows[Rows.TEACHERS] = [teacher(f"60{n:02}") for n in range(10)]
    rows[Rows.SEATS] = [seat(f"60{n % 10:02}", f"{n:03}") for n in range(20)]
    assert engine.run().state == RunState.DONE
    return engine.schoology


def _student(n: int, **changes: Any) -> Any:
    return student(f"{n:03}", login=f"s{n}", email=f"s{n}@d.example", last_name=f"Name{n}", **changes)


def refused_everywhere(engine: Engine, there: Stubborn) -> None:
    """Tonight's changes of each kind, all of which Schoology refuses."""
    rows = engine.sis.rows
    made = {key: str(each["id"]) for key, each in there.objects[Kind.USER].items()}
    classes = {key: str(each["id"]) for key, each in there.objects[Kind.SECTION].items()}
    courses = {key: str(each["id"]) for key, each in there.objects[Kind.COURSE].items()}
    no = {f"{n:03}" for n in range(40, 55)}  # 15 new students
    rows[Rows.STUDENTS] += [_student(n) for n in range(40, 55)]
    rows[Rows.SEATS] += [seat("6000", f"{n:03}") for n in range(40, 46)]  # 6 seats of them
    for n in range(30, 40):  # 10 changed people, 5 of them in a new class
        rows[Rows.STUDENTS][n] = _student(n, middle_name="X")
        no.add(made[f"{n:03}"])
    rows[Rows.COURSES][0] = course("1", "A", "Course A, changed")  # a changed course
    no.add(courses["1-A"])
    rows[Rows.COURSES].append(course("1", "C", "Course C"))  # a new course with 3 classes and 3 seats
    no.add("1-C")
    for n in range(3):
        rows[Rows.SECTIONS].append(section(key=f"70{n:02}", course="1|C", number=f"{n}", terms=("1|Q2",)))
        rows[Rows.SEATS].append(seat(f"70{n:02}", "001"))
    for n in range(4):  # 4 new classes with 8 seats
        rows[Rows.SECTIONS].append(
            section(key=f"80{n:02}", course="1|B", number=f"8{n}", title=f"Late {n}", terms=("1|Q2",))
        )
        no.add(f"80{n:02}")
        rows[Rows.SEATS] += [seat(f"80{n:02}", "002"), seat(f"80{n:02}", "003")]
    for n in range(2):  # 2 changed classes
        rows[Rows.SECTIONS][n] = replace(rows[Rows.SECTIONS][n], title="Otherwise")
        no.add(classes[f"600{n}"])
    no -= {classes["6000"]}
    rows[Rows.SECTIONS][0] = replace(rows[Rows.SECTIONS][0], title="Class 0")
    rows[Rows.SEATS] += [seat("6001", f"{n:03}") for n in range(4, 12) if n != 11 and n % 10 != 1]  # 7 seats
    for n in range(12):  # 12 parents, whose links are refused
        parent = student(f"{n}", PersonGroup.CONTACT, login=f"p{n}", email="", last_name=f"Parent{n}")
        rows[Rows.GUARDIANS] += [parent, link(parent, f"{n + 14:03}")]
        no.add(f"{n + 14:03}")
    no -= {"030", "031", "032"}
    both = [_student(n, first_name="Twin") for n in (60, 61)]  # 2 new people with one login
    rows[Rows.STUDENTS] += [replace(each, login="same") for each in both]
    rows[Rows.STUDENTS][29] = replace(_student(29), login="s28")  # someone who wants another one's login
    there.no = frozenset(no)


def bad(engine: Engine, run: Run) -> list[Change]:
    states = (ChangeState.FAILED, ChangeState.BLOCKED)
    return [each for each in engine.changes(run) if each.state in states]


def test_more_than_73_refusals_of_every_kind_make_the_next_night_quiet(engine: Engine) -> None:
    there = make(engine)
    refused_everywhere(engine, there)
    first = engine.run()
    number = len(bad(engine, first))
    assert first.state == RunState.DONE_WITH_PROBLEMS and number >= 73
    failed = Counter((each.kind, each.action) for each in bad(engine, first) if each.state == "failed")
    assert {kind for kind, _ in failed} == {str(each) for each in Kind}
    assert {action for _, action in failed} == {"create", "update"}

    for night in (1, 2):
        engine.today = first.started_at.date() + timedelta(days=night)
        sent = there.sent
        run = engine.run()
        assert there.sent == sent
        assert [each.sis_id for each in bad(engine, run) if not each.known] == []
        assert run.state == RunState.DONE
        assert "0 new" in sentence(result_words(run)[1])
        assert f"{run.counts['known']} known problems" in sentence(result_words(run)[1])
    assert number >= run.counts["known"] >= 73

    refusals.forget_all(District(engine.session, 1))
    engine.session.commit()
    there.no = frozenset()
    last = engine.run()
    left = {each.sis_id for each in bad(engine, last)}
    assert left == {"student:029", "student:060", "student:061"}
    assert engine.run().state == RunState.DONE


def test_one_that_changes_is_sent_again_and_the_others_wait(engine: Engine) -> None:
    there = make(engine)
    refused_everywhere(engine, there)
    engine.run()
    engine.sis.rows[Rows.STUDENTS][40] = _student(40, middle_name="Y")

    run = engine.run()

    new = [each for each in bad(engine, run) if not each.known]
    assert {each.sis_id for each in new} == {"student:040", "6000:student:040"}


class Calendar(FakeSis):
    """One term can't be read."""

    def terms(self) -> list[Any]:
        return [BadRow("1|Q9", because(RowCode.CELL_NOT_A_DATE, column="END_DATE", value="never"))]


@pytest.mark.parametrize("what", ["term", "grading period"])
def test_a_bad_term_and_a_lost_grading_period_send_nothing_either(
    engine: Engine, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = make(engine)
    if what == "term":
        calendar = Calendar()
        calendar.rows = engine.sis.rows
        engine.sis = calendar
    else:
        other = GradingPeriod("gp9", "Another", date(2026, 1, 1), date(2026, 2, 1))
        monkeypatch.setattr(there, "grading_periods", lambda: [other])
        engine.sis.rows[Rows.SECTIONS].append(section(key="9001", course="1|B", number="9", terms=("1|Q2",)))
        engine.sis.rows[Rows.SEATS].append(seat("9001", "001"))
    sent = there.sent

    for _ in range(2):
        run = engine.run()
        assert there.sent == sent
        assert {each.reason.code for each in bad(engine, run)} <= {
            Code.ROW_UNREADABLE,
            EndingCode.PERIODS_LOST,
            Code.NEEDED_BLOCKED,
        }
        assert bad(engine, run)
