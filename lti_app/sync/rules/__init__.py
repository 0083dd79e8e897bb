"""Pure rules: what Schoology should hold for a SIS record, or why it cannot or need not."""

from lti_app.sync.rules.context import BuildingChoice, RuleContext, TermChoice, Verdict
from lti_app.sync.rules.courses import course
from lti_app.sync.rules.enrollments import enrollment
from lti_app.sync.rules.people import contact, person
from lti_app.sync.rules.sections import section

__all__ = [
    "BuildingChoice",
    "RuleContext",
    "TermChoice",
    "Verdict",
    "contact",
    "course",
    "enrollment",
    "person",
    "section",
]
