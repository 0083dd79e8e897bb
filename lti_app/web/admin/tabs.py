"""The tabs of the admin app, and how a tab's page is shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, render_template

from lti_app.operations import health
from lti_app.operations.overview import status
from lti_app.setup import connection
from lti_app.store.district import District
from lti_app.sync.plan import approval
from lti_app.web import help as help_pages
from lti_app.web.access import own_district
from lti_app.web.shared.tab import Message, Tab

blueprint = Blueprint("admin", __name__, url_prefix="/admin")


OVERVIEW = Tab("overview", "Overview")
"""The first tab, once setup is done."""
TABS = (
    Tab("configuration", "Configuration"),
    Tab("schools", "Schools"),
    Tab("terms", "Terms"),
    Tab("data_prep", "Data Prep"),
    Tab("users", "Users"),
    Tab("courses", "Courses"),
    Tab("sections", "Sections"),
    Tab("logs", "Logs"),
)


@blueprint.app_context_processor
def _tabs() -> dict[str, Any]:
    return {"tabs": TABS}


def tabs(district: District) -> tuple[Tab, ...]:
    """The tabs of a district, in their order."""
    return (OVERVIEW, *TABS) if status.is_shown(district) else TABS


def show(key: str, template: str, messages: Sequence[Message] = (), **context: Any) -> str:
    """The page of a tab. `key` marks the tab in the bar; `messages` appear above the content."""
    district = own_district()
    told = key == OVERVIEW.key  # that page says all of it, with its fix
    waiting = [] if told else approval.held_runs(district)
    troubles = [] if told else [each for each in health.conditions(district) if each.key != "acting_user"]
    return render_template(
        template,
        tabs=tabs(district),
        active_tab=key,
        help_page=help_pages.OF_TABS.get(key, "operations"),
        page_name=template,
        messages=list(messages),
        waiting=waiting,
        troubles=troubles,
        sis_product=connection.product(district),
        **context,
    )
