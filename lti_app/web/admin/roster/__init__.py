"""The Users, Courses and Sections tabs."""

from __future__ import annotations

from lti_app.web.admin.roster import courses, sections, users

__all__ = ["courses", "sections", "users"]
