"""The Logs tab, and what opens from it."""

from __future__ import annotations

from lti_app.web.admin.logs import access, again, deleted, files, held, page, person, rollover, why

__all__ = ["access", "again", "deleted", "files", "held", "page", "person", "rollover", "why"]
