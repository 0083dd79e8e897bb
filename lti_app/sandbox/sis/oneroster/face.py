"""What the OneRoster face of a running sandbox SIS remembers, and how a test may let it misbehave."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask import abort, current_app

from lti_app.sandbox.sis.oneroster.sign_in import Keys

CLIENT_ID, CLIENT_SECRET = "sandbox", "sandbox-secret"
MANY = 10_000


@dataclass
class Knobs:
    """A lasting habit of the server; what it does only now and then stands in the fault script."""

    strict: bool = True
    """Bodies of writes are checked field by field; else whatever can be understood is taken."""
    page_cap: int = MANY
    """Most rows of a page, whatever `limit` asks for."""
    totals: bool = True
    """Lists carry X-Total-Count."""
    links: bool = True
    """Lists carry Link: first, prev, next, last."""
    words: bool = True
    """Booleans as words, which 1.2 wants and clients of 1.1 expect; else JSON booleans."""
    ignores_filters: bool = False
    empty_is_404: bool = False
    """An empty list is answered 404."""
    allocates: bool = False
    """Line items and results get an id of the server's own, told in the answer."""
    deletes: bool = True
    """DELETE works; else 405."""
    whole_points: bool = False
    longest_title: int = 255
    granted: frozenset[str] | None = None
    """The scopes, without their address, that a client may have; None for all."""
    schools: frozenset[int] | None = None
    """The schools that the client may see; None for all."""
    id_prefix: str = ""
    """What stands before every id, such as `urn:id/`."""


@dataclass
class Face:
    """The face of one server. `extras`: (section, session, number, student) → what only OneRoster says of a
    score. `aliases`: id that a client chose → id that the server gave."""

    knobs: Knobs = field(default_factory=Knobs)
    keys: Keys = field(default_factory=lambda: Keys(CLIENT_ID, CLIENT_SECRET))
    extras: dict[tuple[int, int, int, str], dict[str, Any]] = field(default_factory=dict)
    orders: dict[str, tuple[int, list[Any]]] = field(default_factory=dict)
    """List → how many rows there were when it was put in order, and that order."""
    given: int = 0
    """How many ids the server has given."""
    requests: list[str] = field(default_factory=list)
    """Method, path and query of every request, for tests."""

    def next_id(self, what: str) -> str:
        """An id of the server's own."""
        self.given += 1
        return f"{what}:{self.given}/ü"


def face() -> Face:
    """The face of the server that handles this request; 404 where it has none."""
    found: Face | None = current_app.extensions.get("oneroster")
    return found if found is not None else abort(404)
