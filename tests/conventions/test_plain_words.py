"""Pages, messages and docs are plain American English; dates, numbers and plurals come from one place."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.conventions.sources import ROOT, Source, assert_none, sources

AVOID = {
    r"mend(s|ed|ing)?": "fix",
    r"cure[sd]?": "fix",
    r"anew": "again",
    r"meanwhile": "in the meantime, while this was running",
    r"(by|of) (itself|themselves)": "automatically",
    r"whom|of which|wherein|whereof|thereof": "rephrase",
    r"parted|unparted": "separated, unlink",
    r"at present": "right now",
    r"let(s|ting)? go( of)?": "no longer managed",
    r"(for|need|needs) a person( to)?": "need your review or approval",
    r"unasked": "without your approval",
    r"as (it|they) stands?": "drop it, or say where it is shown",
    r"what stands": "drop it, or say where it is shown",
    r"stays? as (it is|they are)": "drop it, or say what is kept",
    r"(is|are) (the )?masters?": "SIS data overwrites Schoology",
    r"un?tick(s|ed|ing)?|tick(s|ed|ing)?": "select, selected, clear",
    r"at once": "immediately",
    r"for all that|all the same": "anyway",
    r"become (it|the acting user)": "Make me the Acting User",
    r"somebody|nobody": "name the role",
    r"any more": "anymore, no longer",
    r"set-ups?": "setup",
    r"not yet again": "not again yet",
    r"goes on|go on": "continues",
    r"press(es|ed)?(?! Ctrl)": "select",
    r"per cent": "percent",
    r"in place of": "instead of",
    r"switched (on|off)": "turned on, turned off",
    r"is noted": "is recorded",
    r"put(s|ting)? back|put it back": "restore",
    r"please look|solved": "name the problem; resolved",
    r"1 records": "1 record",
}
"""What isn't said (whole words, in any case) → what is."""
BRITISH = {
    r"organis(e|es|ed|ing|ation|ations)": "organiz…",
    r"licen[c]e[sd]?": "license",
    r"colours?|coloured": "color",
    r"behaviours?": "behavior",
    r"cancell(ed|ing)": "canceled, canceling",
    r"e-mail(s|ed|ing)?": "email",
    r"labell(ed|ing)": "labeled",
    r"favou[r]s?|favou[r]ites?": "favor",
    r"centre[sd]?": "center",
    r"programmes?": "program",
    r"whilst|amongst": "while, among",
    r"queueing": "queuing",
    r"catalogue[sd]?": "catalog",
    r"modell(ed|ing)|travell(ed|ing)": "one l",
    r"enrol|enrols|enrolment": "enroll, enrollment",
    r"grey": "gray",
    r"recognis(e|es|ed)": "recogniz…",
}
IN_CODE = {
    **{each: AVOID[each] for each in (r"mend(s|ed|ing)?", r"cure[sd]?", r"anew", r"meanwhile", r"unasked")},
    r"somebody|nobody": "someone, no one",
    r"un?tick(ed|ing)|ticked": "selected",
    r"per cent": "percent",
    **{bad: good for bad, good in BRITISH.items() if "organis" in bad or "e-mail" in bad or "cancell" in bad},
}
"""What isn't said in comments, docstrings, and names of tests either; other words may be needed there."""
WORDS = [(re.compile(rf"\b({bad})\b", re.IGNORECASE), good) for bad, good in {**AVOID, **BRITISH}.items()]
ISO_DAY = re.compile(r"\b(19|20)\d\d-\d\d-\d\d\b")
DUMP = re.compile(r"\{['\"]\w+['\"]:")
"""A Python or JSON value with its braces, such as {'drop_share': 0.1}."""

SHOWN = "aria-label|placeholder|title|alt|data-say|data-label|data-busy"
"""Attributes that a person reads or hears."""
NOT_READ_BY_PEOPLE = ("lti_app/outbound/shared_pace.py", "lti_app/web/headers.py")
"""SQL and HTTP headers."""
OTHER_PRODUCTS = "lti_app/sandbox/"
"""The sandboxes write dates as Schoology and the SIS do."""


