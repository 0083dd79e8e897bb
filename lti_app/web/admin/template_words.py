"""What the templates may call: the words of the tables, and moments in the installation's own time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from lti_app import formats
from lti_app.extensions import db
from lti_app.models import Installation
from lti_app.runs import words
from lti_app.web.access import who
from lti_app.web.admin.tabs import blueprint


def when(moment: datetime) -> str:
    """A moment on the clock of the installation's time zone, such as Mar 2, 2026, 7:05 AM EST."""
    return formats.moment(moment, db.session.get_one(Installation, who().installation_id).time_zone)


@blueprint.app_context_processor
def _words() -> dict[str, Any]:
    return {"words": words, "when": when, "fmt": formats}
