"""The lists that the adapter reads, under every name that is met for them."""

from __future__ import annotations

from lti_app.sis.errors import Service
from lti_app.sis.oneroster import rows
from lti_app.sis.oneroster.paging import ListOf

ORGS = ListOf(Service.ROSTER, ("orgs", "schools", "org", "school"), rows.ORG)
SESSIONS = ListOf(
    Service.ROSTER,
    ("academicSessions", "terms", "gradingPeriods", "academicSession", "term", "gradingPeriod"),
    rows.SESSION,
)
COURSES = ListOf(Service.ROSTER, ("courses", "course"), rows.COURSE)
CLASSES = ListOf(Service.ROSTER, ("classes", "class"), rows.CLASS)
USERS = ListOf(Service.ROSTER, ("users", "students", "teachers", "user", "student", "teacher"), rows.USER)
ENROLLMENTS = ListOf(Service.ROSTER, ("enrollments", "enrollment"), rows.ENROLLMENT)
CATEGORIES = ListOf(Service.GRADEBOOK, ("categories", "category"), rows.CATEGORY)
LINE_ITEMS = ListOf(Service.GRADEBOOK, ("lineItems", "lineItem"), rows.LINE_ITEM)
RESULTS = ListOf(Service.GRADEBOOK, ("results", "result"), rows.RESULT)


def equals(field: str, value: str) -> str:
    """A filter for one value; quotes inside of it are doubled (OneRoster 1.1, 3.4.3)."""
    doubled = value.replace("'", "''")
    return f"{field}='{doubled}'"
