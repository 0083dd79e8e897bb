"""From settings to clients to adapters: the only place that chooses an SIS or a base URL."""

from __future__ import annotations

import copy
import ipaddress
import json
import math
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from urllib.parse import urlsplit

from requests.adapters import HTTPAdapter

from lti_app.config import Settings
from lti_app.models import ActingUser, Installation, SisConnection
from lti_app.outbound.deadlines import TimedAdapter
from lti_app.outbound.hosts import PublicOnlyAdapter
from lti_app.outbound.leaving import AskingAdapter, UnderWay
from lti_app.outbound.mail import Mailer
from lti_app.outbound.pace import IN_FLIGHT, Paces
from lti_app.outbound.shared_pace import SharedBuckets
from lti_app.outbound.transport import CONNECTIONS, Transport
from lti_app.schoology.api.client import SchoologyClient
from lti_app.schoology.api.consent import Consent
from lti_app.schoology.api.oauth1 import SignedRequest
from lti_app.schoology.api.provisioner import SchoologyApi
from lti_app.schoology.port import Schoology
from lti_app.sis import registry
from lti_app.sis.capabilities import Capabilities
from lti_app.sis.port import Sis
from lti_app.vault import Vault

SLOW_ANSWER = 2.5
"""Seconds of an answer for which requests in flight make up."""
MOST_IN_FLIGHT = 32
SCHOOLOGY, SIS = "schoology", "sis"
"""The systems that a job asks."""


class Wiring:
    """Makes adapters for an installation out of what it has stored."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.sleep: Callable[[float], None] = time.sleep
        """How the app waits before it repeats something."""
        host = urlsplit(settings.public_url).hostname or "localhost"
        self._under_way: Callable[[str], AbstractContextManager[Callable[[], bool]]] | None = None
        self.mailer = Mailer(settings.smtp_url, f"sis-integration@{host}")
        self.vault = Vault(settings.secret_keys)
        shared = (
            SharedBuckets(settings.conninfo, settings.schoology_pace[1]) if settings.distributed else None
        )
        self._paces = Paces(
            *settings.schoology_pace,
            bucket_of=shared.of if shared else None,
            slowness_of=shared.slowness_of if shared else None,
        )

    @property
    def public_url(self) -> str:
        """Where the app is reached from outside."""
        return self.settings.public_url

    @property
    def in_flight(self) -> int:
        """Requests that a run has under way at once, so that slow answers do not slow the pace."""
        requests, seconds = self.settings.schoology_pace
        return min(max(IN_FLIGHT, math.ceil(requests / seconds * SLOW_ANSWER)), MOST_IN_FLIGHT)

    def slowness(self, installation: Installation) -> Callable[[], float]:
        """How many times slower than configured requests to its Schoology leave, at each moment."""
        pace = self._paces.of(installation.consumer_key)
        return lambda: pace.slowness

    def capabilities(self, connection: SisConnection | None) -> Capabilities:
        """What the SIS of an installation can do, as far as it is known without a call."""
        if connection is None:
            return registry.first().capabilities
        described = registry.find(connection.adapter)
        static = described.capabilities if described else Capabilities(product="the SIS")
        return static.measured(connection.capabilities)

    def sis(self, connection: SisConnection) -> Sis:
        """The SIS of an installation; its hosts are public and speak https unless the host allowed otherwise.

        Raises SisConfigError for an adapter that the app does not have, and VaultError.
        """
        network = (
            None if self.settings.allow_private_sis_hosts else PublicOnlyAdapter(connection.allowed_hosts)
        )
        secrets = json.loads(self.vault.open(connection.secrets)) if connection.secrets else {}
        return registry.build(
            connection.adapter,
            connection.settings,
            secrets,
            network=self._asking(SIS, network),
            sleep=self.sleep,
        )

    def schoology(
        self, installation: Installation, acting_user: ActingUser, *, patient: bool = False
    ) -> Schoology:
        """Schoology as the Acting User sees it; `patient` for runs that let others go first."""
        token, secret = self.vault.open(acting_user.token), self.vault.open(acting_user.token_secret)
        return self.schoology_with(installation, token, secret, patient=patient)

    def schoology_with(
        self, installation: Installation, token: str, token_secret: str, *, patient: bool = False
    ) -> Schoology:
        """Schoology under an access token that is not stored yet."""
        auth = SignedRequest(
            installation.consumer_key,
            self.vault.open(installation.consumer_secret),
            token,
            token_secret,
        )
        pace = self._paces.of(installation.consumer_key)
        transport = Transport(
            auth=auth,
            pace=pace.patient if patient else pace,
            adapter=self._asking(SCHOOLOGY, None),
            sleep=self.sleep,
        )
        return SchoologyApi(SchoologyClient(self.settings.schoology_api_url, transport))

    def for_job(self, under_way: Callable[[str], AbstractContextManager[Callable[[], bool]]]) -> Wiring:
        """The same for one job, whose every request is noted by the system that is asked; what entering
        `under_way` raises reaches the task."""
        made = copy.copy(self)
        made._under_way = under_way
        return made

    def _asking(self, system: str, network: HTTPAdapter | None) -> HTTPAdapter | None:
        """What requests leave through; None for the usual way out."""
        if self._under_way is None:
            return network
        noted: UnderWay = partial(self._under_way, system)
        return AskingAdapter(network or TimedAdapter(pool_maxsize=CONNECTIONS), noted)

    def consent(self, installation: Installation) -> Consent:
        """The consent window of an installation."""
        return Consent(
            self.settings.schoology_api_url,
            installation.consumer_key,
            self.vault.open(installation.consumer_secret),
        )

    def domain_origin(self, domain: str) -> str:
        """The origin of a Schoology host: https, but for this very machine in tests and demonstrations."""
        return domain_origin(domain)


def domain_origin(domain: str) -> str:
    """`scheme://host[:port]` of a host, host:port or URL; loopback hosts speak http unless they say so."""
    given = domain.strip().rstrip("/")
    parts = urlsplit(given if "://" in given else f"//{given}")
    scheme = parts.scheme or ("http" if is_loopback(parts.hostname or "") else "https")
    return f"{scheme}://{parts.netloc}"


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
