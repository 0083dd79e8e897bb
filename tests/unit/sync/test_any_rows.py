"""Whatever stands in the rows of an intact page, a sync ends and everybody else is synced."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lti_app.models import RunState
from lti_app.school.records import Kind
from lti_app.sis.eschoolplus import decoding
from tests.fakes import Rows
from tests.support.records import student
from tests.unit.conftest import Engine, ready
from tests.unit.sync.test_rows import EVERYBODY, LISTS, in_classes, make

ENDS = {RunState.DONE, RunState.DONE_WITH_PROBLEMS, RunState.HELD}
TEXT = st.text(
    st.one_of(st.characters(), st.sampled_from("\x00\ud83d\u200b\u202e\ufeff\r\t\u0303\ufffe")), max_size=6
)
PLAIN = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([10**400, -1, 1e308, 1001, "1001", "01001", "Y", "N", "2026-09-01", "0001-01-01"]),
    st.floats(),
    TEXT,
)
JSON = st.recursive(
    PLAIN, lambda each: st.lists(each, max_size=2) | st.dictionaries(TEXT, each, max_size=2), max_leaves=4
)


def _row(decoder: decoding.Decoder) -> st.SearchStrategy[Any]:
    columns = list(decoding.TYPES[decoder].columns)
    return st.one_of(JSON, st.dictionaries(st.sampled_from(columns), JSON, min_size=1))


def _raw(row: Any) -> Any:
    """As it comes from a page that the fast decoder takes, where it does."""
    try:
        return msgspec.json.decode(json.dumps(row).encode(), type=msgspec.Raw)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return row


@pytest.mark.parametrize("decoder", sorted(LISTS, key=lambda each: each.__name__))
@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_any_rows_of_a_feed_leave_everybody_else_alone(
    engine: Engine, decoder: decoding.Decoder, data: st.DataObject
) -> None:
    school = ready(engine, make)
    rows = data.draw(st.lists(_row(decoder), min_size=1, max_size=3))
    new = student(number="0900", login="new", email="new@d.example")
    school.sis.rows[LISTS[decoder]] += [each for row in rows for each in decoding.decode(decoder, _raw(row))]
    school.sis.rows[Rows.STUDENTS].append(new)
    school.today += timedelta(1)

    run = school.run()

    assert run.state in ENDS
    assert in_classes(school) >= EVERYBODY
    assert "0900" in school.schoology.objects[Kind.USER]
