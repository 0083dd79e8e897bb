"""Averages worked by hand: the app's arithmetic and both sandboxes must all give them.

Each gradebook names the source of the rule that it shows; the addresses are in docs/parity.md. Where no
source settles the rule, the source is *assumed*.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pytest

from lti_app.grades.parity.compare import ParityState, compare
from lti_app.school.gradebook import ScoreException
from lti_app.school.scores import average, schoology_cell, schoology_rules, sis_cell, sis_rules
from tests.unit.grades.books import (
    EXCUSED,
    INCOMPLETE,
    MISSING,
    TODAY,
    Book,
    Cat,
    Piece,
    both_sides,
    schoology_says,
    sis_says,
)

FACTOR = "Schoology help 201001413, What is Factor for graded items"
FINAL = "Schoology help 215633118, Final Grade Settings"
EXCEPTIONS = "Schoology help 214826077, Exceptions"
EXTRA = "Schoology help 212819367, Extra credit"
SETUP = "Schoology help 209970338, Courses: Grade Setup"
CALCULATED_BY = "Schoology, Percent and Total points, as quoted by sdst.org"
CATEGORIES = "eSchoolPLUS TAC help, Gradebook Category Tab Field Descriptions"
ASSIGNMENTS = "eSchoolPLUS TAC help, Gradebook Setup Assignments Tab Field Descriptions"
EXCUSING = "eSchoolPLUS TAC help, Excusing a Student from an Assignment"
OVER = "eSchoolPLUS TAC help, Loading Grades from Gradebook to IPR (an average of 101.67%)"
ASSUMED = "assumed"


@dataclass(frozen=True)
class Hand:
    """A gradebook of one student, and the average that pencil and paper give."""

    name: str
    source: str
    book: Book
    result: str


def _work(result: object, points: object = 10, code: str = "HW", factor: object = 1, **more: object) -> Piece:
    known = result is None or isinstance(result, ScoreException)
    return Piece(
        (result if known else Decimal(str(result)),),
        Decimal(str(points)),
        code,
        Decimal(str(factor)),
        **more,
    )


def _cats(*weights: tuple[str, int], drop: int = 0) -> tuple[Cat, ...]:
    return tuple(Cat(code, Decimal(weight), drop) for code, weight in weights)


HOMEWORK = Cat()


def _points(*pieces: Piece, cat: Cat = HOMEWORK) -> Book:
    return Book(pieces, (cat,))


def _weighted(categories: tuple[Cat, ...], *pieces: Piece) -> Book:
    return Book(pieces, categories, weighted=True)


PERCENT = Cat(percent=True)
HANDS = (
    # 0/10 once and 1/1 ten times: (0 × 1 + 1 × 10) / (10 × 1 + 1 × 10) = 10/20
    Hand("a factor evens out points", FACTOR, _points(_work(0), _work(1, 1, factor=10)), "50.00"),
    # (0 + 10 × 2) / (10 + 10 × 2) = 20/30
    Hand("a factor of two, full points", FACTOR, _points(_work(0), _work(10, factor=2)), "66.67"),
    # (10 + 0) / 30
    Hand("a factor of two, no points", FACTOR, _points(_work(10), _work(0, factor=2)), "33.33"),
    # 10/10 alone: the 0/10 with factor 0 is not used
    Hand("a factor of zero", FACTOR, _points(_work(10), _work(0, factor=0)), "100.00"),
    # (77 + 76 + 1) / 300 = 154/300
    Hand(
        "first quarter of the help page",
        FINAL,
        _points(_work(77, 100), _work(76, 100), _work(1, 100)),
        "51.33",
    ),
    # (2 + 77) / 200 = 79/200
    Hand("second quarter of the help page", FINAL, _points(_work(2, 100), _work(77, 100)), "39.50"),
    # 8/10; the excused one as if it were blank
    Hand("excused work is left out", EXCEPTIONS, _points(_work(8), _work(EXCUSED)), "80.00"),
    # 9/10
    Hand("incomplete work is left out", EXCEPTIONS, _points(_work(9), _work(INCOMPLETE, 50)), "90.00"),
    # 4/4 and 0/4
    Hand("missing work is zero", EXCEPTIONS, _points(_work(4, 4), _work(MISSING, 4)), "50.00"),
    # (90 + 5) / 100
    Hand("work for no points is extra credit", EXTRA, _points(_work(90, 100), _work(5, 0)), "95.00"),
    # nothing else in its category: no average of that category, 40/50 of the other
    Hand(
        "extra credit alone in its category",
        EXTRA,
        _weighted(_cats(("HW", 50), ("LAB", 50)), _work(40, 50), _work(5, 0, "LAB")),
        "80.00",
    ),
    # (8 + 45) / (10 + 50) = 53/60
    Hand("total points", CALCULATED_BY, _points(_work(8), _work(45, 50)), "88.33"),
    # (80 + 90 + 70) / 3: the same in points, as all are worth 10
    Hand(
        "percentages of equal points",
        CALCULATED_BY,
        _points(_work(8), _work(9), _work(7), cat=PERCENT),
        "80.00",
    ),
    # (90 × 2 + 60) / 3
    Hand(
        "percentages with a factor",
        CALCULATED_BY,
        _points(_work(9, factor=2), _work(6), cat=PERCENT),
        "80.00",
    ),
    # 90 × 1/5 + 70 × 4/5 = 18 + 56
    Hand(
        "weights are proportions",
        SETUP,
        _weighted(_cats(("HW", 1), ("TEST", 4)), _work(9), _work(70, 100, "TEST")),
        "74.00",
    ),
    # 95 × 0.2 + 80 × 0.3 + 85 × 0.5 = 19 + 24 + 42.5
    Hand(
        "three weights",
        SETUP,
        _weighted(
            _cats(("HW", 20), ("QUIZ", 30), ("TEST", 50)),
            _work(19, 20),
            _work(8, 10, "QUIZ"),
            _work(85, 100, "TEST"),
        ),
        "85.50",
    ),
    # (18 + 150) / (20 + 200) = 168/220
    Hand("total points over all", CATEGORIES, _points(_work(18, 20), _work(150, 200)), "76.36"),
    # 7/10; the work without a score is left out in both, as the category excludes missing
    Hand("no score yet", EXCUSING, _points(_work(7), _work(None)), "70.00"),
    # due on the 23rd, which is today, and scored: (10 + 5) / 20
    Hand("work due today counts", ASSIGNMENTS, _points(_work(10), _work(5, due=TODAY)), "75.00"),
    # due in the first quarter, still on time for that quarter: 6/8
    Hand("work of the quarter before", ASSIGNMENTS, _points(_work(6, 8, due=date(2026, 9, 14))), "75.00"),
    # (10 + 10.5 + 10) / 30 = 101.666…
    Hand("more than the points", OVER, _points(_work(10), _work("10.5"), _work(10)), "101.67"),
    # nothing counts
    Hand("everything excused", EXCEPTIONS, _points(_work(EXCUSED), _work(EXCUSED)), "None"),
    # 20% has nothing in it: (60 × 60 + 20 × 100) / 80 = 5600/80
    Hand(
        "an unused category leaves its weight to the others",
        ASSUMED,
        _weighted(
            _cats(("HW", 20), ("TEST", 60), ("LAB", 20)),
            _work(10),
            _work(60, 100, "TEST"),
        ),
        "70.00",
    ),
    # 30/100 is 30% and goes, though 4/5 has fewer points: 4/5
    Hand(
        "the lowest percentage is dropped",
        ASSUMED,
        _points(_work(4, 5), _work(30, 100), cat=Cat(drop=1)),
        "80.00",
    ),
    # 50% twice: the one worth 100 goes, (5 + 9) / 20
    Hand(
        "of equal percentages the one worth more is dropped",
        ASSUMED,
        _points(_work(5), _work(50, 100), _work(9), cat=Cat(drop=1)),
        "70.00",
    ),
    # 40% and 60% go, 90% stays
    Hand("two are dropped", ASSUMED, _points(_work(4), _work(9), _work(6), cat=Cat(drop=2)), "90.00"),
    # two should go, one stays: 6/10
    Hand("the last score is never dropped", ASSUMED, _points(_work(2), _work(6), cat=Cat(drop=2)), "60.00"),
    # the zero goes: 8/10
    Hand(
        "missing work can be the one dropped",
        ASSUMED,
        _points(_work(8), _work(MISSING), cat=Cat(drop=1)),
        "80.00",
    ),
    # 2/10 goes and the bonus stays: (9 + 1) / 10
    Hand(
        "a bonus is not dropped", ASSUMED, _points(_work(9), _work(2), _work(1, 0), cat=Cat(drop=1)), "100.00"
    ),
    # 0.33335 of 1 is 33.335
    Hand("half a hundredth goes up", ASSUMED, _points(_work("0.33335", 1)), "33.34"),
    # 1/3 × 30 + 1/2 × 70 = 10 + 35, and not 44.99…
    Hand(
        "thirds are not worn down",
        ASSUMED,
        _weighted(_cats(("HW", 30), ("TEST", 70)), _work(1, 3), _work(35, 70, "TEST")),
        "45.00",
    ),
    # (8.75 + 17.5) / 30 = 26.25/30
    Hand("decimals", CALCULATED_BY, _points(_work("8.75"), _work("17.5", 20)), "87.50"),
)


def _ours(hand: Hand) -> list[str]:
    """The average by the app's reading of Schoology and of the SIS."""
    sides = both_sides(hand.book)
    grades = {each.item_id: each for each in sides.grades}
    scores = {number: own[0] for (_, number), own in sides.scores.items() if own}
    here = [schoology_cell(item, grades[item.id]) for item in sides.items]
    there = [sis_cell(each, scores.get(each.number), sides.settings, TODAY) for each in sides.assignments]
    return [
        str(average([cell for cell in here if cell], schoology_rules(sides.categories))),
        str(average([cell for cell in there if cell], sis_rules(sides.settings))),
    ]


