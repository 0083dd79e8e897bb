"""What a test of the connection to the SIS leaves behind."""

from __future__ import annotations

import pytest

from lti_app.models import SisConnection
from lti_app.outbound.errors import ToDo
from lti_app.runs.words import sentence
from lti_app.setup.connection import blank, note_problem
from lti_app.sis.errors import (
    IncompleteRead,
    JobExpired,
    SisAuthError,
    SisConfigError,
    SisError,
    SisForbidden,
    SisNotRecognized,
    SisUnavailable,
    SisVersionError,
)
from lti_app.store.district import District
from tests.unit.conftest import Engine

MUST_ACT = (SisAuthError, SisConfigError, SisForbidden, SisVersionError)
MAY_PASS = (SisUnavailable, JobExpired, IncompleteRead)


@pytest.mark.parametrize("kind", [*MUST_ACT, *MAY_PASS, SisNotRecognized])
def test_in_the_setup_only_an_outage_says_nothing_of_what_was_typed(
    engine: Engine, kind: type[SisError]
) -> None:
    """A wrong address may well show a page: who types it must read so."""
    row = blank(1)
    engine.session.add(row)

    note_problem(District(engine.session, 1), kind("words"))

    engine.session.commit()
    said = engine.session.get_one(SisConnection, 1)
    assert sentence(said.problem) == ("" if kind in MAY_PASS else "words")
    assert (said.checked_at is None) == (kind in MAY_PASS)


def test_what_a_job_waits_out_and_what_it_ends_for() -> None:
    assert {each("words").to_do for each in (*MAY_PASS, SisNotRecognized)} == {ToDo.WAIT}
    assert ToDo.WAIT not in {each("words").to_do for each in MUST_ACT}
