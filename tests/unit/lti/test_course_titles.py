"""A course is called by its name once, though Schoology's launch says course and section."""

from __future__ import annotations

import pytest

from lti_app.lti.claims import title_of


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("Algebra II: Section 3", "Algebra II: Section 3"),
        ("Algebra I: Algebra I - Period 3", "Algebra I - Period 3"),
        ("Math Grade 3 (Glen School): Math Grade 3", "Math Grade 3 (Glen School)"),
        ("Math  3: math 3", "math 3"),
        ("Art: ", "Art: "),
        ("Biology", "Biology"),
        ("", ""),
    ],
)
def test_a_title_says_nothing_twice(title: str, shown: str) -> None:
    assert title_of({"title": title}) == shown
