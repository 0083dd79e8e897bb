"""The Data Prep tab: for now it says what it will do."""

from __future__ import annotations

from typing import Any

from lti_app.web.access import admin_reader
from lti_app.web.admin.tabs import blueprint, show


def render(**more: Any) -> str:
    """The tab as it stands."""
    return show("data_prep", "admin/data_prep.html", **more)


@blueprint.post("/data-prep")
@admin_reader
def data_prep() -> str:
    """Show the tab."""
    return render()
