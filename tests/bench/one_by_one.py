"""The same roster side by side: ours, and one call a record as districts script it.

python -m tests.bench.one_by_one --students 2000
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import schoolopy
import time_machine
from sqlalchemy import select

from lti_app.extensions import db
from lti_app.models import Change
from lti_app.schoology.api.payloads import course_row, section_row, user_row
from tests.bench.figures import Figures
from tests.bench.roster import PACE, set_up, sync
from tests.bench.servers import Servers
from tests.support.world import DAY, running_app, settings


def main() -> int:
    """Run both; the exit code is the number of missed targets."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=2000)
    students = parser.parse_args().students
    figures = Figures()
    with time_machine.travel(DAY, tick=True), tempfile.TemporaryDirectory() as folder:
        _bench(students, Path(folder), figures)
    return figures.failures


def _bench(students: int, folder: Path, figures: Figures) -> None:
    ours, theirs = Servers(students), Servers(students)
    try:
        chosen = settings(folder, schoology_pace=PACE, schoology_api_url=f"{ours.schoology.url}/v1")
        set_up(chosen, ours)
        first = sync(chosen, ours)
        figures.say(f"ours-{students}.requests", first["sent"], "requests")
        figures.say(f"ours-{students}.sending", first["sending"], "s")
        client = schoolopy.Schoology(
            schoolopy.Auth("test-key", "test-secret"), api_host=f"{theirs.schoology.url}/v1/"
        )
        with running_app(chosen) as app, app.app_context():
            script = Script(client, _periods(ours, theirs))
            began = time.perf_counter()
            for change in db.session.scalars(
                select(Change).where(Change.state == "done", Change.action == "create").order_by(Change.seq)
            ):
                script.push(change)
            spent = time.perf_counter() - began
        figures.say(f"one-by-one-{students}.requests", script.requests, "requests")
        figures.say(f"one-by-one-{students}.sending", spent, "s")
        figures.say(f"one-by-one-{students}.to-ours", script.requests / first["sent"], "x", at_least=20)
        there = {
            name: theirs.ask("counts")[name] == ours.ask("counts")[name] for name in ("users", "enrollments")
        }
        figures.say(f"one-by-one-{students}.same-people-and-seats", int(all(there.values())), "", at_least=1)
    finally:
        ours.close()
        theirs.close()


def _periods(ours: Servers, theirs: Servers) -> dict[str, int]:
    """Grading periods are the administrator's: the other system gets the same; id in ours → id in theirs."""
    return {
        str(each.id): theirs.add_grading_period(each.title, each.start, each.end).id
        for each in ours.ask("periods")
    }


class Script:
    """One call for each record, as districts script it; it remembers the ids that were answered."""

    def __init__(self, client: Any, periods: dict[str, int]) -> None:
        self._client = client
        self._periods = periods
        self._ids: dict[tuple[str, str], Any] = {}
        self.requests = 0

    def push(self, change: Change) -> None:
        """Make what a change made, by the library's plain call."""
        payload = json.loads(change.after)
        path, row = self._call(change, payload)
        answer = self._client._post(path, row)  # the library has no call with all of these fields
        self.requests += 1
        self._ids[change.kind, change.sis_id] = answer.get("id") or answer.get("uid")

    def _call(self, change: Change, payload: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        if change.kind == "user":
            return "users", user_row(payload)
        if change.kind == "course":
            return "courses", course_row(payload)
        if change.kind == "section":
            periods = [self._periods[each] for each in payload["grading_period_ids"]]
            row = {**section_row(payload), "grading_periods": periods}
            return f"courses/{self._ids['course', change.parent]}/sections", row
        seat = {
            "uid": self._ids["user", change.person],
            "admin": int(bool(payload.get("admin"))),
            "status": 1,
        }
        return f"sections/{self._ids['section', change.parent]}/enrollments", seat


if __name__ == "__main__":
    sys.exit(main())
