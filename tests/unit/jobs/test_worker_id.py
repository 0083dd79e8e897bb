"""Which workers are known to be dead, and what a process does when it is told to end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lti_app.jobs import worker_id
from lti_app.jobs.shutdown import at_exit


def ended_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_process_of_this_machine_that_is_gone_is_dead_and_our_own_lives() -> None:
    gone = f"{worker_id.this_machine()}:{ended_process()}:x"
    ours = worker_id.new_owner()

    assert f":{os.getpid()}:" in ours
    assert worker_id.dead_owners_here({gone, ours, ""}) == {gone}


@pytest.mark.parametrize("which", ["boot", "container"])
def test_another_container_of_the_same_name_is_not_taken_for_dead(
    which: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its processes are counted from one, as ours are: the number alone says nothing."""
    theirs = f"{worker_id.this_machine()}:{ended_process()}:x"
    if which == "boot":
        monkeypatch.setattr(worker_id, "BOOT_ID", tmp_path / "boot_id")
        worker_id.BOOT_ID.write_text("another boot")
    else:
        monkeypatch.setattr(worker_id, "PROCESS_NAMES", tmp_path / "pid")
        worker_id.PROCESS_NAMES.symlink_to("pid:[4026539999]")

    assert worker_id.dead_owners_here({theirs}) == set()


def test_jobs_hear_first_that_the_process_has_to_end() -> None:
    heard: list[str] = []
    before = signal.signal(signal.SIGTERM, lambda number, frame: heard.append("gunicorn"))
    try:
        at_exit(lambda: heard.append("jobs"))
        signal.raise_signal(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before)

    assert heard == ["jobs", "gunicorn"]
