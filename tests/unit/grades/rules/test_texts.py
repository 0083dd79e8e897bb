"""Comments and titles as the SIS takes them."""

from __future__ import annotations

import pytest

from lti_app.grades.rules.texts import cut, plain_text

FAMILY, WAVING, FLAG, ACCENT = "👩\u200d👩\u200d👧", "👋🏽", "🇺🇸", "e\u0301"


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("<p>Well <b>done</b></p><p>Next</p>", "Well done Next"),
        ("3 &lt; 4 &amp;&amp; 5", "3 < 4 && 5"),
        ("one<br>two\n three", "one two three"),
        ("nul\x00 and \x1bescape", "nul and escape"),
    ],
)
def test_markup_and_control_characters_are_not_sent(given: str, sent: str) -> None:
    assert plain_text(given) == sent


@pytest.mark.parametrize("picture", [FAMILY, WAVING, FLAG, ACCENT])
def test_nothing_that_people_see_as_one_is_cut_apart(picture: str) -> None:
    text = "ab" + picture * 3
    for length in range(1, len(text)):
        kept = cut(text, length)
        whole = {text[:end] + "…" for end in (0, 1, *(2 + len(picture) * n for n in range(4)))}
        assert len(kept) <= length and kept in whole
    assert cut(text, len(text)) == cut(text, None) == text
