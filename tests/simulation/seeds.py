"""Which stories the tests tell: those of a commit, fresh ones, and those that found a defect."""

from __future__ import annotations

import hashlib
import subprocess
from dataclasses import dataclass
from functools import cache
from math import inf
from pathlib import Path

from tests.simulation.faults import DAY, Fault

ROOT = Path(__file__).resolve().parents[2]
NOT_YET: tuple[str, ...] = ()
"""Kinds of faults that the engine does not survive yet: the stories of the gate leave them out."""


@dataclass(frozen=True)
class Found:
    """A story that went wrong once, and what was wrong.

    It is told with its faults, and not with those that its seed draws, so that it stays the same story when
    there are more kinds of faults.
    """

    what: str
    seed: int
    synced: bool
    faults: tuple[Fault, ...]
    travel: float = 0.0


FOUND = (
    Found(
        "A database that was restored without the command: creates met what the app had made, and failed.",
        3,
        False,
        (Fault(90, "restored", 50, "silently"),),
    ),
    Found(
        "A machine whose clock was a day ahead died: its lease and its heartbeat held for a day.",
        40,
        True,
        (Fault(17, "clock", DAY, "ahead and dead"), Fault(57, "kill", inf)),
    ),
    Found(
        "A job that ends its process was run again forever.",
        1,
        True,
        (Fault(5, "poison", 8),),
    ),
    Found(
        "A worker that was frozen sent two more batches after another one had its job.",
        3,
        False,
        (Fault(100, "freeze", 1000),),
    ),
    Found(
        "A create whose answer was lost came late, met the second request, and its class was never linked.",
        5054,
        False,
        (Fault(86, "late delivery", 5, "schoology"),),
        travel=2.0,
    ),
    Found(
        "A request got no answer for five minutes, and nothing said so.",
        20006,
        False,
        (Fault(34, "no more answers", 0, "schoology"),),
    ),
    Found(
        "A claim was committed without an answer: its own process did not know of the job for 90 seconds.",
        20087,
        True,
        (Fault(36, "kill both", 100), Fault(42, "commit unanswered")),
    ),
)
ENDLESS = Found(
    "A call that is never answered holds its job forever where no deadline ends it.",
    5,
    True,
    (Fault(60, "no more answers", 0, "schoology"),),
)
"""Wrong only in a story whose calls have no deadline."""


@cache
def of_this_commit() -> int:
    """The first seed of the stories that the gate tells: one commit, one verdict.

    It comes from the hash of the tree, or of the files where there is no git.
    """
    given = ["git", "-C", str(ROOT), "rev-parse", "HEAD^{tree}"]
    try:
        tree = subprocess.run(given, capture_output=True, check=True, text=True).stdout.strip()  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        tree = _of_the_files()
    return int(tree[:8], 16)


def _of_the_files() -> str:
    hashed = hashlib.sha1(usedforsecurity=False)
    for folder in ("lti_app", "tests/simulation"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            hashed.update(file.read_bytes())
    return hashed.hexdigest()
