"""How long everybody waits for someone who does not answer."""

from __future__ import annotations

import pytest

from lti_app.grades.ending import GradesEnding
from lti_app.jobs import failures
from lti_app.outbound import transport
from lti_app.outbound.pauses import Pauses
from lti_app.sync import ending
from lti_app.sync.stage import read


@pytest.mark.parametrize(
    ("pauses", "lengths"),
    [
        (ending.PAUSES, (5, 10, 20, 40, 60, 60)),
        (GradesEnding.pauses, (1, 2, 4, 8, 16, 32)),
        (failures.PAUSES, (1, 1, 1, 1, 1, 1)),
        (transport.PAUSES, (1, 2, 4)),
        (read.PAUSES, (2, 4)),
    ],
)
def test_each_pause_is_as_long_as_its_readers_are_told(pauses: Pauses, lengths: tuple[int, ...]) -> None:
    assert pauses.all() == lengths


def test_no_pause_is_longer_than_the_longest() -> None:
    assert Pauses(3, first=7, longest=20).length(50) == 20
