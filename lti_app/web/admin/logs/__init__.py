"""The Logs tab, and what opens from it."""

from __future__ import annotations

from lti_app.web.admin.logs import deleted, files, held, page, rollover, why

__all__ = ["deleted", "files", "held", "page", "rollover", "why"]
