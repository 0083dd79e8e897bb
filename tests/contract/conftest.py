"""Every adapter that the contract holds for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine

from tests.contract.rigs import RIGS, Rig
from tests.support.world import DAY


@pytest.fixture(params=sorted(RIGS))
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    """A fresh section behind each adapter in turn."""
    with time_machine.travel(DAY, tick=True), RIGS[request.param]() as made:
        yield made
