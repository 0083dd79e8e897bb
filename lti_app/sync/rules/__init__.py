"""Pure rules: what Schoology should hold for an SIS record, or why it cannot or need not."""

from lti_app.sync.rules.context import BuildingChoice, CourseFacts, RuleContext, TermChoice, Verdict
from lti_app.sync.rules.courses import course
from lti_app.sync.rules.people import guardian_link, person
from lti_app.sync.rules.seats import seat
from lti_app.sync.rules.sections import section

__all__ = [
    "BuildingChoice",
    "CourseFacts",
    "RuleContext",
    "TermChoice",
    "Verdict",
    "course",
    "guardian_link",
    "person",
    "seat",
    "section",
]
