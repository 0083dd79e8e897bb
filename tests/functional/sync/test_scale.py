"""What does not depend on the machine, at 600 students: requests, silence, memory that does not grow."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest

from lti_app.runs.permit import CONFIRM_EVERY
from tests.bench.roster import BULK, PACE, set_up, sync
from tests.bench.servers import Servers
from tests.support.run_folder import only_one
from tests.support.world import settings

pytestmark = pytest.mark.long

FEW, STUDENTS = 150, 600
FIXED = 15
"""Requests of a first sync that don't depend on the district's size."""
BYTES = 100
"""Most that one more row may take: half of what a kept row takes. In districts as small as these, the larger
one also fills its pages better, which is about fifty bytes a row."""
Nights = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Nights:
    """A small and a large district, synced for the first time and again; once for each run of the tests."""
    with only_one("scale") as folder:
        kept = folder / "nights"
        if not kept.exists():
            kept.write_bytes(pickle.dumps(_measured(tmp_path_factory)))
    found: Nights = pickle.loads(kept.read_bytes())
    return found


def _measured(folders: pytest.TempPathFactory) -> Nights:
    found: Nights = {}
    for students in (FEW, STUDENTS):
        folder = Path(folders.mktemp(f"scale-{students}"))
        servers = Servers(students)
        try:
            api = f"{servers.schoology.url}/v1"
            chosen = settings(folder, schoology_pace=PACE, schoology_api_url=api)
            set_up(chosen, servers)
            found[f"first-{students}"] = sync(chosen, servers)
            found[f"quiet-{students}"] = sync(chosen, servers, traced=True)
            if students == STUDENTS:
                changed = servers.ask("change", 0.01)
                found["day"] = {**sync(chosen, servers), "changed": changed}
        finally:
            servers.close()
    return found


def test_a_first_sync_needs_hardly_more_requests_than_bulks_of_fifty(
    nights: Nights,
) -> None:
    first = nights[f"first-{STUDENTS}"]
    plan = first["counts"]["plan"]
    minimum = sum(-(-actions.get("create", 0) // BULK) for actions in plan.values())

    assert minimum > 100
    assert first["sent"] <= minimum * 1.05
    assert sum(first["requests"].values()) <= minimum * 1.05 + FIXED


def test_a_quiet_night_writes_nothing_and_asks_next_to_nothing(nights: Nights) -> None:
    quiet = nights[f"quiet-{STUDENTS}"]

    assert quiet["writes"] == {}
    minutes = int(quiet["seconds"] // CONFIRM_EVERY.total_seconds())
    assert sum(quiet["requests"].values()) <= 5 + 3 * minutes  # each minute asks about the Acting User again


def test_a_day_with_few_changes_needs_one_request_for_fifty_of_them(nights: Nights) -> None:
    day = nights["day"]
    assert day["changed"] >= STUDENTS // 100

    assert day["writes"]["user"] >= day["changed"] * 0.9
    assert day["sent"] <= -(-day["changed"] // BULK) + 1


def test_memory_does_not_grow_with_the_district(nights: Nights) -> None:
    """A row that is kept as Python's objects takes 200 bytes at the least."""
    small, large = nights[f"quiet-{FEW}"], nights[f"quiet-{STUDENTS}"]
    more = large["rows"] - small["rows"]

    assert large["memory"] < small["memory"] * 1.2
    assert (large["objects"] - small["objects"]) / more < BYTES
