"""An adapter with fields of every kind, as unlike the first one as the registry allows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from requests.adapters import HTTPAdapter

from lti_app.sis import registry
from lti_app.sis.capabilities import Capabilities, Help
from lti_app.sis.description import Description, Field, FieldKind
from tests.support.listing import ListingSis

ADDRESS = {"base_url": "https://sis.example/v1", "token_url": "https://login.example/token"}
TYPED = {**ADDRESS, "version": "1.2", "client_id": "app", "client_secret": "open sesame", "extra": ""}


class OtherSis(ListingSis):
    """An SIS that knows how it was built."""

    def __init__(self, settings: Mapping[str, str], secrets: Mapping[str, str], **tools: Any) -> None:
        super().__init__()
        self.settings, self.secrets, self.tools = dict(settings), dict(secrets), tools


def build(
    settings: Mapping[str, str],
    secrets: Mapping[str, str],
    *,
    network: HTTPAdapter | None,
    sleep: Callable[[float], None],
    now: Callable[[], float],
) -> Any:
    return OtherSis(settings, secrets, network=network, sleep=sleep, now=now)


OTHER = Description(
    name="other",
    title="Another SIS (1.1 and 1.2)",
    capabilities=Capabilities(product="Another SIS", help=Help(access="Ask the vendor of Another SIS.")),
    fields=(
        Field(
            "version",
            "Version",
            kind=FieldKind.CHOICE,
            choices=(("1.1", "Version 1.1"), ("1.2", "Version 1.2")),
            changes_keys=True,
        ),
        Field("base_url", "Base address", kind=FieldKind.ADDRESS, example="https://sis.example/v1"),
        Field("token_url", "Token address", kind=FieldKind.ADDRESS, required=False),
        Field("client_id", "Client ID", longest=20),
        Field("client_secret", "Client secret", kind=FieldKind.SECRET),
        Field("extra", "Extra header value", kind=FieldKind.SECRET, required=False),
    ),
    factory=build,
)


@contextmanager
def with_other_sis() -> Iterator[Description]:
    """The registry knows a second SIS."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "ADAPTERS", {**registry.ADAPTERS, OTHER.name: OTHER})
        yield OTHER
