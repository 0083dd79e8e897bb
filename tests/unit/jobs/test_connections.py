"""A process may open as many connections to its database as it has threads that use one."""

from __future__ import annotations

from typing import Any

import pytest

from lti_app import _engine_options, serving
from lti_app.jobs.places import WORKERS, Places

TICK_AND_BEAT = 2
READING_PLANS = 2 * WORKERS
"""A job of a whole district reads its plan with a second connection."""


@pytest.mark.parametrize("url", ["sqlite:///app.sqlite", "postgresql+psycopg://localhost/app"])
def test_there_are_as_many_connections_as_threads(url: str) -> None:
    options: dict[str, Any] = _engine_options(url)

    threads = serving.threads + Places.number() + READING_PLANS + TICK_AND_BEAT
    assert options["pool_size"] + options["max_overflow"] >= threads
