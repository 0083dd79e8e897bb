"""A page split into raw rows: one broken row costs that row, a broken page is never an empty answer."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_app.runs.words import sentence
from lti_app.school.reasons import NO_REASON
from lti_app.sis.pages import UnreadablePage, split
from lti_app.sis.rows import CELL, CELLS, NotARow, RowType, shortened

ROWS = RowType("Things", {"ID": CELL, "NAME": CELL, "TAGS": CELLS, "PARTS": {"DAY": CELL}})
SOUND = b'{"page": 1, "rows": [{"ID": "1"}, {"ID": 2}], "more": {"a": [1.5, null]}}'
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.sampled_from("IDNAME"), inside),
    max_leaves=8,
)
ROW = st.fixed_dictionaries(
    {}, optional={"ID": JSON, "NAME": JSON, "TAGS": JSON, "PARTS": JSON, "OTHER": JSON}
)


def ids(content: bytes) -> list[Any]:
    return [ROWS.read(raw).get("ID") for raw in split(content, "rows")[1]]


def test_a_sound_page_is_split_and_its_envelope_kept() -> None:
    envelope, rows = split(SOUND, "rows")

    assert envelope == {"page": 1, "more": {"a": [1.5, None]}}
    assert all(isinstance(each, msgspec.Raw) for each in rows)
    assert ids(SOUND) == ["1", 2]


@pytest.mark.parametrize(
    ("broken", "column", "value"),
    [
        (rb'{"ID": "\ud800x"}', "ID", r"\ud800x"),
        (b'{"ID": NaN}', "ID", "nan"),
        (b'{"ID": -Infinity}', "ID", "-inf"),
        (b'{"ID": 1e999}', "ID", "inf"),
        (b'{"ID": "a\xffb"}', "ID", r"a\udcffb"),
        (rb'{"TAGS": ["x", "\udfff"]}', "TAGS[1]", r"\udfff"),
        (b'{"PARTS": [{}, {"DAY": NaN}]}', "PARTS[1].DAY", "nan"),
    ],
)
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"], ids=["plain", "bom"])
def test_a_broken_value_costs_its_own_row_alone(bom: bytes, broken: bytes, column: str, value: str) -> None:
    page = bom + b'{"page": 1, "rows": [{"ID": "1"}, ' + broken + b', {"ID": "3"}]}'

    envelope, raw = split(page, "rows")
    rows = [ROWS.read(each) for each in raw]

    assert envelope["page"] == 1
    assert [(each.get("ID"), each.told()) for each in (rows[0], rows[2])] == [
        ("1", NO_REASON),
        ("3", NO_REASON),
    ]
    assert [(each.column, each.value) for each in rows[1].faults] == [(column, value)]


def test_what_is_broken_in_a_column_that_no_one_reads_harms_nothing() -> None:
    page = rb'{"rows": [{"ID": "1", "OTHER": NaN, "MORE": "\ud800"}]}'

    (raw,) = split(page, "rows")[1]

    assert not ROWS.read(raw).told() and ids(page) == ["1"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>",
        b'{"rows": [',
        b'{"rows": [{"ID": 1}',
        b'{"rows": [1 2]}',
        b"[]",
        b"null",
        b"{}",
        b'{"rows": null}',
        b'{"rows": {}}',
        b'{"rows": "none"}',
        b'{"rows": []} trailing',
        b'{"rows": [' + b"[" * 100_000 + b"]" * 100_000 + b"]}",
        b'{"rows": [{"ID": ' + b"9" * 5000 + b"}, NaN]}",
    ],
    ids=lambda content: content[:16].decode(),
)
def test_a_page_that_is_no_list_of_rows_is_unreadable(content: bytes) -> None:
    with pytest.raises(UnreadablePage):
        split(content, "rows")


@given(st.lists(ROW | JSON, max_size=4))
def test_any_rows_are_read_or_told_and_both_decoders_agree(rows: list[Any]) -> None:
    content = json.dumps({"rows": rows}).encode()

    fast = split(content, "rows")[1]
    slow = split(b"\xef\xbb\xbf" + content, "rows")[1]

    assert len(fast) == len(slow) == len(rows)
    for one, other in zip(fast, slow, strict=True):
        assert _outcome(one) == _outcome(other)


def _outcome(raw: Any) -> str:
    try:
        row = ROWS.read(raw)
    except NotARow:
        return "no row"
    sentence(row.told()).encode()
    return repr((row.cells, row.faults))


def test_everything_wrong_with_a_row_is_told_at_once_by_its_column() -> None:
    raw = msgspec.Raw(b'{"ID": true, "NAME": {"a": 1}, "TAGS": 5, "PARTS": [7, {"DAY": [1]}]}')

    assert sentence(ROWS.read(raw).told()) == " ".join(
        f"{said} Correct it in the SIS."
        for said in (
            "ID is “True”, which isn’t text or a number.",
            "NAME is “{'a': 1}”, which isn’t text or a number.",
            "TAGS is “5”, which isn’t a list.",
            "PARTS[0] is “7”, which isn’t an object.",
            "PARTS[1].DAY is “[1]”, which isn’t text or a number.",
        )
    )


def test_a_row_that_does_not_fit_keeps_what_fits() -> None:
    row = ROWS.read(msgspec.Raw(b'{"ID": "7", "NAME": false, "PARTS": [3, {"DAY": "x"}]}'))

    assert (row.get("ID"), row.get("NAME")) == ("7", None)
    assert [each.get("DAY") for each in row.rows("PARTS")] == ["x"]


@pytest.mark.parametrize("content", [b"7", b"[]", b'"text"', b"null", b"true"])
def test_what_is_no_object_is_no_row(content: bytes) -> None:
    with pytest.raises(NotARow):
        ROWS.read(msgspec.Raw(content))


@given(st.text(st.characters()))
def test_a_shown_value_is_short_and_can_be_stored(value: str) -> None:
    shown = shortened(value)

    assert "\x00" not in shown
    assert shown.encode().decode() == shown
    assert len(shortened("x" * 1000)) == 40
