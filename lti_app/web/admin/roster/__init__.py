"""The Users, Courses and Sections tabs."""

from __future__ import annotations

from lti_app.web.admin.roster import courses, sections, tab, users

__all__ = ["courses", "sections", "users"]

for each in (users.TAB, courses.TAB, sections.TAB):
    tab.add_routes(each)
