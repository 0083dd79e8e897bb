"""The course page, for the teachers of one section."""

from lti_app.web.course import home
from lti_app.web.course.pages import blueprint

__all__ = ["blueprint", "home"]
