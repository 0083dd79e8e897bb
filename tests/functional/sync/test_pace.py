"""A sync keeps to the configured pace, and leaves room for those who wait."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.functional.sync.test_one_while_all_runs import a_linked
from tests.support.world import make_synced, make_world

LIMIT = (8, 1.0)
"""What Schoology allows here."""


@pytest.mark.parametrize(("pace", "throttled"), [((4, 1.0), False), ((100_000, 1.0), True)])
def test_schoology_never_has_to_slow_down_an_app_at_its_pace(
    tmp_path: Path, pace: tuple[int, float], throttled: bool
) -> None:
    waits: list[float] = []
    with make_world(tmp_path, rate=LIMIT, schoology_pace=pace) as world:
        world.app.extensions["wiring"].sleep = waits.append
        world.sync()

    assert bool(waits) == throttled


def test_a_sync_lets_others_go_first_and_one_record_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with make_synced(tmp_path) as world:
        wiring, asked = world.app.extensions["wiring"], []
        real = wiring.schoology

        def noted(*args: Any, patient: bool = False) -> Any:
            asked.append(patient)
            return real(*args, patient=patient)

        monkeypatch.setattr(wiring, "schoology", noted)
        world.sync("users")
        world.sync("one", only={"kind": "section", "sis_id": a_linked(world, "section").sis_id})

    assert asked == [True, False]
