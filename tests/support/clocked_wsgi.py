"""The app for gunicorn, with a clock that the test sets: the file named by TEST_CLOCK holds the moment.

Each process looks at the file before it ticks or runs a job, so that "now" moves on without anybody waiting.
The tick comes every half second, for the same reason, unless TEST_TICK says otherwise.
"""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import time_machine

from lti_app import create_app
from lti_app.config import read_settings
from lti_app.jobs import in_process


class Clock:
    """Travels to the moment of the file whenever that has changed."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._shown = ""
        self._travel: time_machine.travel | None = None

    def look(self) -> None:
        """Set the clock of this process."""
        said = self._file.read_text()
        if not said or said == self._shown:
            return
        if self._travel is not None:
            self._travel.stop()
        self._travel = time_machine.travel(datetime.fromisoformat(said), tick=True)
        self._travel.start()
        self._shown = said


clock = Clock(Path(os.environ["TEST_CLOCK"]))
clock.look()
tick = in_process.InProcessRunner.tick
run_now = in_process.InProcessRunner.run_now


def tick_in_time(self: in_process.InProcessRunner) -> None:
    """A tick after a look at the clock."""
    clock.look()
    tick(self)


def run_in_time(self: in_process.InProcessRunner, job_id: int) -> bool:
    """A job after a look at the clock: the other process may have seen the new time first."""
    clock.look()
    return run_now(self, job_id)


in_process.InProcessRunner.tick = tick_in_time  # type: ignore[method-assign]
in_process.InProcessRunner.run_now = run_in_time  # type: ignore[method-assign]
app = create_app(
    replace(read_settings(os.environ, Path.cwd()), tick_seconds=float(os.environ.get("TEST_TICK", "0.5")))
)
