"""Events are stored the moment they come: those of one moment in one transaction, and no one waits for more.

SQLite lets one write at a time. Were each request to write for itself, they would wait for each other by
sleeping; here the first to come writes for all that came in the meantime.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

from sqlalchemy import Engine, func, insert
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.grades.rows.live import ASKED, MALFORMED, NEW
from lti_app.models import Event
from lti_app.school.records import Kind
from lti_app.store import links
from lti_app.store.district import District

LARGEST = 1024 * 1024
"""Bytes of one event; a save of some five thousand scores."""
LONGEST_KIND = 60
"""Characters of an event's own name for its kind, which is all that is kept of a body."""
MOST_WAITING = 5_000
"""Sections of one installation whose events wait; what comes after them is found by the daily sweep."""
MOST_MALFORMED = 100
"""Malformed events of one installation that are kept until they are pruned."""
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
            with Session(self._engine) as session, session.begin():
                rows = _with_room(session, [row for rows, _ in batch for row in rows])
                if rows:
                    session.execute(insert(Event), rows)
        except Exception as error:
            for _, done in batch:
                done.set_exception(error)
        else:
            for _, done in batch:
                done.set_result(None)


def _with_room(session: Session, rows: Sequence[Row]) -> list[Row]:
    """The rows that are kept: of sections that the app syncs, and no more than one installation may have."""
    kept: list[Row] = []
    for installation_id in dict.fromkeys(row["installation_id"] for row in rows):
        mine = [row for row in rows if row["installation_id"] == installation_id]
        district = District(session, installation_id)
        known = links.read.sis_ids(district, Kind.SECTION, [row["section_id"] for row in mine])
        for state, most in ((NEW, MOST_WAITING), (MALFORMED, MOST_MALFORMED)):
            fitting = [
                row
                for row in mine
                if row["state"] == state and (state == MALFORMED or row["section_id"] in known)
            ]
            kept += fitting[: _room(district, state, most)] if fitting else []
    return kept


def _room(district: District, state: str, most: int) -> int:
    there = (
        district.select(func.count())
        .select_from(Event)
        .where(Event.installation_id == district.id, Event.state == state)
    )
    return max(0, most - int(district.session.scalar(there) or 0))


def rows_of(installation_id: int, body: bytes) -> list[Row]:
    """One row for each section that an event names, the body with the first; or one that says malformed."""
    event = _event_of(body)
    sections, kind = sections_of(event), _kind_of(event)
    common = {"installation_id": installation_id, "received_at": clock.now(), "body": kind}
    if not sections:
        return [{**common, "section_id": "", "state": MALFORMED}]
    return [{**common, "section_id": each, "state": NEW} for each in sections]


def _event_of(body: bytes) -> dict[str, Any]:
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return event if isinstance(event, dict) else {}


def _kind_of(event: dict[str, Any]) -> str:
    """The event's own name for its kind, such as grade.update; empty for anything unusual."""
    kind = event.get("type")
    usual = isinstance(kind, str) and kind.isascii() and kind.isprintable() and kind != ASKED
    return str(kind)[:LONGEST_KIND] if usual else ""


def sections_of(event: dict[str, Any]) -> list[str]:
    """The sections of an event, each once; nothing else of it is believed."""
    data = event.get("data")
    rows: Sequence[Any] = data if isinstance(data, list) else [data]
    found = dict.fromkeys(_section(each) for each in rows)
    return [each for each in found if each][:MOST_SECTIONS]


def _section(row: Any) -> str:
    value = str(row.get("section_id") or "") if isinstance(row, dict) else ""
    return value if value.isascii() and value.isdigit() and len(value) <= 20 else ""
