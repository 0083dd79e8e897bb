"""The only reader and writer of links; tests/conventions/test_links.py lists the few exceptions."""

from __future__ import annotations

from lti_app.store.links import conditions, counts, leaving, lists, read, todays, write

__all__ = ["conditions", "counts", "leaving", "lists", "read", "todays", "write"]
