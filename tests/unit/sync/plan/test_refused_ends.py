"""Access that Schoology refuses to end is sent once and listed, and every later night is quiet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from lti_app.models import AccessReview, LinkState, ReviewState, Run, RunState
from lti_app.runs.words.reasons import sentence
from lti_app.school.records import Kind, PersonGroup, PersonRole, SeatRole
from lti_app.schoology.port import Outcome, Outgoing
from lti_app.store import links, refusals
from lti_app.store.access_review import ReviewTopic
from lti_app.store.audit import THE_APP
from lti_app.store.district import District
from lti_app.sync.result_words import result_words
from lti_app.sync.review import access
from tests.fakes import Rows
from tests.support.records import course, link, renumbered, seat, section, student, teacher
from tests.unit.conftest import Engine, ready, sync_one
from tests.unit.sync.plan.brakes.test_brakes import limit
from tests.unit.sync.plan.test_known_refusals import WORDS, Stubborn, bad


class Keeping(Stubborn):
    """Ends nothing of `keeps`, and changes nothing of it either."""

    keeps: frozenset[str] = frozenset()

    def drop(self, kind: Kind, batch: Sequence[Outgoing]) -> list[Outcome]:
        return self._but(super().drop, kind, batch)

    def _is_refused(self, item: Outgoing) -> bool:
        return item.schoology_id in self.keeps or super()._is_refused(item)


def family(engine: Engine) -> None:
    """Two sections with a teacher and two students each; a second teacher, and a parent of two students."""
    engine.options(with_guardians=True)
    limit(engine, drop_floor=50)
    rows = engine.sis.rows
    rows[Rows.STUDENTS] = [student(f"00{n}", login=f"s{n}", email="", last_name=f"Name{n}") for n in (1, 2)]
    rows[Rows.STAFF] = [
        student(number, PersonGroup.STAFF, role=PersonRole.TEACHER, login=f"t{number}", email="")
        for number in ("77", "78")
    ]
    rows[Rows.COURSES] = [course("1", "A", "Course A")]
    for key in ("6001", "6002"):
        rows[Rows.SECTIONS].append(section(key=key, course="1|A", number=key, terms=("1|Q2",)))
        rows[Rows.SEATS] += [teacher(key), seat(key, "001"), seat(key, "002")]
    parent = student("9", PersonGroup.CONTACT, login="p9", email="", last_name="Parent9")
    rows[Rows.GUARDIANS] = [parent, link(parent, "001"), link(parent, "002")]
    engine.schoology = Keeping()
    assert engine.run().state == RunState.DONE


@pytest.fixture
def there(engine: Engine) -> Keeping:
    ready(engine, family)
    assert isinstance(engine.schoology, Keeping)
    return engine.schoology


def keep(engine: Engine, there: Keeping, *sis_ids: str) -> None:
    """Schoology refuses to end or to change these."""
    there.keeps = frozenset(engine.links()[each][1] for each in sis_ids)


def leave(engine: Engine, section: str, number: str) -> None:
    rows = engine.sis.rows
    gone = seat(section, number)
    rows[Rows.SEATS] = [each for each in rows[Rows.SEATS] if each != gone]


def next_night(engine: Engine) -> Run:
    engine.today += timedelta(days=1)
    return engine.run()


def on_the_list(engine: Engine) -> list[tuple[str, str, int]]:
    return [(each.sis_id, each.state, each.days) for each in engine.session.query(AccessReview)]


def decide(engine: Engine, choice: ReviewState) -> None:
    (entry,) = engine.session.query(AccessReview).filter_by(topic="drop")
    access.decide(
        District(engine.session, 1), entry.topic, entry.kind, entry.sis_id, choice=choice, who=THE_APP
    )
    engine.session.commit()


def test_a_refused_drop_is_sent_once_and_waits_on_access_to_review(engine: Engine, there: Keeping) -> None:
    leave(engine, "6001", "001")
    leave(engine, "6002", "002")
    keep(engine, there, "6001:student:001")

    first = next_night(engine)

    assert first.state == RunState.DONE_WITH_PROBLEMS
    assert engine.lines(first) == [
        ("enrollment", "drop", "6001:student:001", "failed"),
        ("enrollment", "drop", "6002:student:002", "done"),
    ]
    for night in (2, 3, 4):
        sent = there.sent
        run = next_night(engine)
        assert (there.sent, run.state, run.counts["known"]) == (sent, RunState.DONE, 1)
        assert "1 known problem, 0 new" in sentence(result_words(run)[1])
        (entry,) = engine.session.query(AccessReview)
        assert (entry.sis_id, entry.days) == ("6001:student:001", night)
        assert WORDS in sentence(entry.reason)
        assert set(access.choices(entry)) == {ReviewState.ENDED, ReviewState.KEPT, ReviewState.BY_HAND}

    there.keeps = frozenset()
    refusals.forget_all(District(engine.session, 1))
    last = next_night(engine)
    assert engine.lines(last) == [("enrollment", "drop", "6001:student:001", "done")]
    assert on_the_list(engine) == [] and "6001:student:001" not in engine.links()


def test_a_refused_drop_is_sent_again_when_a_record_changes(engine: Engine, there: Keeping) -> None:
    """Its person, or who teaches the section; and someone who came back and leaves again is dropped again."""
    leave(engine, "6001", "001")
    keep(engine, there, "6001:student:001")
    next_night(engine)
    engine.sis.rows[Rows.STUDENTS][0] = renumbered(engine.sis.rows[Rows.STUDENTS][0], "001", middle_name="Y")
    assert dropped(engine, next_night(engine)) == {"6001:student:001": "failed"}
    assert dropped(engine, next_night(engine)) == {"6001:student:001": "blocked"}
    engine.sis.rows[Rows.SEATS].append(teacher("6001", "78"))
    assert dropped(engine, next_night(engine)) == {"6001:student:001": "failed"}

    engine.sis.rows[Rows.SEATS].append(seat("6001", "001"))
    assert next_night(engine).state == RunState.DONE
    assert on_the_list(engine) == []
    leave(engine, "6001", "001")
    assert dropped(engine, next_night(engine)) == {"6001:student:001": "failed"}


def dropped(engine: Engine, run: Run) -> dict[str, str]:
    return {each.sis_id: each.state for each in engine.changes(run) if each.action == "drop"}


@pytest.mark.parametrize("choice", [ReviewState.ENDED, ReviewState.KEPT])
def test_a_decision_on_a_refused_drop(engine: Engine, there: Keeping, choice: ReviewState) -> None:
    """Tried again once, and kept although the next check of Schoology would have it tried again."""
    leave(engine, "6001", "001")
    keep(engine, there, "6001:student:001")
    next_night(engine)
    decide(engine, choice)
    kept = choice == ReviewState.KEPT

    assert dropped(engine, next_night(engine)) == {"6001:student:001": "discarded" if kept else "failed"}
    assert [state for _, state, _ in on_the_list(engine)] == [choice if kept else ReviewState.WAITING]
    again = next_night(engine)
    assert (again.state, *dropped(engine, again).values()) == (
        RunState.DONE,
        "discarded" if kept else "blocked",
    )
    engine.run("drift")
    there.keeps = frozenset()
    assert dropped(engine, next_night(engine)) == {"6001:student:001": "discarded" if kept else "done"}
    assert len(on_the_list(engine)) == kept


def test_sync_this_record_tries_again_and_takes_it_off_the_list(engine: Engine, there: Keeping) -> None:
    leave(engine, "6001", "001")
    keep(engine, there, "6001:student:001")
    there.code = 403
    next_night(engine)
    assert dropped(engine, next_night(engine)) == {"6001:student:001": "blocked"}
    assert dropped(engine, sync_one(engine, Kind.SECTION, "6001")) == {"6001:student:001": "failed"}
    assert len(on_the_list(engine)) == 1
    there.keeps = frozenset()

    assert dropped(engine, sync_one(engine, Kind.SECTION, "6001")) == {"6001:student:001": "done"}

    assert on_the_list(engine) == [] and not refusals.any_of(District(engine.session, 1))


@pytest.mark.parametrize("unasked", [False, True])
def test_a_refused_end_of_a_parent_link(engine: Engine, there: Keeping, unasked: bool) -> None:  # noqa: FBT001
    """Whether a district turned that on, or someone decided on it."""
    engine.options(ends_parent_links=unasked)
    engine.run()
    rows = engine.sis.rows[Rows.GUARDIANS]
    rows.remove(link(rows[0], "001"))
    name = "contact:9>student:001"
    keep(engine, there, name)
    if not unasked:
        next_night(engine)
        access.decide(
            District(engine.session, 1),
            ReviewTopic.PARENT,
            Kind.PARENT_LINK,
            name,
            choice=ReviewState.ENDED,
            who=THE_APP,
        )
        engine.session.commit()

    assert dropped(engine, next_night(engine)) == {name: "failed"}

    for days in (2, 3):
        run = next_night(engine)
        assert (run.state, dropped(engine, run)) == (RunState.DONE, {name: "blocked"})
        assert [days for each, _, days in on_the_list(engine) if each == name and days] == [days]
    engine.run("sections")
    assert [each for each, _, days in on_the_list(engine) if days] == [name]
    there.keeps = frozenset()
    decide(engine, ReviewState.BY_HAND)
    assert dropped(engine, next_night(engine)) == {name: "done"}
    assert on_the_list(engine) == []


def test_rights_that_schoology_does_not_take_away_are_on_the_list(engine: Engine, there: Keeping) -> None:
    """A person's role, and the administration of a section: both are sent once."""
    rows = engine.sis.rows
    keep(engine, there, "staff:77", "6001:staff:77")
    rows[Rows.STAFF][0] = renumbered(rows[Rows.STAFF][0], "77", role=PersonRole.STAFF)
    former = teacher("6001")
    rows[Rows.SEATS][0] = replace(former, role=SeatRole.STUDENT)
    rows[Rows.SEATS].append(teacher("6001", "78"))

    first = next_night(engine)

    assert {each.sis_id for each in bad(engine, first)} == {"staff:77", "6001:staff:77"}
    run = next_night(engine)
    assert run.state == RunState.DONE
    entries = engine.session.query(AccessReview).all()
    assert {(each.sis_id, each.days) for each in entries} == {("staff:77", 2), ("6001:staff:77", 2)}
    assert all(WORDS in sentence(each.reason) for each in entries)
    there.keeps = frozenset()
    engine.run("drift")
    assert next_night(engine).counts["outcome"] == {"done": 2}
    assert on_the_list(engine) == []


def test_a_parent_link_of_a_deleted_account_ends_without_a_request(engine: Engine, there: Keeping) -> None:
    engine.options(ends_parent_links=True)
    engine.run()
    links.write.set_state(District(engine.session, 1), Kind.USER, ["contact:9"], state=LinkState.MISSING)
    rows = engine.sis.rows[Rows.GUARDIANS]
    rows.remove(link(rows[0], "001"))

    first = next_night(engine)

    assert dropped(engine, first) == {"contact:9>student:001": "done"}
    assert "drop" not in {verb for verb, *_ in there.calls}
    assert on_the_list(engine) == [] and dropped(engine, next_night(engine)) == {}
