"""The Users, Courses and Sections tabs."""

from __future__ import annotations

from lti_app.web.admin.roster import courses, sections, tab, unique_ids, users

__all__ = ["courses", "sections", "unique_ids", "users"]

for each in (users.TAB, courses.TAB, sections.TAB):
    tab.add_routes(each)
