"""Comments and titles as the SIS takes them."""

from __future__ import annotations

import pytest

from lti_app.grades.rules.texts import cut, has_embedded, plain_text

FAMILY, WAVING, FLAG, ACCENT = "👩\u200d👩\u200d👧", "👋🏽", "🇺🇸", "e\u0301"


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("<p>Well <b>done</b></p><p>Next</p>", "Well done Next"),
        ("3 &lt; 4 &amp;&amp; 5", "3 < 4 && 5"),
        ("one<br>two\n three", "one two three"),
        ("nul\x00 and \x1bescape", "nul and escape"),
        ('<P CLASS="a > b">one</P><img src=x.png/>two<br/>three', "one two three"),
        ("before<!-- hidden > text -->after", "beforeafter"),
        ("one<p>two<P class=x>three", "one two three"),
        ("<ul><li>one<li>two</ul>after", "one two after"),
        ("<td>one<td>two<dt>three<blockquote>four", "one two three four"),
        ("</p>one</div></b>two", "one two"),
        ("see <b>this", "see this"),
        ("<span style='color: red'>red, <strong>never closed", "red, never closed"),
        ('a video<iframe src="x" allowfullscreen data-id></iframe><p hidden>end', "a video end"),
        ("a<b>c</b>d", "acd"),
        ("<o:p>from an editor</o:p>", "from an editor"),
    ],
)
def test_markup_and_control_characters_are_not_sent(given: str, sent: str) -> None:
    assert plain_text(given) == sent


@pytest.mark.parametrize(
    "text",
    [
        "x < y and y > z",
        "x <y and y> z",
        "if a<b and c>d",
        "List<String> is missing",
        "a<b>c",
        "Map<K, V> and a <placeholder>",
        "<p and q> or <li of three>",
        "I <3 this! >_<",
        "ends with <p",
        "<-- look -->",
        "<!-- no end",
        "</closed only>",
    ],
)
def test_what_only_looks_like_markup_is_sent(text: str) -> None:
    assert plain_text(text) == text
    assert plain_text(f"<div><strong>{text}</strong></div>") == text


def test_pictures_links_and_media_are_known_to_be_left_out() -> None:
    for text in ('<a href="https://x.example">here</a>', "<img src=x.png>", "<iframe src='x'></iframe>"):
        assert has_embedded(f"<p>See {text}</p>")
    assert has_embedded('never closed: <a href="https://x.example">here')
    assert has_embedded('<iframe src="x" allowfullscreen></iframe>')
    assert not has_embedded("<p>plain <b>text</b>, a<b, <a or img></p>")


@pytest.mark.parametrize("picture", [FAMILY, WAVING, FLAG, ACCENT])
def test_nothing_that_people_see_as_one_is_cut_apart(picture: str) -> None:
    text = "ab" + picture * 3
    for length in range(1, len(text)):
        kept = cut(text, length)
        whole = {text[:end] + "…" for end in (0, 1, *(2 + len(picture) * n for n in range(4)))}
        assert len(kept) <= length and kept in whole
    assert cut(text, len(text)) == cut(text, None) == text
