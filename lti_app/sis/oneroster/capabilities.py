"""What OneRoster can tell and take: far less than a gradebook of its own; unknown is never zero."""

from __future__ import annotations

from lti_app.sis.capabilities import Capabilities, ContactType, Help, Limits

CAPABILITIES = Capabilities(
    product="OneRoster",
    grades=True,
    delete=True,
    clear=True,
    exempt=True,
    comments=True,
    narrow=True,
    limits=Limits(title=255, detail=1000, comment=255, digits=12, batch=50),
    contact_types=(
        ContactType("parent", "Parent", parent=True),
        ContactType("guardian", "Guardian", parent=True),
        ContactType("relative", "Relative"),
        ContactType("other", "Other, such as a teacher with children here", parent=True),
    ),
    help=Help(
        access=(
            "In your SIS, create an API client for this app. Enter the base address, the token address, the "
            "client ID, and the client secret that it shows. If grades are to be sent, grant the gradebook, "
            "too."
        ),
        schools="Schools that the client of this app may not see aren’t listed here.",
    ),
)