@pytest.mark.parametrize("hand", HANDS, ids=lambda hand: hand.name)
def test_all_four_hands_agree_with_pencil_and_paper(hand: Hand) -> None:
    sandboxes = [str(schoology_says(hand.book)), str(sis_says(hand.book))]
    assert (*_ours(hand), *sandboxes) == (hand.result,) * 4
    assert compare(*both_sides(hand.book).inputs()).state is not ParityState.DIFFERENT


def test_there_are_enough_of_them_and_each_names_its_source() -> None:
    assert len(HANDS) >= 20
    assert sum(hand.source != ASSUMED for hand in HANDS) >= 20
    assert all(hand.source for hand in HANDS)


def test_averages_can_be_cut_off_in_the_sis() -> None:
    """Round or truncate: eSchoolPLUS TAC help, Gradebook Category Tab Field Descriptions."""
    book = Book((_work(2, 3),), truncates=True)
    assert str(sis_says(book)) == _ours(Hand("", CATEGORIES, book, ""))[1] == "66.66"


def test_a_third_of_a_weight_survives_being_cut_off() -> None:
    pieces = (_work(1, 3), _work(35, 70, "TEST"))
    book = Book(pieces, _cats(("HW", 30), ("TEST", 70)), weighted=True, truncates=True)
    assert str(sis_says(book)) == _ours(Hand("", ASSUMED, book, ""))[1] == "45.00"


