"""Parts of a page that a poll brings: only those that differ from what the page has."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from flask import request


def digest_of(html: str) -> str:
    """Ten hexadecimal digits that stand for a text."""
    return hashlib.sha256(html.encode()).hexdigest()[:10]


def had() -> dict[str, str]:
    """Fragment → digest of what the page shows, as its script says: fields `have`, each “name:digest”."""
    pairs = (each.rpartition(":") for each in request.form.getlist("have"))
    return {name: digest for name, _, digest in pairs if name}


def changed(fragments: Mapping[str, str], digests: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The answer's `fragments` that the page doesn't have yet, and the `digests` that it sends next time.

    `digests` are those of parts that stand for something else than their own text.
    """
    mine = {name: digest_of(html) for name, html in fragments.items()} | dict(digests or {})
    known = had()
    fresh = {name: html for name, html in fragments.items() if known.get(name) != mine[name]}
    return {"fragments": fresh, "digests": {name: mine[name] for name in fresh}}
