"""What a request is: what its sender may do, and how the version that it asks spells things."""

from __future__ import annotations

from datetime import UTC

from flask import request

from lti_app.sandbox.sis.oneroster.errors import Wrong
from lti_app.sandbox.sis.oneroster.face import face
from lti_app.sandbox.sis.oneroster.spelling import Spelling
from lti_app.sandbox.sis.state import state


def may(*names: str) -> None:
    """Raises Wrong where the sign-in lacks all of these scopes."""
    if not request.environ["oneroster.scopes"] & set(names):
        raise Wrong(403, f"The scope {names[0]} is missing.", "forbidden")


def spelling_now() -> Spelling:
    """The spelling of the version that is asked."""
    sis, mine = state(), face()
    version = request.environ["oneroster.version"]
    changed = sis.clock().astimezone(UTC).replace(hour=5, minute=0, second=0)
    return Spelling(version, request.host_url.rstrip("/"), mine.knobs.id_prefix, mine.knobs.words, changed)


def class_key(sourced_id: str) -> int:
    """The key of the section behind a class. Raises Wrong."""
    text = spelling_now().plain(sourced_id).removeprefix("cls-")
    if not text.isdecimal() or int(text) not in state().district.sections:
        raise Wrong(404, "There is no such class.", "unknownobject")
    return int(text)
