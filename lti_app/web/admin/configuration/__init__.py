"""The Configuration tab: connection, first read, limits, mail, schedule."""

from __future__ import annotations

from lti_app.web.admin.configuration import first_read, limits, move_page, page, readers

__all__ = ["first_read", "limits", "move_page", "page", "readers"]
