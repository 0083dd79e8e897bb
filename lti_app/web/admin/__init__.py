"""The admin app: the bar of tabs, and a folder for each group of them."""

from __future__ import annotations

from lti_app.web.admin import (
    configuration,
    data_prep,
    grades,
    logs,
    mapping,
    overview,
    progress,
    roster,
    template_words,
)
from lti_app.web.admin.tabs import blueprint

__all__ = [
    "blueprint",
    "configuration",
    "data_prep",
    "grades",
    "logs",
    "mapping",
    "overview",
    "progress",
    "roster",
    "template_words",
]
