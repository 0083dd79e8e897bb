"""OneRoster as the form shows it, and how its adapter is built."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from requests.adapters import HTTPAdapter

from lti_app.outbound.transport import Transport
from lti_app.sis.description import Description, Field, FieldKind
from lti_app.sis.oneroster.adapter import OneRoster
from lti_app.sis.oneroster.auth import door_of
from lti_app.sis.oneroster.capabilities import CAPABILITIES
from lti_app.sis.oneroster.client import Client
from lti_app.sis.oneroster.profiles import PROFILES
from lti_app.sis.oneroster.words import SENTENCES


def build(
    settings: Mapping[str, str],
    secrets: Mapping[str, str],
    *,
    network: HTTPAdapter | None,
    sleep: Callable[[float], None],
    now: Callable[[], float],
) -> OneRoster:
    """The adapter over one session."""
    transport = Transport(adapter=network, sleep=sleep)
    name, value = settings.get("extra_header", "").strip(), secrets.get("extra_header_value", "")
    extra = {name: value} if name and value else {}
    door = door_of(settings, secrets.get("client_secret", ""), transport, now)
    return OneRoster(Client(transport, door, settings, now, extra))


ONEROSTER = Description(
    name="oneroster",
    title="OneRoster 1.1 or 1.2",
    capabilities=CAPABILITIES,
    fields=(
        Field(
            "profile",
            "Your SIS",
            "Some systems have limits of their own, such as short titles.",
            FieldKind.CHOICE,
            choices=tuple((name, each.title) for name, each in PROFILES.items()),
        ),
        Field(
            "version",
            "OneRoster version",
            kind=FieldKind.CHOICE,
            choices=(("auto", "Find out"), ("1.1", "1.1"), ("1.2", "1.2")),
            changes_keys=True,
        ),
        Field(
            "base_url",
            "Base address",
            "The address of the OneRoster service that your SIS shows, with or without its last part.",
            FieldKind.ADDRESS,
            missing="Enter the base address of the OneRoster service that your SIS shows.",
            example="https://sis.yourdistrict.org/ims/oneroster/v1p1",
        ),
        Field(
            "sign_in",
            "Sign-in",
            kind=FieldKind.CHOICE,
            choices=(
                ("oauth2", "OAuth 2 (client credentials)"),
                ("oauth1-sha256", "OAuth 1.0a, HMAC-SHA256 (1.1 only)"),
                ("oauth1-sha1", "OAuth 1.0a, HMAC-SHA1 (1.1 only)"),
                ("bearer", "A fixed token (ClassLink proxy)"),
            ),
        ),
        Field(
            "token_url",
            "Token address",
            "Needed for OAuth 2. It’s never guessed from the base address.",
            FieldKind.ADDRESS,
            required=False,
            example="https://sis.yourdistrict.org/oauth/token",
            takes_query=True,
        ),
        Field("client_id", "Client ID", "Needed for everything but a fixed token.", required=False),
        Field(
            "client_secret",
            "Client secret",
            "The secret, or the fixed token. Stored encrypted and never shown again.",
            FieldKind.SECRET,
            missing="Enter the client secret or the fixed token that your SIS shows.",
            longest=4000,
        ),
        Field(
            "gradebook_url",
            "Gradebook address",
            "Only if your SIS shows another address for the gradebook.",
            FieldKind.ADDRESS,
            required=False,
            example="https://sis.yourdistrict.org/ims/oneroster/gradebook/v1p2",
        ),
        Field(
            "extra_header",
            "Extra header",
            "Only if your SIS asks for it, such as x-vendor-authorization of Infinite Campus.",
            required=False,
            longest=80,
        ),
        Field(
            "extra_header_value",
            "Value of the extra header",
            "Stored encrypted and never shown again.",
            FieldKind.SECRET,
            required=False,
            longest=2000,
        ),
    ),
    factory=build,
    sentences=SENTENCES,
    caution="Each SIS speaks OneRoster in its own way. This app has been tested with its own sandbox only, "
    "not with a real system of any vendor.",
)
