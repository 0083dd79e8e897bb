"""The fragment of the teacher's page that shows a comparison."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from html.parser import HTMLParser

import pytest
from jinja2 import Environment, FileSystemLoader

from lti_app import formats
from lti_app.grades.parity.compare import Assumed, Cause, Parity, Student, compare
from lti_app.grades.parity.values import shared_findings
from lti_app.runs import words
from lti_app.school.gradebook import SisAverage
from tests.conventions.sources import ROOT
from tests.unit.grades.books import Book, Cat, Piece, Sides, both_sides


class _Well(HTMLParser):
    """Notes elements that are opened and not closed, and the scopes of header cells."""

    VOID = frozenset(("path", "circle", "rect", "input", "br"))

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.scopes: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.VOID:
            self.open.append(tag)
        if tag == "th":
            self.scopes.append(dict(attrs).get("scope") or "none")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Closed already."""

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def _render(parity: Parity) -> str:
    pages = Environment(loader=FileSystemLoader(ROOT / "templates"), autoescape=True)
    pages.filters |= {"why": words.why, "fix": words.fix}
    found = {"parity": parity, "causes": shared_findings(parity.differences), "fmt": formats}
    return pages.get_template("partials/parity.html").render(**found, words=words)


def _words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def _sides(results: tuple[Decimal | None, ...] = (Decimal(8), Decimal(6))) -> Sides:
    tests = tuple(None if each is None else each - 3 for each in results)
    pieces = (Piece(results), Piece(tests, Decimal(20), "TEST"))
    return both_sides(Book(pieces, (Cat("HW", Decimal(40)), Cat("TEST", Decimal(60))), weighted=True))


def _compared(sides: Sides) -> Parity:
    return compare(*sides.inputs())


def test_all_equal_is_said_in_words() -> None:
    said = _words(_render(_compared(_sides())))
    assert "All averages match" in said
    assert "2 averages match in both gradebooks" in said
    assert "Fix:" not in said


def test_a_reason_of_several_averages_is_said_once() -> None:
    sides = _sides()
    sides.categories[0] = replace(sides.categories[0], weight=Decimal(90))
    parity = _compared(sides)
    assert len(parity.differences) == 2

    said = _words(_render(parity))

    assert "Causes shared by several averages" in said and "2 averages" in said
    assert said.count("Fix:") == 1 and said.count("See 1 above.") == 2


def test_nothing_to_compare_says_what_to_do() -> None:
    said = _words(_render(_compared(_sides((None,)))))
    assert "Nothing to compare yet" in said
    assert "All averages match" not in said


def test_a_difference_names_student_size_reason_and_fix() -> None:
    sides = _sides()
    sides.categories[0] = replace(sides.categories[0], weight=Decimal(90))
    sides.students = (replace(sides.students[0], name="Zoë <b>王</b> O'Neil"), sides.students[1])
    page = _render(_compared(sides))
    said = _words(page)
    assert "2 of 2 averages differ" in said
    assert "Category weight: 2 averages" in said
    # 80 × 0.6 + 25 × 0.4 = 58 and 80 × 0.4 + 25 × 0.6 = 47, with 90 : 60 in Schoology
    assert "58.00 calculated by the app 47.00 calculated by the app 11.00 higher in Schoology" in said
    assert "Fix: Set the weight of “HW work” to 40 in Schoology." in said
    assert "Zoë &lt;b&gt;王&lt;/b&gt; O&#39;Neil" in page
    assert "Second quarter" in said


def test_what_a_system_shows_itself_is_told_from_what_was_calculated() -> None:
    schoology, sis, matching = _sides((Decimal(8),)).inputs()
    sis = replace(sis, averages=(SisAverage("S0", "M2", Decimal(90)),))
    said = _words(_render(compare(schoology, sis, matching)))
    assert "47.00 calculated by the app 90.00 from the SIS 43.00 lower in Schoology" in said


def test_a_student_with_one_average_only_is_told_apart() -> None:
    sides = _sides((Decimal(8),))
    sides.students = (Student("", "E0", "Nobody"),)
    said = _words(_render(_compared(sides)))
    assert "None" in said
    assert "Only Schoology has an average" in said
    assert "Not in the SIS section" in said


def test_assumed_rules_are_named() -> None:
    said = _words(_render(_compared(_sides())))
    assert f"Assumed: {words.ASSUMPTIONS[Assumed.POINTS_IN_CATEGORY]}" in said
    assert f"Assumed: {words.ASSUMPTIONS[Assumed.DROP_BY_PERCENT]}" not in said
    pieces = Book((Piece((Decimal(8),)), Piece((Decimal(2),))), (Cat("HW", Decimal(40)),), weighted=True)
    dropped = both_sides(pieces)
    dropped.categories[0] = replace(dropped.categories[0], drop_lowest=1)
    assert "Dropped scores based on an assumption" in _words(_render(_compared(dropped)))


@pytest.mark.parametrize("weight", [40, 90])
def test_the_fragment_is_well_formed_and_its_table_has_headers(weight: int) -> None:
    sides = _sides()
    sides.categories[0] = replace(sides.categories[0], weight=Decimal(weight))
    page = _Well()
    page.feed(_render(_compared(sides)))
    assert page.open == []
    assert page.scopes == ([] if weight == 40 else ["col"] * 5 + ["row"] * 2)


def test_the_page_on_parity_knows_every_reason_and_every_assumed_rule() -> None:
    told = (ROOT / "docs" / "parity.md").read_text("utf-8")
    assert [said for said in words.CAUSES.values() if f"| {said} |" not in told] == []
    assert set(words.CAUSES) == set(Cause) and set(words.ASSUMPTIONS) == set(Assumed)
    assert [each.name for each in Assumed if f"`{each.name}`" not in told] == []
