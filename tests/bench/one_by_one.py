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
from lti_app.schoology.payloads import user_row
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
        with running_app(chosen) as app, app.app_context():
            people = [
                each.after
                for each in db.session.scalars(select(Change).where(Change.kind == "user"))
                if each.after
            ]
        began = time.perf_counter()
        client = schoolopy.Schoology(
            schoolopy.Auth("test-key", "test-secret"), api_host=f"{theirs.schoology.url}/v1/"
        )
        _push(client, people)
        spent = time.perf_counter() - began
        figures.say(f"one-by-one-{students}.user-requests", len(people), "requests")
        figures.say(f"one-by-one-{students}.users", spent, "s")
        seats = first["counts"]["plan"]["enrollment"]["create"]
        whole = len(people) + seats
        figures.say(f"one-by-one-{students}.requests-for-all", whole, "requests")
        figures.say(f"one-by-one-{students}.requests-to-ours", whole / first["sent"], "x", at_least=20)
    finally:
        ours.close()
        theirs.close()


def _push(client: Any, people: list[str]) -> None:
    """Every person in a call of its own, as such scripts do."""
    for text in people:
        client._post("users", user_row(json.loads(text)))  # the library has no call with all of these fields


if __name__ == "__main__":
    sys.exit(main())