def texts_of(page: str) -> Iterator[tuple[int, str]]:
    """(line, text) of what a template shows: text outside of tags, read attributes, and literals with a
    space inside of Jinja's tags."""
    bare = re.sub(r"{#.*?#}", lambda found: "\n" * found[0].count("\n"), page, flags=re.DOTALL)
    for found in re.finditer(r"{[{%](.*?)[%}]}", bare, re.DOTALL):
        for said in re.finditer(r'"([^"\\]*)"', found[1]):
            if " " in said[1] or said[1][:1].isupper():
                yield bare.count("\n", 0, found.start() + said.start()) + 1, said[1]
    outside = re.sub(
        r"{[{%].*?[%}]}", lambda found: "\n" * found[0].count("\n") or " ", bare, flags=re.DOTALL
    )
    for found in re.finditer(rf'\b(?:{SHOWN})="([^"]*)"', outside):
        yield outside.count("\n", 0, found.start()) + 1, found[1]
    plain = re.sub(r"<[^>]*>", lambda found: "\n" * found[0].count("\n"), outside, flags=re.DOTALL)
    yield from enumerate(plain.splitlines(), start=1)


def prose_of(page: str) -> Iterator[tuple[int, str]]:
    """(line, text) of Markdown outside of code blocks, code spans, and the targets of links."""
    blank = re.sub(r"^```.*?^```", lambda found: "\n" * found[0].count("\n"), page, flags=re.DOTALL | re.M)
    blank = re.sub(r"`[^`\n]*`", "…", blank)
    yield from enumerate(re.sub(r"\]\([^)\s]*\)", "]", blank).splitlines(), start=1)


def messages_of(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """(line, text) of every literal that may be a sentence or a label: outside of docstrings, with a space or
    a capital letter in front. Values in f-strings are shown as “…”."""
    skipped = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant | ast.JoinedStr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            skipped |= {id(part) for part in node.values}
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.JoinedStr):
            parts = [str(each.value) if isinstance(each, ast.Constant) else "…" for each in node.values]
            yield node.lineno, "".join(parts)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
            if " " in text.strip() or re.match(r"[A-Z][a-z]", text):
                yield node.lineno, text


def remarks_of(text: str) -> Iterator[tuple[int, str]]:
    """(line, text) of the comments, docstrings, and names of tests of a module."""
    docstrings = {
        (node.value.lineno, node.value.col_offset)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT or (token.type == tokenize.STRING and token.start in docstrings):
            yield token.start[0], re.sub(r"`[^`\n]*`|\b\w*[._]\w+\b", "…", token.string)
        elif token.type == tokenize.NAME and token.string.startswith("test_"):
            yield token.start[0], token.string.replace("_", " ")


def wrong_words(text: str, avoid: Sequence[tuple[re.Pattern[str], str]] = WORDS) -> list[str]:
    """Each word of a text that isn't said, with what to write."""
    return [f"“{found[0]}” (write: {good})" for bad, good in avoid for found in bad.finditer(text)]


def _modules() -> list[Source]:
    return [each for each in sources("lti_app") if not each.name.startswith(NOT_READ_BY_PEOPLE)]


def _templates() -> list[Path]:
    return sorted((ROOT / "templates").rglob("*.html"))


def _docs() -> Iterator[tuple[str, str]]:
    """(place, text) of everything that the documentation says."""
    for path in sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]):
        place = str(path.relative_to(ROOT))
        for line, text in prose_of(path.read_text("utf-8")):
            yield f"{place}:{line}", text


def _shown() -> Iterator[tuple[str, str]]:
    """(place, text) of everything that the app says."""
    for path in _templates():
        for line, text in texts_of(path.read_text("utf-8")):
            yield f"{path.relative_to(ROOT)}:{line}", text
    for source in _modules():
        for line, text in messages_of(source.tree):
            yield f"{source.name}:{line}", text


