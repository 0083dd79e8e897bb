"""What the templates may call: the words of the tables, moments in the installation's own time, and `sis`,
what its SIS can do (lti_app.sis.capabilities.Capabilities), looked up when a page asks for it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from werkzeug.local import LocalProxy

from lti_app.extensions import db
from lti_app.models import Installation
from lti_app.runs import words
from lti_app.web.access import who
from lti_app.web.admin.tabs import blueprint
from lti_app.web.shared.sis_facts import capabilities


def when(moment: datetime) -> str:
    """A moment on the clock of the installation's time zone, such as 2 Mar 2026, 7:05 am EST."""
    installation = db.session.get_one(Installation, who().installation_id)
    local = moment.astimezone(ZoneInfo(installation.time_zone))
    half = "am" if local.hour < 12 else "pm"
    return f"{local.day} {local:%b %Y}, {local.hour % 12 or 12}:{local:%M} {half} {local:%Z}"


@blueprint.app_context_processor
def _words() -> dict[str, Any]:
    return {"words": words, "when": when, "sis": LocalProxy(capabilities)}
