"""The tabs of the admin app, and how a tab's page is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template

from lti_app.extensions import db
from lti_app.sync import health, held
from lti_app.web.access import who

blueprint = Blueprint("admin", __name__, url_prefix="/admin")

Message = tuple[str, str]
"""Level (success, info, warning or danger) and a sentence."""
INVALID: Message = ("danger", "Nothing was saved: correct the fields that are marked.")


@dataclass(frozen=True)
class Tab:
    """One entry of the tab bar; its page is the endpoint admin.<key>."""

    key: str
    title: str

    @property
    def path(self) -> str:
        """Where the tab's button posts to."""
        return f"/admin/{self.key.replace('_', '-')}"


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


def show(key: str, template: str, messages: Sequence[Message] = (), **context: Any) -> str:
    """The page of a tab. `key` marks the tab in the bar; `messages` appear above the content."""
    mine = who().installation_id
    waiting = held.held_runs(db.session, mine)
    troubles = [each for each in health.conditions(db.session, mine) if each.key != "acting_user"]
    return render_template(
        template, active_tab=key, messages=list(messages), waiting=waiting, troubles=troubles, **context
    )
