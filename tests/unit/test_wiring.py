"""What the wiring makes of settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from lti_app.wiring import Wiring
from tests.support.world import settings


@pytest.mark.parametrize(
    ("pace", "in_flight"), [((15, 5.0), 8), ((1, 1.0), 8), ((50, 5.0), 25), ((1000, 1.0), 32)]
)
def test_more_requests_are_under_way_where_the_pace_is_higher(
    tmp_path: Path, pace: tuple[int, float], in_flight: int
) -> None:
    assert Wiring(settings(tmp_path, schoology_pace=pace)).in_flight == in_flight
