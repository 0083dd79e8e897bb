"""The Averages tab of a course: whether both gradebooks come to the same averages, and why not."""

from __future__ import annotations

from collections.abc import Sequence

from lti_app.grades.context import LOOK_LANE
from lti_app.web.access import course_member
from lti_app.web.course import section, sync
from lti_app.web.course.pages import blueprint
from lti_app.web.shared.places import place
from lti_app.web.shared.tab import Message


def render(messages: Sequence[Message] = ()) -> str:
    """The tab as it stands."""
    return section.show("averages", "course/averages.html", messages, passing=bool(messages), **sync.shown())


@blueprint.post("/averages")
@course_member
@place()
@section.linked
def show_averages() -> str:
    """Show the tab."""
    section.look_if_stale()
    return render()


@blueprint.post("/averages/refresh")
@course_member
@section.linked
def refresh_averages() -> str:
    """Read both gradebooks again."""
    section.ask(LOOK_LANE)
    return render([sync.REFRESHING])
