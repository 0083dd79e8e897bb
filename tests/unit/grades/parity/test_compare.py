"""Parity is exact when settings match, and each setting that is changed alone yields its own reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lti_app.grades.parity.compare import Assumed, Cause, Parity, ParityState, compare
from lti_app.runs.words import fix, why
from lti_app.school.gradebook import Assignment, Calculation, GradebookSettings, SisAverage, SisScore
from tests.unit.grades.books import (
    EXCUSED,
    FIRST,
    INCOMPLETE,
    MISSING,
    PAST,
    TODAY,
    Book,
    Cat,
    Piece,
    Sides,
    both_sides,
    schoology_says,
    sis_says,
)

CODES = ("HW", "QUIZ", "TEST", "LAB")


@st.composite
def results(draw: st.DrawFn, points: Decimal) -> Decimal | None:
    """A score from nothing to a little more than the points, an exception, or nothing yet."""
    kind = draw(st.sampled_from(("score",) * 6 + ("none", "excused", "incomplete", "missing")))
    if kind != "score":
        return {"none": None, "excused": EXCUSED, "incomplete": INCOMPLETE, "missing": MISSING}[kind]
    cents = draw(st.integers(0, int(points * 110) or 500))
    return Decimal(cents) / 100


@st.composite
def books(draw: st.DrawFn, students: int = 2, bonus: bool = True) -> Book:
    """A gradebook that both count alike: one category under total points, percentages of equal points."""
    weighted = draw(st.booleans())
    codes = CODES[: draw(st.integers(1, 4))] if weighted else CODES[:1]
    cats = tuple(
        Cat(code, Decimal(draw(st.integers(1, 60))), draw(st.integers(0, 2)), draw(st.booleans()))
        for code in codes
    )
    factors = ("0.5", "1", "1", "1", "2", "3", *(("0",) if bonus else ()))
    pieces = []
    for cat in draw(st.lists(st.sampled_from(cats), min_size=1, max_size=10)):
        zero = bonus and draw(st.integers(0, 9)) == 0
        points = Decimal(0 if zero else 100 if cat.percent else draw(st.integers(1, 120)))
        factor = Decimal(draw(st.sampled_from(factors)))
        own = tuple(draw(results(points)) for _ in range(students))
        pieces.append(Piece(own, points, cat.code, factor))
    return Book(tuple(pieces), cats, weighted)


def _compare(sides: Sides) -> Parity:
    return compare(*sides.inputs())


def _reasons(parity: Parity) -> set[Cause]:
    return {finding.reason for each in parity.differences for finding in each.findings}


@given(books())
def test_when_settings_match_and_all_is_synced_parity_is_exact(book: Book) -> None:
    assert _compare(both_sides(book)).differences == ()


@given(books(students=1))
def test_the_sandboxes_report_the_averages_that_were_calculated(book: Book) -> None:
    """Two independent hands: what they report of the same gradebook makes no difference either."""
    sides = both_sides(book)
    sides.averages = {"E0": schoology_says(book)}
    schoology, sis, matching = sides.inputs()
    sis = replace(sis, averages=(SisAverage("S0", "M2", sis_says(book)),))
    assert compare(schoology, sis, matching).differences == ()


Change = Callable[[Sides], None]


def _item(number: int, **changes: object) -> Change:
    def change(sides: Sides) -> None:
        sides.items[number] = replace(sides.items[number], **changes)

    return change


def _assignment(number: int, **changes: object) -> Change:
    def change(sides: Sides) -> None:
        sides.assignments[number] = replace(sides.assignments[number], **changes)

    return change


def _category(number: int, **changes: object) -> Change:
    def change(sides: Sides) -> None:
        sides.categories[number] = replace(sides.categories[number], **changes)

    return change


def _grade(number: int, **changes: object) -> Change:
    def change(sides: Sides) -> None:
        sides.grades[number] = replace(sides.grades[number], **changes)

    return change


def _sis(**changes: object) -> Change:
    def change(sides: Sides) -> None:
        sides.settings = replace(sides.settings, **changes)

    return change


def _score(number: int, *scores: SisScore) -> Change:
    def change(sides: Sides) -> None:
        sides.scores[1, str(number + 1)] = scores

    return change


def _unsynced(number: int) -> Change:
    def change(sides: Sides) -> None:
        del sides.assignments[number]
        del sides.scores[1, str(number + 1)]

    return change


def _opted_out(sides: Sides) -> None:
    _unsynced(0)(sides)
    sides.opted_out = frozenset(("70",))


def _unmapped(sides: Sides) -> None:
    """No homework was synced."""
    del sides.category_map["C-HW"]
    sides.assignments = [each for each in sides.assignments if each.category != "HW"]


def _excludes(sides: Sides, *, exclude: bool) -> None:
    own = tuple(replace(each, exclude_missing=exclude) for each in sides.settings.categories)
    sides.settings = replace(sides.settings, categories=own)


def _counts_missing(sides: Sides) -> None:
    _excludes(sides, exclude=False)
    _grade(0, score=None)(sides)
    _score(0)(sides)


def _missing_is_blank(sides: Sides) -> None:
    _grade(0, score=None, exception=MISSING)(sides)
    _score(0)(sides)


def _excused_is_zero(sides: Sides) -> None:
    _grade(0, score=None, exception=EXCUSED)(sides)
    _score(0, SisScore("S0", Decimal(0)))(sides)


def _missing_is_excused(sides: Sides) -> None:
    _grade(0, score=None, exception=MISSING)(sides)
    _score(0, SisScore("S0", mark="EX"))(sides)


def _only_in_sis(sides: Sides) -> None:
    sides.assignments.append(Assignment(1, "", "TEST", "By hand", Decimal(20), Decimal(1), PAST, number="99"))
    sides.scores[1, "99"] = (SisScore("S0", Decimal(3)),)


def _second_copy(sides: Sides) -> None:
    sides.assignments.append(replace(sides.assignments[0], number="98"))
    sides.scores[1, "98"] = sides.scores[1, "1"]


def _merged(sides: Sides) -> None:
    """Both Schoology categories go to the tests, which weigh as much as both together."""
    sides.category_map["C-HW"] = "TEST"
    sides.assignments = [replace(each, category="TEST") for each in sides.assignments]
    own = tuple(replace(each, weight=Decimal(100)) for each in sides.settings.categories)
    sides.settings = replace(sides.settings, categories=own)


def _weights_off(sides: Sides) -> None:
    sides.categories = [replace(each, weight=None) for each in sides.categories]


def _no_weights(sides: Sides) -> None:
    _weights_off(sides)
    _sis(total_points=True)(sides)


def _no_student(sides: Sides) -> None:
    sides.students = (replace(sides.students[0], student_id=""),)


AHEAD = TODAY + timedelta(days=3)
ONE_CHANGE: tuple[tuple[str, Cause, Change], ...] = (
    ("weights of Schoology", Cause.CATEGORY_WEIGHT, _category(0, weight=Decimal(55))),
    ("weights off in Schoology", Cause.CATEGORY_WEIGHT, _weights_off),
    ("lowest dropped in Schoology", Cause.DROPPED_ITEM, _category(0, drop_lowest=1)),
    ("factor of an item", Cause.FACTOR, _item(0, factor=Decimal(4))),
    ("factor of zero", Cause.FACTOR, _item(0, factor=Decimal(0))),
    ("weight of an assignment", Cause.FACTOR, _assignment(0, weight=Decimal(4))),
    ("averages cut off", Cause.ROUNDING, _sis(truncates=True)),
    ("category not mapped", Cause.UNMAPPED_ITEM, _unmapped),
    ("item not synced", Cause.UNSYNCED_ITEM, _unsynced(0)),
    ("item opted out", Cause.OPTED_OUT, _opted_out),
    ("due in another quarter", Cause.OTHER_PERIOD, _assignment(0, due=date(2026, 10, 12))),
    ("grading period changed", Cause.OTHER_PERIOD, _item(0, period_id="501")),
    ("due after today", Cause.NOT_YET_DUE, _assignment(0, due=AHEAD)),
    ("item does not count", Cause.NOT_COUNTED, _item(0, counts=False)),
    ("item not published", Cause.NOT_COUNTED, _item(0, published=False)),
    ("item without a category", Cause.NOT_COUNTED, _item(0, category_id="")),
    ("made in the SIS", Cause.ONLY_IN_SIS, _only_in_sis),
    ("twice in the SIS", Cause.ONLY_IN_SIS, _second_copy),
    ("score changed", Cause.SCORE, _grade(0, score=Decimal(9))),
    ("score cleared", Cause.SCORE, _grade(0, score=None)),
    ("score not sent", Cause.SCORE, _score(0)),
    ("excused is a zero", Cause.EXCUSED_VERSUS_ZERO, _excused_is_zero),
    ("missing is excused", Cause.EXCUSED_VERSUS_ZERO, _missing_is_excused),
    ("no score is a zero", Cause.EXCLUDE_MISSING, _counts_missing),
    ("missing is left out", Cause.EXCLUDE_MISSING, _missing_is_blank),
    ("points changed", Cause.POINTS, _item(0, max_points=Decimal(20))),
    ("in another SIS category", Cause.OTHER_CATEGORY, _assignment(0, category="TEST")),
    ("percentages", Cause.CALCULATION_TYPE, _category(0, calculation=Calculation.PERCENT)),
    ("total points in the SIS", Cause.CATEGORY_WEIGHT, _sis(total_points=True)),
    ("total points, and no weights", Cause.TOTAL_POINTS, _no_weights),
    ("two categories in one", Cause.MERGED_CATEGORIES, _merged),
    ("not in the SIS", Cause.NOT_IN_SIS, _no_student),
)


def _plain() -> Sides:
    """Homework 3/10 and 20/30 at 40%, tests 61/90 and 80/100 at 60%: 57.5 × 0.4 + 74.2105… × 0.6 = 67.53."""
    pieces = (
        Piece((Decimal(3),)),
        Piece((Decimal(20),), Decimal(30)),
        Piece((Decimal(61),), Decimal(90), "TEST"),
        Piece((Decimal(80),), Decimal(100), "TEST"),
    )
    return both_sides(Book(pieces, (Cat("HW", Decimal(40)), Cat("TEST", Decimal(60))), weighted=True))


def test_the_plain_gradebook_agrees() -> None:
    parity = _compare(_plain())
    assert (parity.state, parity.compared, parity.reasons) == (ParityState.EQUAL, 1, [])


@pytest.mark.parametrize(("name", "reason", "change"), ONE_CHANGE, ids=[each[0] for each in ONE_CHANGE])
def test_one_change_alone_yields_its_own_reason(name: str, reason: Cause, change: Change) -> None:
    sides = _plain()
    change(sides)
    parity = _compare(sides)
    assert parity.state is ParityState.DIFFERENT, name
    assert _reasons(parity) == {reason}
    for finding in parity.differences[0].findings:
        assert why(finding.why).endswith(".")
        assert fix(finding.fix).endswith(".")
        assert "{" not in why(finding.why) + fix(finding.fix) and "unknown" not in why(finding.why)


SETTINGS = [
    (Cause.CATEGORY_WEIGHT, _category(0, weight=Decimal(77))),
    (Cause.DROPPED_ITEM, _category(0, drop_lowest=3)),
    (Cause.FACTOR, _item(0, factor=Decimal("2.5"))),
    (Cause.ROUNDING, _sis(truncates=True)),
    (Cause.UNSYNCED_ITEM, _unsynced(0)),
    (Cause.OPTED_OUT, _opted_out),
    (Cause.OTHER_PERIOD, _assignment(0, due=date(2026, 10, 12))),
    (Cause.NOT_YET_DUE, _assignment(0, due=AHEAD)),
    (Cause.NOT_COUNTED, _item(0, counts=False)),
    (Cause.POINTS, _assignment(0, points=Decimal(77))),
]


@pytest.mark.parametrize(("reason", "change"), SETTINGS, ids=[each[0].value for each in SETTINGS])
def test_in_random_gradebooks_one_change_yields_its_own_reason_or_none(reason: Cause, change: Change) -> None:
    @given(books(bonus=False))
    @settings(max_examples=30)
    def check(book: Book) -> None:
        sides = both_sides(book)
        if reason is Cause.CATEGORY_WEIGHT:
            assume(book.weighted)
        change(sides)
        parity = _compare(sides)
        assert _reasons(parity) <= {reason}
        assert all(each.findings for each in parity.differences)

    check()


@given(books(), st.lists(st.sampled_from(ONE_CHANGE), min_size=2, max_size=4, unique_by=lambda each: each[0]))
def test_several_changes_at_once_always_have_a_reason(
    book: Book, changes: list[tuple[str, Cause, Change]]
) -> None:
    """Changes that do not fit the gradebook are left out."""
    sides = both_sides(book)
    for _, _, change in changes:
        try:
            change(sides)
        except (IndexError, KeyError):
            continue
    for each in _compare(sides).differences:
        assert each.findings
        assert Cause.CALCULATED_OTHERWISE not in {finding.reason for finding in each.findings}


def test_two_changes_are_both_named() -> None:
    sides = _plain()
    _category(0, weight=Decimal(90))(sides)
    _item(2, factor=Decimal(3))(sides)
    assert _reasons(_compare(sides)) == {Cause.CATEGORY_WEIGHT, Cause.FACTOR}


def test_the_size_is_what_schoology_has_more() -> None:
    """Without 3/10 in the SIS: homework 20/30. 57.5 and 66.666… at 40% are 3.67 apart."""
    sides = _plain()
    _unsynced(0)(sides)
    (difference,) = _compare(sides).differences
    assert (difference.schoology, difference.sis) == (Decimal("67.53"), Decimal("71.19"))
    assert difference.size == Decimal("-3.66")
    assert difference.period.term == "M2"
    assert difference.findings[0].about == ("Work 0",)


def test_work_in_another_quarter_shows_in_both() -> None:
    sides = _plain()
    _assignment(0, due=date(2026, 10, 12))(sides)
    differences = _compare(sides).differences
    assert [each.period.term for each in differences] == ["M1", "M2"]
    assert [each.schoology for each in differences] == [None, Decimal("67.53")]
    assert differences[0].size is None


def test_the_weights_to_set_are_named() -> None:
    sides = _plain()
    _category(0, weight=Decimal(55))(sides)
    (finding,) = _compare(sides).differences[0].findings
    assert "“HW work” to 40" in fix(finding.fix)


def test_reported_averages_are_believed_over_calculated_ones() -> None:
    """The teacher changed the average in the SIS by hand."""
    schoology, sis, matching = _plain().inputs()
    sis = replace(sis, averages=(SisAverage("S0", "M2", Decimal("90.00")),))
    (difference,) = compare(schoology, sis, matching).differences
    assert (difference.sis, difference.sis_reported, difference.schoology_reported) == (90, True, False)
    assert [each.reason for each in difference.findings] == [Cause.CALCULATED_OTHERWISE]
    assert "67.53" in why(difference.findings[0].why)


def test_whole_numbers_in_schoology_are_rounding() -> None:
    sides = _plain()
    sides.averages = {"E0": Decimal(68)}
    (difference,) = _compare(sides).differences
    assert [each.reason for each in difference.findings] == [Cause.ROUNDING]
    assert "Round Period/Final Grades" in fix(difference.findings[0].fix)


def test_schoologys_average_of_the_course_is_not_taken_for_that_of_a_quarter() -> None:
    sides = _plain()
    sides.averages = {"E0": Decimal("12.00")}
    for side in (sides.items, sides.assignments):
        side[0] = replace(side[0], due=FIRST.start)
    sides.items[0] = replace(sides.items[0], due=None, period_id="501")
    assert _compare(sides).state is ParityState.EQUAL


def _two_without_weights() -> Sides:
    """9/10 and 50/100: evenly 70, together 59/110 = 53.64."""
    pieces = (Piece((Decimal(9),)), Piece((Decimal(50),), Decimal(100), "TEST"))
    return both_sides(Book(pieces, (Cat("HW"), Cat("TEST"))))


def test_categories_without_weights_are_assumed_to_weigh_evenly() -> None:
    parity = _compare(_two_without_weights())
    assert _reasons(parity) == {Cause.TOTAL_POINTS}
    assert parity.differences[0].schoology == 70
    assert parity.differences[0].findings[0].assumed is Assumed.EVEN_CATEGORIES
    assert Assumed.EVEN_CATEGORIES in parity.assumed


def test_what_schoology_does_without_weights_is_learned_from_what_it_reports() -> None:
    sides = _two_without_weights()
    sides.averages = {"E0": Decimal("53.64")}
    parity = _compare(sides)
    assert (parity.state, parity.unweighted_seen) == (ParityState.EQUAL, True)
    assert Assumed.EVEN_CATEGORIES not in parity.assumed
    sides.averages = {"E0": Decimal("70.00")}
    assert _reasons(_compare(sides)) == {Cause.TOTAL_POINTS}
    assert Assumed.EVEN_CATEGORIES not in _compare(sides).assumed


def test_whether_missing_work_counts_is_learned_from_averages() -> None:
    """8 of 10 and one missing: 40 with it, 80 without."""
    sides = both_sides(Book((Piece((Decimal(8),)), Piece((MISSING,)))))
    assert _compare(sides).state is ParityState.EQUAL
    assert Assumed.MISSING_IS_ZERO in _compare(sides).assumed
    sides.averages = {"E0": Decimal("80.00")}
    parity = _compare(sides)
    assert (_reasons(parity), parity.missing_counts) == ({Cause.MISSING_LEFT_OUT}, False)
    assert "Excuse it in Schoology" in fix(parity.differences[0].findings[0].fix)
    assert Assumed.MISSING_IS_ZERO not in parity.assumed
    sides.averages = {"E0": Decimal("40.00")}
    assert _compare(sides).state is ParityState.EQUAL
    assert Assumed.MISSING_IS_ZERO not in _compare(sides).assumed


def test_weights_in_schoology_over_total_points_are_to_be_turned_off() -> None:
    sides = _two_without_weights()
    sides.categories = [replace(each, weight=Decimal(50)) for each in sides.categories]
    (finding,) = _compare(sides).differences[0].findings
    assert finding.reason is Cause.CATEGORY_WEIGHT
    assert fix(finding.fix).startswith("Turn off “Weight Categories”")


def test_nothing_to_compare_is_a_state_of_its_own() -> None:
    sides = both_sides(Book((Piece((None,)),)))
    assert _compare(sides).state is ParityState.NOTHING
    sides.students = ()
    assert _compare(sides).state is ParityState.NOTHING


def test_only_assumed_rules_that_matter_are_named() -> None:
    assert _compare(both_sides(Book((Piece((Decimal(8),)),)))).assumed == (Assumed.ROUNDED_ONCE,)
    everything = Book(
        (Piece((Decimal(8), MISSING)), Piece((Decimal(1), None), Decimal(0), "TEST")),
        (Cat("HW", Decimal(40), drop=1), Cat("TEST", Decimal(60))),
        weighted=True,
    )
    sides = both_sides(everything)
    sides.items.append(replace(sides.items[0], id="79", due=None))
    assert set(_compare(sides).assumed) == set(Assumed) - {Assumed.EVEN_CATEGORIES}


def test_a_marking_period_may_have_weights_of_its_own() -> None:
    sides = _plain()
    homework, tests = sides.settings.categories
    only_first = replace(homework, weight=Decimal(90), terms=("M1",))
    sides.settings = replace(sides.settings, categories=(only_first, homework, tests))
    assert _compare(sides).state is ParityState.EQUAL


def test_another_session_of_the_section_does_not_count() -> None:
    sides = _plain()
    sides.assignments.append(replace(sides.assignments[0], session=2, number="1"))
    sides.scores[2, "1"] = (SisScore("S0", Decimal(0)),)
    assert _compare(sides).state is ParityState.EQUAL


def test_marking_periods_that_share_a_grading_period_go_by_the_due_date() -> None:
    sides = _plain()
    sides.periods = tuple(replace(each, grading_period_id="9") for each in sides.periods)
    sides.items = [replace(each, period_id="9") for each in sides.items]
    assert _compare(sides).state is ParityState.EQUAL


def test_an_item_without_a_date_goes_where_its_assignment_is() -> None:
    sides = _plain()
    sides.items[0] = replace(sides.items[0], due=None)
    assert _compare(sides).state is ParityState.EQUAL


def _untold() -> Sides:
    """A gradebook of an SIS that tells nothing of how it counts."""
    sides = _plain()
    bare = tuple(
        replace(each, weight=None, drop_lowest=None, exclude_missing=None)
        for each in sides.settings.categories
    )
    sides.settings = GradebookSettings("4711", None, None, bare)
    return sides


def test_without_rules_and_reports_of_the_sis_nothing_is_compared() -> None:
    sides = _untold()
    sides.scores = {}

    found = _compare(sides)

    assert (found.state, found.differences) == (ParityState.NOTHING, ())


def test_a_reported_average_is_compared_though_the_rules_are_unknown() -> None:
    sides = _untold()
    ours, theirs, matching = sides.inputs()
    same = _compare(_plain())
    assert same.state is ParityState.EQUAL
    reported = SisAverage(matching.students[0].student_id, "M2", Decimal("12.34"))

    found = compare(ours, replace(theirs, averages=(reported,)), matching)

    assert found.compared == 1
    assert (found.differences[0].sis, found.differences[0].sis_reported) == (Decimal("12.34"), True)
    assert [each.reason for each in found.differences[0].findings] == [Cause.NOT_TOLD]
    assert Assumed.POINTS_IN_CATEGORY not in found.assumed


def test_differences_of_the_work_are_named_though_the_rules_are_unknown() -> None:
    sides = _untold()
    sides.assignments[0] = replace(sides.assignments[0], points=Decimal(7))
    del sides.assignments[1]
    ours, theirs, matching = sides.inputs()
    reported = SisAverage(matching.students[0].student_id, "M2", Decimal("12.34"))

    found = compare(ours, replace(theirs, averages=(reported,)), matching)

    reasons = {each.reason for each in found.differences[0].findings}
    assert reasons == {Cause.POINTS, Cause.UNSYNCED_ITEM, Cause.NOT_TOLD}


def test_no_factor_differs_from_a_weight_that_the_sis_does_not_have() -> None:
    sides = _plain()
    sides.assignments = [replace(each, weight=None) for each in sides.assignments]

    assert _compare(sides).state is ParityState.EQUAL
