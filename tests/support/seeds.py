"""Seeds of tests that throw dice: the environment may fix them, and the end of a run names them."""

from __future__ import annotations

import os
import random
from collections.abc import Callable

Record = Callable[[str, object], None]
"""pytest's `record_property`; what is recorded is printed when all tests are over."""


def seed_of(name: str, usual: int | None, record: Record) -> int:
    """The seed in the environment variable `name`; without one the usual seed, or a fresh one for None."""
    given = os.environ.get(name)
    if given:
        seed = int(given)
    elif usual is not None:
        seed = usual
    else:
        seed = random.SystemRandom().randrange(10**6)
    record(name, seed)
    return seed
