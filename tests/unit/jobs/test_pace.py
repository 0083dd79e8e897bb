"""An estimate is told once the pace is known, and never grows."""

from __future__ import annotations

from datetime import timedelta

import time_machine

from lti_app.jobs.runner import Pace
from tests.factories import NOON


def test_an_estimate_never_moves_to_a_later_moment() -> None:
    pace = Pace(total=100, before=0, since=NOON)
    told = []
    for seconds, done in ((1, 1), (10, 10), (30, 15), (60, 80)):
        with time_machine.travel(NOON + timedelta(seconds=seconds), tick=False):
            told.append(pace.end(done))

    assert told[0] is None  # one of a hundred says nothing
    assert told[1] == NOON + timedelta(seconds=100)
    assert told[2] == told[1]  # it became slower
    assert told[3] == NOON + timedelta(seconds=75)
