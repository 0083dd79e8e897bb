"""What eSchoolPLUS can do; the limits are those of docs/eschoolplus-wire.md."""

from __future__ import annotations

from decimal import Decimal

from lti_app.sis.capabilities import Capabilities, ContactType, Help, Limits

CAPABILITIES = Capabilities(
    product="eSchoolPLUS",
    grades=True,
    delete=True,
    clear=True,
    marks=True,
    comments=True,
    settings=True,
    category_weights=True,
    item_ids=True,
    item_weight=True,
    publish=True,
    averages=True,
    class_days=True,
    narrow=True,
    limits=Limits(title=255, detail=1000, comment=255, digits=9, points=Decimal(99999), batch=100),
    contact_types=(
        ContactType("G", "Guardian", parent=True),
        ContactType("P", "Physical address"),
        ContactType("M", "Mailing"),
        ContactType("C", "Emergency"),
        ContactType("O", "Other"),
    ),
    help=Help(
        access=(
            "Ask your eSchoolPLUS representative to turn on API access and send you the domain, site code, "
            "login name, and password."
        ),
    ),
)
