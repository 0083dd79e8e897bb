"""eSchoolPLUS as the form shows it, and how its adapter is built."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from requests.adapters import HTTPAdapter

from lti_app.outbound.transport import Transport
from lti_app.sis.description import Description, Field, FieldKind
from lti_app.sis.eschoolplus.adapter import Eschoolplus
from lti_app.sis.eschoolplus.capabilities import CAPABILITIES
from lti_app.sis.eschoolplus.client import EschoolClient
from lti_app.sis.eschoolplus.keys import said, student_id
from lti_app.sis.eschoolplus.words import SENTENCES


def build(
    settings: Mapping[str, str],
    secrets: Mapping[str, str],
    *,
    network: HTTPAdapter | None,
    sleep: Callable[[float], None],
    now: Callable[[], float],  # noqa: ARG001 - no part of the sign-in depends on the time
) -> Eschoolplus:
    """The adapter over one session."""
    client = EschoolClient(
        Transport(adapter=network, sleep=sleep),
        domain=settings.get("domain", ""),
        site_code=settings.get("site_code", ""),
        login_name=settings.get("login_name", ""),
        password=secrets.get("password", ""),
    )
    return Eschoolplus(client)


ESCHOOLPLUS = Description(
    name="eschoolplus",
    title="eSchoolPLUS",
    capabilities=CAPABILITIES,
    fields=(
        Field(
            "domain",
            "Domain",
            "The address of your eSchoolPLUS web service, such as esp.yourdistrict.org.",
            FieldKind.ADDRESS,
            missing="Enter the domain you got from your eSchoolPLUS representative.",
            example="esp.yourdistrict.org",
        ),
        Field(
            "site_code",
            "Site Code",
            missing="Enter the site code you got from your eSchoolPLUS representative.",
            longest=80,
            names_place=True,
        ),
        Field(
            "login_name",
            "Login Name",
            missing="Enter the login name you got from your eSchoolPLUS representative.",
            longest=120,
        ),
        Field(
            "password",
            "Password",
            "Stored encrypted and never shown again.",
            FieldKind.SECRET,
            missing="Enter the password you got from your eSchoolPLUS representative.",
            longest=200,
        ),
    ),
    factory=build,
    key_words=said,
    gradebook_id=student_id,
    sentences=SENTENCES,
    caution="The vendor doesn’t publish how its web service works. This app relies on assumptions about it "
    "and hasn’t been tested with a real eSchoolPLUS system.",
)
