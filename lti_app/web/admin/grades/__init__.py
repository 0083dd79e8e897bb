"""The grade settings of a district, and live sync."""

from __future__ import annotations

from lti_app.web.admin.grades import categories, first_score, live, live_decisions, page, templates

__all__ = ["categories", "first_score", "live", "live_decisions", "page", "templates"]
