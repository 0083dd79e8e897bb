"""What may happen to an event on its way: lost, doubled, late. Seeded, so that a run can be repeated.

The reference (section 5) promises neither order nor that an event comes once; `drop`, `double` and `late` are
shares of all events. A late one is overtaken by those that come within `pause` seconds.
"""

from __future__ import annotations

import random
import threading
from typing import Any

from flask import Blueprint, Response, current_app, request

from lti_app.sandbox.schoology.http import answer

blueprint = Blueprint("sandbox_weather", __name__)
SHARES = ("drop", "double", "late")


class Weather:
    """Decides for one event after the other."""

    def __init__(self, seed: int = 0, pause: float = 1.0, **shares: float) -> None:
        self._random = random.Random(seed)  # noqa: S311 - it has to be repeatable
        self._guard = threading.Lock()
        self.pause = pause
        self.shares = {name: shares.get(name, 0.0) for name in SHARES}

    def journeys(self) -> list[float]:
        """The delays with which an event arrives: none for a lost one, two for a doubled one."""
        with self._guard:
            lost, doubled, late = (self._random.random() for _ in SHARES)
            delay = self.pause * self._random.random()
        if lost < self.shares["drop"]:
            return []
        first = delay if late < self.shares["late"] else 0.0
        return [first, delay] if doubled < self.shares["double"] else [first]


@blueprint.route("/sandbox/triggers", methods=["GET", "POST"])
def triggers() -> Response:
    """See or set what happens to events: {"seed": 1, "drop": 0.1, "double": 0.1, "late": 0.1}."""
    postman: Any = current_app.extensions["schoology_postman"]
    given = request.get_json(silent=True) if request.method == "POST" else None
    if isinstance(given, dict):
        shares = {name: float(given.get(name, 0)) for name in SHARES}
        postman.weather = Weather(int(given.get("seed", 0)), float(given.get("pause", 1.0)), **shares)
    counts = {name: len(getattr(postman, name)) for name in ("delivered", "dropped", "lost")}
    return answer({**postman.weather.shares, **counts, "waiting": postman.waiting})
