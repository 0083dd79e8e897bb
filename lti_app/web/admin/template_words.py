"""What the templates may call: the words of the tables, moments in the installation's own time, and `sis`,
what its SIS can do (lti_app.sis.capabilities.Capabilities), looked up when a page asks for it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from werkzeug.local import LocalProxy

from lti_app import formats
from lti_app.extensions import db
from lti_app.models import Installation
from lti_app.runs import words
from lti_app.school.reasons import Reason
from lti_app.web.access import launched, who
from lti_app.web.admin.tabs import blueprint
from lti_app.web.shared.host import host, with_contact
from lti_app.web.shared.sis_facts import capabilities


def when(moment: datetime) -> str:
    """A moment such as Mar 2, 2026, 7:05 AM EST: in a course on the clock that the person's Schoology shows,
    elsewhere on that of the installation's time zone."""
    return formats.moment(moment, _zone())


def _zone() -> str:
    here = launched()
    own = here.time_zone if here.section_id else ""
    return own or db.session.get_one(Installation, who().installation_id).time_zone


@blueprint.app_template_filter("sentence")
def _sentence(reason: Reason) -> str:
    """What a reason says, its moments on the clock of `when`."""
    return words.sentence(reason, _zone())


for _filter in (words.why, words.fix):
    blueprint.add_app_template_filter(_filter)


@blueprint.app_context_processor
def _words() -> dict[str, Any]:
    return {
        "words": words,
        "when": when,
        "fmt": formats,
        "host": host,
        "with_contact": with_contact,
        "sis": LocalProxy(capabilities),
    }
