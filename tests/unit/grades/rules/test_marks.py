from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_app.grades.rules.marks import Marking, Wanted, wanted
from lti_app.school.grade_policy import RULES, ExceptionRule, GradePolicy, Handling, MapTemplate, Uncounted
from lti_app.school.gradebook import Grade, GradeScale, SchoolMark, ScoreException, ScoreFlag, SisScore
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import Reason, because
from lti_app.schoology.api.grade_rows import grade as read_grade
from lti_app.sis.capabilities import Capabilities, Limits
from tests.unit.grades.courses import ABLE, BARE, SETTINGS, item

LETTERS = GradeScale("2", "Letters", (("A", Decimal(95)), ("B", Decimal(85))))
BY = Marking(GradePolicy(), SETTINGS, {"2": LETTERS}, ABLE)


def grade(score: str | None = None, **more: object) -> Grade:
    return Grade("7", "e1", Decimal(score) if score else None, **more)  # type: ignore[arg-type]


def handled(rule: ExceptionRule, exception: ScoreException) -> Marking:
    return Marking(GradePolicy({**RULES, exception: rule}), SETTINGS, {}, ABLE)


def test_a_score_keeps_its_decimals_and_may_be_above_the_points() -> None:
    for text in ("7.125", "0", "11.5", "33.333333", "99.995"):
        found = wanted("s1", grade(text), item(), BY)
        assert found.score is not None and found.score.score == Decimal(text)


def test_more_digits_than_the_sis_keeps_are_rounded() -> None:
    found = wanted("s1", grade("8.33333333333"), item(), BY)

    assert found.score is not None and found.score.score == Decimal("8.33333333")


def test_an_sis_of_whole_numbers_gets_no_rounded_score() -> None:
    whole = replace(BARE, limits=Limits(whole_scores=True))
    by = Marking(GradePolicy(), SETTINGS, {}, whole)

    half, full = wanted("s1", grade("7.5"), item(), by), wanted("s1", grade("7.0"), item(), by)

    assert half.score is None and half.reason == because(Code.NUMBER_NOT_WHOLE, product=whole.product)
    assert full.score is not None and full.score.score == Decimal(7)


@pytest.mark.parametrize("code", [4, 5, 9, "late"])
def test_late_or_collected_with_a_score_is_neither_that_score_nor_a_zero(code: object) -> None:
    row = {"assignment_id": 7, "enrollment_id": 1, "grade": 8, "exception": code, "timestamp": 5}

    found = wanted("s1", read_grade(row), item(), BY)

    assert found.score is None and found.reason == because(Code.EXCEPTION_UNKNOWN)


@pytest.mark.parametrize("text", ["5/5", "1,5", "85%", "1_0", "١٠"])
def test_a_text_that_is_no_number_is_no_score_and_clears_none(text: str) -> None:
    row = {"assignment_id": 7, "enrollment_id": 1, "grade": text, "exception": 0, "timestamp": 5}

    found = wanted("s1", read_grade(row), item(), BY)

    assert found.score is None and found.reason == because(Code.LETTER_NOT_IN_SCALE)


@pytest.mark.parametrize(("given", "score"), [(0, 0), ("0", 0), (None, None), ("", None)])
def test_zero_is_a_score_and_nothing_is_none(given: object, score: int | None) -> None:
    row = {"assignment_id": 7, "enrollment_id": 1, "grade": given, "exception": 0, "timestamp": 5}

    found = wanted("s1", read_grade(row), item(), BY)

    assert found.score is not None and found.score.score == score


@pytest.mark.parametrize(("letter", "points"), [("A", "9.5"), ("b", "8.5")])
def test_a_letter_becomes_the_points_behind_it(letter: str, points: str) -> None:
    found = wanted("s1", grade(letter=letter), item(scale_id="2"), BY)

    assert found.score is not None and found.score.score == Decimal(points)


def test_a_letter_that_the_scale_does_not_have_is_not_sent() -> None:
    found = wanted("s1", grade(letter="Z"), item(scale_id="2"), BY)

    assert found.score is None and found.reason == because(Code.LETTER_NOT_IN_SCALE)


@pytest.mark.parametrize(
    ("rule", "score", "mark"),
    [
        (ExceptionRule(Handling.EXEMPT), None, "EX"),
        (ExceptionRule(Handling.MARK, "M"), None, "M"),
        (ExceptionRule(Handling.ZERO), Decimal(0), ""),
        (ExceptionRule(Handling.BLANK), None, ""),
    ],
)
def test_each_way_of_handling(rule: ExceptionRule, score: Decimal | None, mark: str) -> None:
    excused = grade(exception=ScoreException.EXCUSED)
    found = wanted("s1", excused, item(), handled(rule, ScoreException.EXCUSED))

    assert found.score is not None and (found.score.score, found.score.mark) == (score, mark)


def test_a_mark_that_the_building_lacks_is_said_and_not_sent() -> None:
    by = handled(ExceptionRule(Handling.MARK, "ZZ"), ScoreException.MISSING)
    found = wanted("s1", grade(exception=ScoreException.MISSING), item(), by)

    assert found.score is None and found.reason.values["mark"] == "ZZ"


