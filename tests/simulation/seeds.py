"""Which stories the tests tell: those of a commit, fresh ones, and those that found a defect."""

from __future__ import annotations

import hashlib
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOT_YET = (
    "poison",
    "no more answers",
    "clock ahead and dead",
    "freeze",
    "restored silently",
    "late delivery",
    "silence",
)
"""Kinds of faults that the engine does not survive yet: the stories of the gate leave them out. "silence" is
no fault: nothing moves, and health does not say so."""


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
