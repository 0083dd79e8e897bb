"""The admin app: one module for each tab, view and form together."""

from __future__ import annotations

from lti_app.web.admin import (
    configuration,
    courses,
    data_prep,
    first_read,
    grade_templates,
    grades,
    held,
    limits,
    live,
    live_decide,
    logs,
    missing,
    progress,
    rollover,
    schools,
    sections,
    shown,
    terms,
    users,
    why,
)
from lti_app.web.admin.tabs import blueprint

__all__ = [
    "blueprint",
    "configuration",
    "courses",
    "data_prep",
    "first_read",
    "grade_templates",
    "grades",
    "held",
    "limits",
    "live",
    "live_decide",
    "logs",
    "missing",
    "progress",
    "rollover",
    "schools",
    "sections",
    "shown",
    "terms",
    "users",
    "why",
]
