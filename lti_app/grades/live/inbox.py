"""Events are stored the moment they come: those of one moment in one transaction, and nobody waits for more.

SQLite lets one write at a time. Were each request to write for itself, they would wait for each other by
sleeping; here the first to come writes for all that came meanwhile.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

from sqlalchemy import Engine, insert

from lti_app import clock
from lti_app.grades.rows.live import MALFORMED, NEW
from lti_app.models import Event

LARGEST = 1024 * 1024
"""Bytes of one event; a save of some five thousand scores."""
KEPT = 16 * 1024
"""So much of a body is kept: it is never read again but by a person."""
MOST_SECTIONS = 500
"""Of one event; Schoology names one. What a longer list names is found by the daily sweep."""
Row = dict[str, Any]


class Inbox:
    """Stores events. `told` is called after each commit, outside of any request's transaction."""

    def __init__(self, engine: Engine, told: Callable[[], None] = lambda: None) -> None:
        self._engine = engine
        self._told = told
        self._guard = threading.Lock()
        self._waiting: list[tuple[list[Row], Future[None]]] = []
        self._writing = threading.Lock()

    def store(self, installation_id: int, body: bytes) -> None:
        """Keep an event; it is in the database when this returns. Raises what the database raises."""
        rows = rows_of(installation_id, body)
        done: Future[None] = Future()
        with self._guard:
            self._waiting.append((rows, done))
        with self._writing:
            if not done.done():
                self._write()
        done.result()
        self._told()

    def _write(self) -> None:
        """Write what waits, ours included."""
        with self._guard:
            batch, self._waiting = self._waiting, []
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(Event), [row for rows, _ in batch for row in rows])
        except Exception as error:
            for _, done in batch:
                done.set_exception(error)
        else:
            for _, done in batch:
                done.set_result(None)


def rows_of(installation_id: int, body: bytes) -> list[Row]:
    """One row for each section that an event names, the body with the first; or one that says malformed."""
    text = body[:KEPT].decode("utf-8", "replace").replace("\x00", "")
    sections = sections_of(body)
    common = {"installation_id": installation_id, "received_at": clock.now()}
    if not sections:
        return [{**common, "section_id": "", "body": text, "state": MALFORMED}]
    return [
        {**common, "section_id": each, "body": "" if number else text, "state": NEW}
        for number, each in enumerate(sections)
    ]


def sections_of(body: bytes) -> list[str]:
    """The sections of an event, each once; nothing else of it is believed."""
    try:
        data = json.loads(body).get("data")
    except (ValueError, AttributeError, RecursionError):
        return []
    rows: Sequence[Any] = data if isinstance(data, list) else [data]
    found = dict.fromkeys(_section(each) for each in rows)
    return [each for each in found if each][:MOST_SECTIONS]


def _section(row: Any) -> str:
    value = str(row.get("section_id") or "") if isinstance(row, dict) else ""
    return value if value.isascii() and value.isdigit() and len(value) <= 20 else ""
