"""The Schools and Terms tabs."""

from __future__ import annotations

from lti_app.web.admin.mapping import schools, terms

__all__ = ["schools", "terms"]
