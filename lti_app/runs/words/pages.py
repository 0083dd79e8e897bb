"""Pages as people know them: their names by the paths that the audit keeps of who viewed them."""

from __future__ import annotations

import re

ADMIN = {
    "/access-review": "Access to review",
    "/configuration": "Configuration",
    "/configuration/first-read": "SIS data check",
    "/configuration/move": "Change of SIS",
    "/courses": "Courses",
    "/courses/left": "Courses that left the SIS",
    "/data-prep": "Data Prep",
    "/data-prep/checked": "Data Prep: checked file",
    "/data-prep/list": "Data Prep: list of matches",
    "/data-prep/record": "Data Prep: one record",
    "/grades": "Grades",
    "/grades/template/find": "Grades: default category matches",
    "/limits": "Limits",
    "/live": "Live sync",
    "/logs": "Logs",
    "/logs/run": "One sync in Logs",
    "/logs/settings": "Settings history",
    "/missing": "Deleted in Schoology",
    "/overview": "Overview",
    "/person": "One person’s data",
    "/rollover": "Year rollover",
    "/schools": "Schools",
    "/sections": "Sections",
    "/sections/left": "Sections that left the SIS",
    "/terms": "Terms",
    "/users": "Users",
    "/users/left": "Users who left the SIS",
    "/users/unique-ids": "Unique IDs",
    "/why": "Why?",
    "/why/record": "Why? for one record",
}
"""Path below /admin → the page's name."""
COURSE = {"": "Course", "/sync": "Sync", "/averages": "Averages", "/configuration": "Configuration"}
"""Path below /course → the tab's name."""
_KEPT = re.compile(r"/(admin|course)(\S*)(?: of section (\S+))?")


def page_name(kept: str) -> str:
    """The name of a viewed page, and the section of a course's page; the path of a page without a name."""
    found = _KEPT.fullmatch(kept)
    if found is None:
        return kept
    names = ADMIN if found[1] == "admin" else COURSE
    if found[2] not in names:
        return kept
    return f"{names[found[2]]} of section {found[3]}" if found[3] else names[found[2]]
