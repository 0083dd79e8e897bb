"""The course pages, for the teachers of one section."""

from lti_app.web.course import averages, choices, configuration, decide, home, live, matching, sync
from lti_app.web.course.pages import blueprint

__all__ = ["averages", "blueprint", "choices", "configuration", "decide", "home", "live", "matching", "sync"]
