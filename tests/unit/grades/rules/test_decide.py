"""What goes, what waits and what was approved: one decision for every way of asking."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from lti_app.grades.rules.compare import Memory, ScoreAction, ScoreLine, score_lines, score_of, text_of
from lti_app.grades.rules.decide import Decision, Facts, Wish, decide
from lti_app.grades.rules.delete_brake import Load, judge
from lti_app.grades.rules.held import Held, Loss, Move
from lti_app.grades.rules.marks import Wanted
from lti_app.grades.rules.preflight import judge as judged_items
from lti_app.grades.rules.work import ItemWork
from lti_app.runs.words import sentence
from lti_app.school.gradebook import Assignment, SisScore
from tests.unit.grades.courses import course, item

NOW = datetime(2026, 11, 23, 17, tzinfo=UTC)
FILLED = Load(0, 0, 10)
PUT_THERE = Assignment(1, "7", "HW", "Sheet", Decimal(10), Decimal(1), date(2026, 11, 19))


def line(student: str, before: str, after: str, **more: Any) -> ScoreLine:
    return ScoreLine(
        "7", student, ScoreAction.SEND, score_of(student, after), score_of(student, before), **more
    )


def work(*lines: ScoreLine, item_id: str = "7", **more: Any) -> ItemWork:
    (found,) = judged_items([item(id=item_id)], course())
    mine = tuple(replace(each, item_id=item_id) for each in lines)
    return ItemWork(found, False, mine, replace(PUT_THERE, item_id=item_id), **more)


def clears(number: int, **more: Any) -> list[ScoreLine]:
    return [line(f"s{each}", "8", "", **more) for each in range(number)]


def facts(*works: ItemWork, **more: Any) -> Facts:
    return Facts(**{"works": works, "everything": works, "scores_load": FILLED, **more})


def sent(decision: Decision) -> set[str]:
    return {each.student_id for found in decision.works for each in found.sends}


@pytest.mark.parametrize(("number", "held"), [(4, 0), (5, 0), (6, 6)])
def test_more_than_half_of_the_scores_wait(number: int, held: int) -> None:
    decision = decide(facts(work(*clears(number))), Wish(), NOW)

    assert len(decision.held.clear) == held
    assert len(sent(decision)) == number - held


def test_what_replaces_a_typed_value_counts_and_our_own_does_not() -> None:
    typed = [line(f"s{each}", "3", "8", overwrites=True) for each in range(6)]
    ours = [line(f"o{each}", "3", "8") for each in range(6)]

    decision = decide(facts(work(*typed, *ours)), Wish(), NOW)

    assert sent(decision) == {each.student_id for each in ours}
    assert (decision.held.replaces, decision.held.clears) == (6, 0)
    assert "would be replaced" in sentence(decision.held.why[0])


def test_scores_that_a_person_agreed_to_pass_the_brake() -> None:
    agreed = [line(f"s{each}", "3", "8", overwrites=True, agreed=True) for each in range(6)]

    assert len(sent(decide(facts(work(*agreed)), Wish(), NOW))) == 6


def test_an_approval_is_about_exactly_the_values_that_were_shown() -> None:
    held = decide(facts(work(*clears(6))), Wish(), NOW).held
    held.approve()
    other = [line("s0", "9", ""), *clears(6)[1:]]

    decision = decide(facts(work(*other), held=held), Wish(), NOW)

    assert sent(decision) == {f"s{each}" for each in range(1, 6)}
    assert decide(facts(work(*clears(6)), held=held), Wish(), NOW).held.clear == set()


def test_what_waits_goes_on_waiting_when_it_is_asked_for_alone() -> None:
    one, other = work(*clears(6)), work(line("s9", "", "5"), item_id="8")
    held = decide(facts(one, other), Wish(), NOW).held

    alone = Facts([other], [one, other], held=held, scores_load=FILLED)
    decision = decide(alone, Wish(items=frozenset({"8"})), NOW)

    assert sent(decision) == {"s9"}
    assert len(decision.held.clear) == 6 and decision.held.since == held.since
    few = decide(facts(work(*clears(1)), held=held), Wish(), NOW)
    assert (len(few.held.clear), sent(few)) == (1, set())


def test_what_is_over_does_not_wait_any_longer() -> None:
    held = decide(facts(work(*clears(6))), Wish(), NOW).held

    decision = decide(facts(work(line("s0", "", "5")), held=held), Wish(), NOW)

    assert not decision.held.waits and sent(decision) == {"s0"}


def test_a_press_sends_over_a_typed_value_only_what_was_shown() -> None:
    typed = work(
        line("s1", "3", "8", overwrites=True), line("s2", "4", "8", overwrites=True), line("s3", "", "1")
    )

    decision = decide(facts(typed), Wish(shown={("7", "s1"): "3", ("7", "s2"): "5"}), NOW)

    assert sent(decision) == {"s1", "s3"}
    assert [each.student_id for each in decision.works[0].conflicts] == ["s2"]
    assert sent(decide(facts(typed), Wish(shown={}), NOW)) == {"s3"}
    assert sent(decide(facts(typed), Wish(), NOW)) == {"s1", "s2", "s3"}


def test_a_job_for_what_was_approved_does_nothing_else() -> None:
    gone = [replace(PUT_THERE, item_id=each) for each in ("20", "21")]
    held = Held(approved_deletes={"20"}, approved_clears={Loss("7", "s0", "8")})
    both = facts(work(*clears(2), line("s5", "", "5")), held=held, deletes=gone, gone=frozenset({"20", "21"}))

    decision = decide(both, Wish(approved_only=True), NOW)

    assert sent(decision) == {"s0"}
    assert [each.item_id for each in decision.deletes] == ["20"]


def test_deletes_wait_together_and_those_of_other_jobs_stay() -> None:
    gone = [replace(PUT_THERE, item_id=str(each)) for each in range(20, 23)]
    ids = frozenset(each.item_id for each in gone)
    there = Load(0, 0, 4)

    decision = decide(facts(deletes=gone, gone=ids, items_load=there), Wish(), NOW)

    assert set(decision.held.delete) == ids and decision.deletes == ()
    later = decide(facts(held=decision.held, gone=ids, items_load=there), Wish(), NOW)
    assert set(later.held.delete) == ids
    back = decide(facts(held=decision.held, gone=ids - {"20"}, items_load=there), Wish(), NOW)
    assert set(back.held.delete) == ids - {"20"}


def test_scores_that_the_sis_keeps_by_a_persons_word_are_not_cleared() -> None:
    kept = frozenset({("7", "s0")})

    decision = decide(facts(work(*clears(2)), kept=kept), Wish(), NOW)

    assert sent(decision) == {"s1"}


def moving(number: int) -> ItemWork:
    (found,) = judged_items([item(id=str(number))], course())
    there = replace(PUT_THERE, item_id=str(number), due=date(2026, 11, 18))
    return ItemWork(found, True, (line("s1", "", "5"),), there)


def test_due_dates_wait_in_mass_only_after_the_zone_changed() -> None:
    works = [moving(number) for number in range(4)]

    assert all(each.send_assignment for each in decide(facts(*works), Wish(), NOW).works)
    held = decide(facts(*works, zone_changed=True), Wish(), NOW)
    assert not any(each.send_assignment for each in held.works)
    assert sent(held) == {"s1"}
    assert {each.item for each in held.held.due} == {"0", "1", "2", "3"}
    assert Held.load(held.held.dump()) == held.held
    held.held.approve()
    gone = decide(facts(*works, zone_changed=True, held=held.held), Wish(approved_only=True), NOW)
    assert all(each.send_assignment and not each.sends for each in gone.works) and len(gone.works) == 4
    few = decide(facts(*works[:2], zone_changed=True), Wish(), NOW)
    assert all(each.send_assignment for each in few.works)


def test_the_digest_stands_for_everything_that_waits() -> None:
    made = Held({"1": "A"}, {Loss("7", "s1", "8")}, {Move("7", "Sheet", "2026-11-18", "2026-11-19")})
    others = (
        Held({"1": "A", "2": "B"}, made.clear, made.due),
        Held(made.delete, {Loss("7", "s1", "9")}, made.due),
        Held(made.delete, made.clear, set()),
    )

    assert made.digest == Held.load(made.dump()).digest
    assert len({made.digest, *(each.digest for each in others)}) == 4


def test_what_was_held_before_values_were_kept_is_known_by_its_student() -> None:
    old = Held.load({"clear": {"7": ["s0", "s1"]}, "why": ["too many"]})

    decision = decide(facts(work(*clears(2)), held=old), Wish(), NOW)

    assert sent(decision) == set() and decision.held.clears == 2


@pytest.mark.parametrize(
    ("load", "said"),
    [
        (Load(7, 1, 14, back=1), "7 of this course’s 14 items in the SIS would be deleted."),
        (
            Load(3, 2, 4),
            "3 of this course’s 4 items in the SIS would be deleted."
            " In the last 10 minutes, 2 more were changed.",
        ),
        (Load(7, 0, 14), ""),
    ],
)
def test_the_sentence_counts_what_is_there(load: Load, said: str) -> None:
    assert sentence(judge(load, Load(0, 0, 0), 0).deletes) == said


@pytest.mark.parametrize(
    ("known", "seat", "action"),
    [
        (Memory("8", "8", seat="e1"), "e1", "clear"),
        (Memory("8", "8"), "e1", "clear"),
        (Memory("8", "8", seat="e1"), "e2", ""),
        (Memory("", "8", seat="e1"), "e1", ""),
        (Memory("8", "8", seat="e1", kept=True), "e1", ""),
        (None, "e1", ""),
    ],
)
def test_only_a_cell_that_was_filled_in_this_enrollment_clears(
    known: Memory | None, seat: str, action: str
) -> None:
    found = score_lines(
        "7",
        [Wanted("s1", SisScore("s1"), seat=seat)],
        {"s1": score_of("s1", "8")},
        {"s1": known} if known else {},
        comments=False,
        ask=False,
        clear=True,
    )

    assert [each.loss for each in found] == ([action] if action else [])


def test_an_agreement_is_about_both_values() -> None:
    known = Memory("6", "6", agreed="8", agreed_for="6")

    def asked(want: str, has: str) -> list[ScoreAction]:
        found = score_lines(
            "7",
            [Wanted("s1", score_of("s1", want))],
            {"s1": score_of("s1", has)},
            {"s1": known},
            comments=False,
            ask=True,
            clear=True,
        )
        return [each.action for each in found]

    assert asked("6", "8") == [ScoreAction.SEND]
    assert asked("2", "8") == [ScoreAction.CONFLICT]
    assert asked("6", "9") == [ScoreAction.CONFLICT]
    assert text_of(score_of("s1", "6")) == "6"
