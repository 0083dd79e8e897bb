"""The Schools and Terms tabs."""

from __future__ import annotations

from lti_app.web.admin.mapping import create_all, schools, terms

__all__ = ["create_all", "schools", "terms"]