@given(st.sampled_from(list(Handling)))
def test_an_unknown_exception_is_never_a_zero(handling: Handling) -> None:
    by = handled(ExceptionRule(handling, "M"), ScoreException.UNKNOWN)
    found = wanted("s1", grade(exception=ScoreException.UNKNOWN), item(), by)

    assert found.score is None or found.score.score is None


def test_comments_are_cut_to_what_the_sis_keeps() -> None:
    by = Marking(GradePolicy(comments=True), SETTINGS, {}, ABLE)
    found = wanted("s1", grade("8", comment="x" * 300), item(), by)

    assert found.score is not None and len(found.score.comment) == 255


def test_a_policy_comes_back_from_the_database_as_it_went() -> None:
    policy = GradePolicy(
        {**RULES, ScoreException.MISSING: ExceptionRule(Handling.MARK, "M")},
        ask=True,
        comments=True,
        templates=(MapTemplate("10", "ALG", {"homework": "HW"}), MapTemplate("10", "", {"homework": "CW"})),
    )

    assert GradePolicy.from_json(policy.to_json()) == policy
    assert policy.template("10", "ALG") == {"homework": "HW"}
    assert policy.template("10", "BIO") == {"homework": "CW"}
    assert policy.template("20", "ALG") == {}


def test_of_several_marks_that_leave_work_out_none_is_guessed() -> None:
    marks = (SchoolMark("AB", "Absent", exclude=True), SchoolMark("WD", "Withdrawn", exclude=True))
    by = Marking(GradePolicy(), replace(SETTINGS, marks=marks), {}, ABLE)

    found = wanted("s1", grade(exception=ScoreException.EXCUSED), item(), by)

    assert found.score is None and found.reason == because(
        Code.EXEMPT_MARK_NOT_IN_SCHOOL, exception="excused"
    )


def test_an_exception_that_cannot_be_read_is_unknown_and_clears_nothing() -> None:
    row = {"assignment_id": 7, "enrollment_id": 8, "grade": None}
    for code in ("late", "1.9", "-1", "99"):
        assert read_grade({**row, "exception": code}).exception == ScoreException.UNKNOWN
    for code in (0, "0", "", None):
        assert read_grade({**row, "exception": code}).exception == ScoreException.NONE


BY_BARE = {"product": "Bare", "exception": "excused"}


def by_handling(sis: Capabilities, rule: ExceptionRule) -> Wanted:
    policy = GradePolicy({**RULES, ScoreException.EXCUSED: rule})
    return wanted("s1", grade(exception=ScoreException.EXCUSED), item(), Marking(policy, SETTINGS, {}, sis))


def test_an_exemption_of_the_sis_goes_before_a_mark_of_the_school() -> None:
    rule = ExceptionRule(Handling.EXEMPT)

    assert by_handling(replace(ABLE, exempt=True), rule).score == SisScore("s1", flag=ScoreFlag.EXEMPT)
    assert by_handling(ABLE, rule).score == SisScore("s1", mark="EX")


def test_missing_is_a_flagged_zero_where_the_sis_has_flags() -> None:
    found = by_handling(replace(BARE, flags=True), ExceptionRule(Handling.MISSING))

    assert found.score == SisScore("s1", Decimal(0), flag=ScoreFlag.MISSING)


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        (ExceptionRule(Handling.EXEMPT), because(Code.SIS_CANNOT_EXEMPT, **BY_BARE)),
        (ExceptionRule(Handling.MISSING), because(Code.SIS_CANNOT_FLAG_MISSING, **BY_BARE)),
        (ExceptionRule(Handling.MARK, "EX"), because(Code.SIS_HAS_NO_MARKS, **BY_BARE, mark="EX")),
    ],
)
def test_what_the_sis_has_no_word_for_is_not_sent_and_told(rule: ExceptionRule, why: Reason) -> None:
    found = by_handling(BARE, rule)

    assert (found.score, found.reason) == (None, why)


def test_an_unknown_exception_is_never_flagged_as_missing() -> None:
    assert GradePolicy({ScoreException.UNKNOWN: ExceptionRule(Handling.MISSING)}).rule(
        ScoreException.UNKNOWN
    ) == ExceptionRule(Handling.SKIP)


def test_numbers_and_comments_go_by_the_limits_of_the_sis() -> None:
    tight = replace(BARE, comments=True, limits=Limits(comment=6, digits=3))
    by = Marking(GradePolicy(comments=True), SETTINGS, {}, tight)

    found = wanted("s1", grade("12.3456", comment="Well done"), item(), by)

    assert found.score == SisScore("s1", Decimal("12.3"), comment="Well …")
    free = wanted("s1", grade("8.33333333333", comment="y" * 900), item(), replace(by, sis=BARE))
    assert free.score == SisScore("s1", Decimal("8.33333333333"), comment="y" * 900)


def test_the_choice_for_uncounted_items_is_kept() -> None:
    kept = GradePolicy(uncounted=Uncounted.NOTHING)

    assert GradePolicy.from_json(kept.to_json()) == kept
    assert GradePolicy.from_json({}).uncounted is Uncounted.STOP
