"""Whatever stands in the rows of an intact page, a sync ends and everybody else is synced."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from lti_app.models import RunState
from lti_app.school.bad_rows import BadRow
from lti_app.school.records import Building, Kind, Term
from lti_app.setup.buildings import refresh_buildings
from lti_app.sis.eschoolplus import codecs, decoding, keys, wire
from lti_app.sis.eschoolplus.columns import ROW_TYPES
from lti_app.sis.eschoolplus.reading import listed_row
from lti_app.store.district import District
from tests.fakes import FakeSchoology, FakeSis, Rows
from tests.support import postgres
from tests.support.engines import share_compiled_statements
from tests.support.records import student
from tests.unit.conftest import Engine, add_district, ready
from tests.unit.sync.test_rows import EVERYBODY, LISTS, in_classes, make

ENDS = {RunState.DONE, RunState.DONE_WITH_PROBLEMS, RunState.HELD}
ODD = "\x00\ud83d\u200b\u202e\ufeff\r\t\u0303\ufffe"
VALUES = [10**400, -1, 1e308, 1001, "1001", "01001", "Y", "N", "2026-09-01", "0001-01-01"]
TEXT = st.text(st.one_of(st.characters(), st.sampled_from(ODD)), max_size=6)
PLAIN = st.one_of(st.none(), st.booleans(), st.integers(), st.sampled_from(VALUES), st.floats(), TEXT)
JSON = st.recursive(
    PLAIN, lambda each: st.lists(each, max_size=2) | st.dictionaries(TEXT, each, max_size=2), max_leaves=4
)
FEEDS = sorted(LISTS, key=lambda each: each.__name__)
SCHOOLS = {"schools": wire.BUILDINGS, "terms": wire.TERMS}
EVERY_LIST = [*(each.__name__ for each in FEEDS), *SCHOOLS]
DECODERS = {each.__name__: each for each in FEEDS}


@dataclass
class OddLists(FakeSis):
    """Schools and terms are these raw rows of eSchoolPLUS."""

    schools: list[Any] = field(default_factory=list)
    years: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def buildings(self) -> list[Building | BadRow]:  # type: ignore[override]
        return [
            listed_row(each, wire.BUILDINGS, codecs.building, keys.BUILDING_COLUMNS) for each in self.schools
        ]

    def terms(self) -> list[Term | BadRow]:  # type: ignore[override]
        return [listed_row(each, wire.TERMS, codecs.term, keys.TERM_COLUMNS) for each in self.years]


def make_all(engine: Engine) -> None:
    """The classes of `make`, with parents turned on, too."""
    engine.sis = OddLists()
    engine.options(with_guardians=True)
    make(engine)


def _columns(name: str) -> Sequence[str]:
    kind = ROW_TYPES[SCHOOLS[name]] if name in SCHOOLS else decoding.TYPES[DECODERS[name]]
    return list(kind.columns)


def _rows(name: str) -> st.SearchStrategy[Any]:
    return st.one_of(JSON, st.dictionaries(st.sampled_from(_columns(name)), JSON, min_size=1))


def _raw(row: Any) -> Any:
    """As it comes from a page that the fast decoder takes, where it does."""
    try:
        return msgspec.json.decode(json.dumps(row).encode(), type=msgspec.Raw)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return row


def leaves_everybody_alone(school: Engine, odd: dict[str, list[Any]]) -> None:
    """A sync with these raw rows, list by list, and a new student; schools are read on their page as well."""
    assert isinstance(school.sis, OddLists)
    for name, rows in odd.items():
        raw = [_raw(each) for each in rows]
        if name in DECODERS:
            decoder = DECODERS[name]
            school.sis.rows[LISTS[decoder]] += [each for row in raw for each in decoding.decode(decoder, row)]
        school.sis.schools += raw if name == "schools" else []
        school.sis.years += raw if name == "terms" else []
    school.sis.rows[Rows.STUDENTS].append(student(number="0900", login="new", email="new@d.example"))
    school.today += timedelta(1)

    refresh_buildings(District(school.session, 1), school.sis)
    run = school.run()

    assert run.state in ENDS
    assert in_classes(school) >= EVERYBODY
    assert "0900" in school.schoology.objects[Kind.USER]


Prepared = tuple[str, bytes]
"""A database of PostgreSQL with the district, and both far ends."""


@pytest.fixture(scope="session")
def prepared(postgres_server: str) -> Iterator[Prepared]:
    with postgres.dropped_at_the_end(postgres.migrated_database()) as url:
        with _engine_on(url) as engine:
            add_district(engine.session)
            make_all(engine)
            far = pickle.dumps((engine.sis, engine.schoology))
        yield url, far


@contextmanager
def _engine_on(url: str, far: bytes = b"") -> Iterator[Engine]:
    database = create_engine(url)
    share_compiled_statements(database)
    try:
        with Session(database, expire_on_commit=False) as session:
            sis, schoology = pickle.loads(far) if far else (OddLists(), FakeSchoology())  # noqa: S301 - our own
            yield Engine(session, sis, schoology)
    finally:
        database.dispose()


@contextmanager
def _copied(prepared: Prepared) -> Iterator[Engine]:
    url, far = prepared
    with postgres.dropped_at_the_end(postgres.copy_of(url)) as copy, _engine_on(copy, far) as engine:
        yield engine


@pytest.mark.parametrize("name", EVERY_LIST)
@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_any_rows_of_a_list_leave_everybody_else_alone(
    engine: Engine, name: str, data: st.DataObject
) -> None:
    odd = data.draw(st.lists(_rows(name), min_size=1, max_size=3))
    leaves_everybody_alone(ready(engine, make_all), {name: odd})


@pytest.mark.postgres
def test_an_odd_value_in_every_column_of_every_list_on_postgresql(prepared: Prepared) -> None:
    """Each column once alone in its row."""
    values = [*VALUES, None, True, float("nan"), {"a": [None]}, [{}], *(f"a{each}b" for each in ODD)]
    odd = {
        name: [{column: values[n % len(values)]} for n, column in enumerate(_columns(name), start=start)]
        for start, name in enumerate(EVERY_LIST)
    }
    with _copied(prepared) as engine:
        leaves_everybody_alone(engine, odd)


@pytest.mark.long_run
@pytest.mark.postgres
@pytest.mark.parametrize("name", EVERY_LIST)
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_any_rows_of_a_list_leave_everybody_else_alone_on_postgresql(
    prepared: Prepared, name: str, data: st.DataObject
) -> None:
    odd = data.draw(st.lists(_rows(name), min_size=1, max_size=3))
    with _copied(prepared) as engine:
        leaves_everybody_alone(engine, {name: odd})
