"""Lines of figures: `name value unit [target PASS|FAIL]`, and the count of failures."""

from __future__ import annotations

import sys


class Figures:
    """Prints each figure at once; `failures` is the exit code of a bench."""

    def __init__(self) -> None:
        self.failures = 0

    def say(
        self,
        name: str,
        value: float,
        unit: str,
        *,
        at_most: float | None = None,
        at_least: float | None = None,
    ) -> None:
        """One figure, judged where there is a target."""
        text = f"{name} {value:.3f} {unit}" if isinstance(value, float) else f"{name} {value} {unit}"
        fine = True
        if at_most is not None:
            fine = value <= at_most
            text += f" target<={at_most:g}"
        if at_least is not None:
            fine = value >= at_least
            text += f" target>={at_least:g}"
        if at_most is not None or at_least is not None:
            text += " PASS" if fine else " FAIL"
        self.failures += not fine
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
