"""Triggers of the sandbox Schoology: targets, subscriptions, and events that are really posted.

An event that is not answered with 200 is tried again after ten minutes, five times, and is lost then.
Nothing is signed, and nothing keeps the order (reference, section 5); what else may happen to an event on its
way is the weather.
"""

from __future__ import annotations

import itertools
import json
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.request import Request, urlopen

from flask import Blueprint, Response

from lti_app.sandbox.schoology.event_delivery import Weather
from lti_app.sandbox.schoology.http import Refused, admin_only, answer, body, number, store
from lti_app.sandbox.schoology.objects import Target
from lti_app.sandbox.schoology.store import SchoologyStore

blueprint = Blueprint("v1_triggers", __name__, url_prefix="/v1/triggers")
NAMES = ("grade_item", "grades", "attendance", "section_completion", "dropbox_submission")
AGAIN_AFTER = 600.0
MOST_TRIES = 5
Row = dict[str, Any]


@dataclass
class Delivery:
    """One event on its way to one target."""

    number: int
    url: str
    body: bytes
    tries: int = 0


class Postman:
    """Posts events from a thread of its own; `scale` makes ten minutes shorter."""

    def __init__(self, store: SchoologyStore, scale: float = 1.0) -> None:
        self._store = store
        self._scale = scale
        self._queue: queue.Queue[Delivery] = queue.Queue()
        self._numbers = itertools.count(1)
        self.weather = Weather()
        self.posted = 0
        """How many events were posted; they are numbered from 1."""
        self.waiting = 0
        """How many are on their way, those that are tried again later included."""
        self._guard = threading.Lock()
        self.delivered: set[int] = set()
        self.dropped: set[int] = set()
        self.lost: set[int] = set()
        self._stop = threading.Event()
        self._timers: list[threading.Timer] = []
        self._thread = threading.Thread(target=self._work, daemon=True, name="triggers")
        self._thread.start()
        store.listeners.append(self.post)

    def post(self, trigger: str, data: list[Row], uid: int) -> None:
        """Put an event on its way to every target that subscribed to it."""
        name = trigger.partition(".")[0]
        for target in list(self._store.targets.values()):
            if name not in target.subscriptions:
                continue
            with_object = target.subscriptions[name]
            rows = [
                row if with_object else {key: value for key, value in row.items() if key != "object"}
                for row in data
            ]
            envelope = {"uid": uid, "timestamp": int(self._store.clock()), "type": trigger, "data": rows}
            self._set_out(target.target, json.dumps(envelope).encode())

    def _set_out(self, url: str, body: bytes) -> None:
        self.posted = number = next(self._numbers)
        delays = self.weather.journeys()
        if not delays:
            self.dropped.add(number)
        for delay in delays:
            with self._guard:
                self.waiting += 1
            self._later(Delivery(number, url, body), delay)

    def _later(self, delivery: Delivery, delay: float) -> None:
        if not delay:
            self._queue.put(delivery)
            return
        timer = threading.Timer(delay, self._queue.put, args=[delivery])
        timer.daemon = True
        self._timers.append(timer)
        timer.start()

    def close(self) -> None:
        """Stop posting."""
        self._stop.set()
        for timer in self._timers:
            timer.cancel()
        self._queue.put(Delivery(0, "", b""))
        self._thread.join(5)

    def _work(self) -> None:
        while not self._stop.is_set():
            delivery = self._queue.get()
            if delivery.url:
                self._carry(delivery)

    def _carry(self, delivery: Delivery) -> None:
        delivery.tries += 1
        arrived = self._send(delivery)
        if not arrived and delivery.tries <= MOST_TRIES:
            self._later(delivery, AGAIN_AFTER * self._scale)
            return
        (self.delivered if arrived else self.lost).add(delivery.number)
        with self._guard:
            self.waiting -= 1

    def _send(self, delivery: Delivery) -> bool:
        headers = {"Content-Type": "application/json"}
        call = Request(delivery.url, delivery.body, headers, method="POST")  # noqa: S310 - a sandbox target
        try:
            with urlopen(call, timeout=10) as reply:  # noqa: S310
                return bool(reply.status == 200)
        except OSError:
            return False


def _row(target: Target) -> Row:
    return {"id": target.id, "target": target.target, "description": target.description}


@blueprint.get("/targets")
def targets() -> Response:
    """Every target."""
    admin_only()
    return answer({"target": [_row(each) for each in store().targets.values()]})


@blueprint.post("/targets")
def create_target() -> Response:
    """Make a target."""
    admin_only()
    given = body()
    if not str(given.get("target") or "").startswith(("http://", "https://")):
        raise Refused(400, "The target must be an address.")
    made = Target(store().new_id(), str(given["target"]), str(given.get("description") or ""))
    store().targets[made.id] = made
    return answer(_row(made), 201)


@blueprint.put("/targets/<target_id>")
def update_target(target_id: str) -> Response:
    """Change a target's address."""
    admin_only()
    found = store().targets.get(number(target_id))
    if found is None:
        raise Refused(404)
    given = body()
    found.target = str(given.get("target") or found.target)
    found.description = str(given.get("description") or found.description)
    return Response(status=204)


@blueprint.delete("/targets/<target_id>")
def delete_target(target_id: str) -> Response:
    """Remove a target."""
    admin_only()
    if store().targets.pop(number(target_id), None) is None:
        raise Refused(404)
    return Response(status=204)


@blueprint.get("/subscriptions")
def subscriptions() -> Response:
    """Every subscription; `subscribed` is always 0 in this list."""
    admin_only()
    rows = [
        {
            "target_id": target.id,
            "trigger": name,
            "version": "v1",
            "subscribed": 0,
            "target_url": target.target,
            "include_object": with_object,
        }
        for target in store().targets.values()
        for name, with_object in target.subscriptions.items()
    ]
    return answer({"subscription": rows})


@blueprint.put("/subscriptions")
def subscribe() -> Response:
    """Subscribe or unsubscribe."""
    admin_only()
    return answer({"subscription": [_subscribe(item) for item in body().get("subscription") or []]})


def _subscribe(item: Row) -> Row:
    target = store().targets.get(int(item.get("target_id") or 0))
    name = str(item.get("trigger") or "")
    if target is None or name not in NAMES:
        return {"item": item, "status": 400, "message": "The target or the trigger is not known."}
    wanted = int(item.get("subscribed") or 0)
    if wanted:
        target.subscriptions[name] = int(item.get("include_object") or 0)
    else:
        target.subscriptions.pop(name, None)
    echo = {
        "target_id": target.id,
        "trigger": name,
        "version": "v1",
        "subscribed": wanted,
        "target_url": target.target,
        "include_object": target.subscriptions.get(name, 0),
    }
    return {"item": echo, "status": 200}


def make_postman(store: SchoologyStore, scale: float = 1.0) -> Callable[[], None]:
    """Start posting events; the answer stops it."""
    return Postman(store, scale).close