def test_percentages_of_unequal_points_are_schoologys_own() -> None:
    """(80 + 90) / 2: Schoology, Percent. The SIS has (8 + 45) / 60."""
    book = _points(_work(8), _work(45, 50), cat=PERCENT)
    assert str(schoology_says(book)) == _ours(Hand("", CALCULATED_BY, book, ""))[0] == "85.00"
    assert str(sis_says(book)) == _ours(Hand("", CATEGORIES, book, ""))[1] == "88.33"


def test_unweighted_categories_weigh_evenly_in_schoology() -> None:
    """(90 + 50) / 2: the API's `weighted_grading_categories` 0; disputed, so named as assumed."""
    book = Book((_work(9), _work(50, 100, "TEST")), _cats(("HW", 1), ("TEST", 1)))
    assert str(schoology_says(book)) == _ours(Hand("", ASSUMED, book, ""))[0] == "70.00"
    assert str(sis_says(book)) == _ours(Hand("", CATEGORIES, book, ""))[1] == "53.64"


def test_a_test_for_no_points_counts_for_nothing_in_schoology() -> None:
    """Schoology help 212819367: tests and quizzes worth no points are not in grade calculations."""
    book = _points(_work(9), _work(1, 0, kind="assessment"))
    assert str(schoology_says(book)) == _ours(Hand("", EXTRA, book, ""))[0] == "90.00"


def test_extra_credit_in_a_category_of_percentages() -> None:
    """80% and 3 points more: observed by Schoology Plus, which adds them as percentage points."""
    book = _points(_work(8), _work(3, 0), cat=PERCENT)
    assert str(schoology_says(book)) == _ours(Hand("", ASSUMED, book, ""))[0] == "83.00"


def test_work_without_a_score_is_zero_unless_its_category_excludes_it() -> None:
    """eSchoolPLUS TAC help, Excusing a Student from an Assignment; in Schoology it is left out."""
    book = _points(_work(10), _work(None), cat=Cat(exclude_missing=False))
    assert str(sis_says(book)) == _ours(Hand("", EXCUSING, book, ""))[1] == "50.00"
    assert str(schoology_says(book)) == _ours(Hand("", EXCEPTIONS, book, ""))[0] == "100.00"


def test_work_due_after_today_counts_in_schoology_only() -> None:
    """eSchoolPLUS TAC help, Assignments Tab Field Descriptions, Date Due."""
    book = _points(_work(10), _work(5, due=date(2026, 12, 1)))
    assert str(sis_says(book)) == _ours(Hand("", ASSIGNMENTS, book, ""))[1] == "100.00"
    assert str(schoology_says(book)) == _ours(Hand("", EXCEPTIONS, book, ""))[0] == "75.00"
