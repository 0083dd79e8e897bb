"""The life of a grade, whatever the SIS: made, changed, scored, exempted, cleared, refused, deleted."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from lti_app.school.gradebook import AssignmentRef, ScoreFlag, SisScore
from lti_app.sis.errors import SisRejected
from tests.contract.rigs import Rig


def test_settings_tell_what_the_adapter_says_they_tell_and_nothing_made_up(rig: Rig) -> None:
    found = rig.sis.gradebook_settings(rig.section)

    assert found.section_key == rig.section
    assert found.categories
    assert all(each.code == each.code.strip() and each.name for each in found.categories)
    told = (found.total_points, found.truncates, found.calculation)
    drops = [(each.drop_lowest, each.exclude_missing) for each in found.categories]
    assert (None not in told) is rig.can.settings
    assert all((None not in each) is rig.can.settings for each in drops)
    weights = [each.weight for each in found.categories]
    assert (weights.count(None) == 0) if rig.can.category_weights else weights.count(None) == len(weights)
    assert bool(found.marks) is rig.can.marks


def test_an_assignment_is_made_once_however_often_it_is_sent(rig: Rig) -> None:
    first = rig.put()
    blind = rig.put(title="Cell walls, part 2")
    named = rig.put(first.sis_id, title="Cell walls, part 3")

    assert first.sis_id
    assert first == blind == named
    assert [each.title for each in rig.there(first)] == ["Cell walls, part 3"]
    assert len(rig.sis.assignments(rig.section)) == 1


def test_an_assignment_comes_back_as_it_was_sent(rig: Rig) -> None:
    ref = rig.put()

    (there,) = rig.there(ref)

    wanted = rig.assignment()
    assert (there.session, there.category, there.title) == (wanted.session, wanted.category, wanted.title)
    assert (there.points, there.weight, there.due) == (wanted.points, wanted.weight, rig.due)
    assert there.item_id == (ref.item_id if rig.can.item_ids else "")


def test_two_items_are_two_assignments(rig: Rig) -> None:
    one, other = rig.put(), rig.put(item_id="5002")

    assert one.sis_id != other.sis_id
    assert len(rig.sis.assignments(rig.section)) == 2


def test_scores_are_set_and_refused_one_by_one_in_order(rig: Rig) -> None:
    ref = rig.put()
    one, two = rig.students[:2]

    said = rig.sis.put_scores(
        ref,
        [SisScore(one, Decimal("7.25")), SisScore("nobody", Decimal(1)), SisScore(two, Decimal(0))],
    )

    assert [(each.student_id, each.ok) for each in said] == [(one, True), ("nobody", False), (two, True)]
    assert said[1].code == "STUDENT_NOT_IN_SECTION"
    assert {student: each.score for student, each in rig.scores(ref).items()} == {
        one: Decimal("7.25"),
        two: Decimal(0),
    }


def test_a_score_that_is_sent_again_is_the_same_score(rig: Rig) -> None:
    ref = rig.put()
    student = rig.students[0]
    for number in (7, 7, 8):
        rig.sis.put_scores(ref, [SisScore(student, Decimal(number))])

    rows = rig.sis.scores(rig.section)[ref.session, ref.sis_id]

    assert [(each.student_id, each.score) for each in rows] == [(student, Decimal(8))]


def test_a_comment_is_kept_where_the_adapter_says_so(rig: Rig) -> None:
    ref = rig.put()
    student = rig.students[0]
    rig.sis.put_scores(ref, [SisScore(student, Decimal(7), comment="Well done, é")])

    assert rig.scores(ref)[student].comment == ("Well done, é" if rig.can.comments else "")


def _exempt(rig: Rig, student: str) -> SisScore | None:
    """How this SIS says that a student need not do the work."""
    if rig.can.exempt:
        return SisScore(student, flag=ScoreFlag.EXEMPT)
    marks = rig.sis.gradebook_settings(rig.section).marks
    code = next((each.code for each in marks if each.exclude), "")
    return SisScore(student, mark=code) if code else None


def test_an_exempt_score_has_no_number_and_comes_back_as_exempt(rig: Rig) -> None:
    ref = rig.put()
    student = rig.students[0]
    exempt = _exempt(rig, student)
    assert exempt is not None
    rig.sis.put_scores(ref, [SisScore(student, Decimal(3))])

    rig.sis.put_scores(ref, [exempt])

    assert replace(rig.scores(ref)[student], sis_id="") == exempt


def test_a_cleared_score_is_gone_and_may_be_cleared_again(rig: Rig) -> None:
    assert rig.can.clear
    ref = rig.put()
    one, two = rig.students[:2]
    rig.sis.put_scores(ref, [SisScore(one, Decimal(3)), SisScore(two, Decimal(4))])
    there = rig.scores(ref)[one]

    said = rig.sis.put_scores(ref, [SisScore(one, sis_id=there.sis_id)])
    again = rig.sis.put_scores(ref, [SisScore(one)])

    assert [each.ok for each in (*said, *again)] == [True, True]
    assert set(rig.scores(ref)) == {two}


def test_a_deleted_assignment_takes_its_scores_along_and_others_stay(rig: Rig) -> None:
    assert rig.can.delete
    gone, stays = rig.put(), rig.put(item_id="5002")
    rig.sis.put_scores(gone, [SisScore(rig.students[0], Decimal(3))])

    assert rig.sis.delete_assignment(gone) is True
    assert rig.sis.delete_assignment(gone) is False

    assert [each.number for each in rig.sis.assignments(rig.section)] == [stays.sis_id]
    assert rig.scores(gone) == {}


def test_a_title_may_be_as_long_as_the_adapter_says_and_no_longer(rig: Rig) -> None:
    most = rig.can.limits.title
    ref = rig.put(title="é" * most)
    assert [each.title for each in rig.there(ref)] == ["é" * most]

    with pytest.raises(SisRejected) as refused:
        rig.put(item_id="5002", title="x" * (most + 1))
    assert refused.value.code == "TITLE_TOO_LONG"


def test_no_more_scores_go_at_once_than_the_adapter_says(rig: Rig) -> None:
    ref = rig.put()
    most = rig.can.limits.batch

    assert len(rig.sis.put_scores(ref, [SisScore(f"nobody {n}") for n in range(most)])) == most
    with pytest.raises(ValueError):
        rig.sis.put_scores(ref, [SisScore(f"nobody {n}") for n in range(most + 1)])


def test_averages_come_only_where_the_adapter_says_so(rig: Rig) -> None:
    ref = rig.put()
    rig.sis.put_scores(ref, [SisScore(rig.students[0], Decimal(6))])

    found = rig.sis.averages(rig.section)

    assert bool(found) is rig.can.averages
    assert {each.student_id for each in found} <= set(rig.students)


@pytest.mark.parametrize("change", [{"category": "no such"}, {"title": "x" * 256}], ids=["category", "title"])
def test_a_refused_assignment_leaves_nothing_behind(rig: Rig, change: dict[str, Any]) -> None:
    with pytest.raises(SisRejected) as refused:
        rig.put(**change)

    assert refused.value.code
    assert rig.sis.assignments(rig.section) == []


def test_what_is_not_there_is_a_refusal_and_no_outage(rig: Rig) -> None:
    session = rig.assignment().session
    nowhere = AssignmentRef(rig.section, session, "404", "")

    assert rig.sis.delete_assignment(nowhere) is False
    with pytest.raises(SisRejected) as unknown:
        rig.sis.put_scores(nowhere, [SisScore(rig.students[0], Decimal(1))])
    assert unknown.value.code == "ASSIGNMENT_UNKNOWN"
    with pytest.raises(SisRejected) as section:
        rig.sis.gradebook_settings("99999999")
    assert section.value.code == "SECTION_UNKNOWN"