def test_pages_and_messages_use_plain_american_words() -> None:
    assert_none(f"{place} {wrong}" for place, text in _shown() for wrong in wrong_words(text))


def test_pages_and_messages_hold_no_raw_date_and_no_dump() -> None:
    assert_none(
        f"{place} {text.strip()[:80]}"
        for place, text in _shown()
        if ISO_DAY.search(text) or DUMP.search(text)
    )


def test_comments_docstrings_and_names_of_tests_use_plain_words() -> None:
    avoid = [(re.compile(rf"\b({bad})\b", re.IGNORECASE), good) for bad, good in IN_CODE.items()]
    assert_none(
        f"{source.name}:{line} {wrong}"
        for source in (*sources("lti_app"), *sources("tests"), *sources("migrations"))
        if source.name != "tests/conventions/test_plain_words.py"
        for line, text in remarks_of(source.text)
        for wrong in wrong_words(text, avoid)
    )


def test_the_documentation_uses_plain_american_words() -> None:
    assert_none(f"{place} {wrong}" for place, text in _docs() for wrong in wrong_words(text))


def test_the_documentation_holds_no_raw_date_and_no_dump() -> None:
    assert_none(
        f"{place} {text.strip()[:80]}" for place, text in _docs() if ISO_DAY.search(text) or DUMP.search(text)
    )


def test_templates_format_no_date_or_number_themselves() -> None:
    own = re.compile(r"strftime|isoformat|\{:[,.%]")
    assert_none(
        f"{path.relative_to(ROOT)} {found[0]}"
        for path in _templates()
        for found in own.finditer(path.read_text("utf-8"))
    )


def test_only_the_formats_module_formats_dates_and_grouped_numbers() -> None:
    assert_none(
        f"{source.name}:{node.lineno}"
        for source in _modules()
        if source.name != "lti_app/formats.py" and not source.name.startswith(OTHER_PRODUCTS)
        for node in ast.walk(source.tree)
        if _formats_itself(node)
    )


def _formats_itself(node: ast.AST) -> bool:
    if isinstance(node, ast.FormattedValue) and node.format_spec is not None:
        spec = ast.unparse(node.format_spec)
        return bool(re.search(r"%[a-zA-Z-]|,|%'$", spec))
    return isinstance(node, ast.Attribute) and node.attr == "strftime"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Mend the SIS first.", "fix"),
        ("12 of them would wait for a person.", "approval"),
        ("Cancelled by hand", "canceled"),
        ("an e-mail address", "email"),
        ("The SIS is master", "overwrites"),
        ("Nothing was unticked.", "select"),
    ],
)
def test_a_word_that_is_put_back_is_found(text: str, said: str) -> None:
    assert any(said in wrong for wrong in wrong_words(text))
    assert any(text == found for _, found in messages_of(ast.parse(f"MESSAGE = {text!r}")))
    assert any(text in found for _, found in texts_of(f"<p>{text}</p>"))
    assert any(text in found for _, found in prose_of(f"Some prose. {text}"))
    assert any(text == found for _, found in texts_of(f'{{{{ ui.empty("{text}") }}}}'))


def test_comments_docstrings_and_names_are_not_messages() -> None:
    assert list(messages_of(ast.parse('"""Mend it."""\nKEY = "anew"\n'))) == []
    assert not "".join(text for _, text in texts_of("{# Mend it. #}")).strip()


def test_remarks_are_read_with_the_names_of_tests() -> None:
    code = '"""Mend it."""\nx = "anew"  # by somebody\ndef test_anew_by_nobody(): ...\n'
    assert [line for line, _ in remarks_of(code)] == [1, 2, 3]
    assert "anew by nobody" in list(remarks_of(code))[2][1]


def test_code_and_link_targets_in_the_documentation_are_not_prose() -> None:
    page = "```\nanew 2026-11-30\n```\nSee `anew` and [this](mend.md).\n"
    assert not [found for _, text in prose_of(page) for found in wrong_words(text)]
    assert [line for line, text in prose_of(page) if "See" in text] == [4]
