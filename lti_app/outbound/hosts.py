"""Where a tenant may have us connect: public addresses over https, and what the host allowed them besides.

The check is made on the very connection that carries the request: a name is resolved once, every address is
judged, and the connection goes to a judged address. So neither DNS nor a redirect (none is followed) gets
around it.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from requests import PreparedRequest, Response
from requests.exceptions import ConnectionError as RequestsConnectionError

from lti_app import clock
from lti_app.outbound import deadlines
from lti_app.outbound.addresses import Reach, reach
from lti_app.outbound.deadlines import TimedAdapter
from lti_app.outbound.errors import Permanent
from lti_app.outbound.words import OutboundCode, told

NAMES = 5.0
"""Seconds for looking up a name."""
Allowed = Mapping[str, Mapping[str, Any]]
"""Host → {"private": whether it may be in a private network, "http": "always", or the day (YYYY-MM-DD) up to
which it may be asked over plain http}."""


class PrivateAddress(Permanent):
    """The host may not be asked: its address is private or reserved, or the connection is not https."""


class UnknownHost(RequestsConnectionError):
    """The name stands for no address right now: nothing was sent."""


def allowed_addresses(host: str, port: int, allowed: Allowed) -> list[str]:
    """The addresses of a host, all of which may be connected to.

    Raises PrivateAddress when any of them may not, and OSError when the name is unknown.
    """
    private = bool(allowed.get(host.lower(), {}).get("private"))
    addresses = _addresses(host, port)
    for each in addresses:
        judged = reach(each)
        if judged is Reach.NEVER or (judged is Reach.PRIVATE and not private):
            raise PrivateAddress(**told(OutboundCode.HOST_PRIVATE, host=host), url=host)
    return addresses


def _addresses(host: str, port: int) -> list[str]:
    """What a name stands for. The look-up knows no deadline, so it is waited for and no longer."""
    found: list[str] = []
    failed: list[OSError] = []

    def look_up() -> None:
        try:
            infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.extend(str(info[4][0]) for info in infos)
        except (OSError, UnicodeError) as error:
            failed.append(error if isinstance(error, OSError) else OSError(str(error)))

    asking = threading.Thread(target=look_up, daemon=True)
    asking.start()
    asking.join(deadlines.left(NAMES))
    if failed:
        raise failed[0]
    if asking.is_alive() or not found:
        raise TimeoutError("the name was not found in time")
    return list(found)


def _must_be_secret(scheme: str, host: str, allowed: Allowed) -> None:
    until = str(allowed.get(host.lower(), {}).get("http") or "")
    if scheme == "https" or until == "always" or (until and clock.now().date().isoformat() <= until):
        return
    raise PrivateAddress(**told(OutboundCode.HOST_NOT_HTTPS, host=host), url=host)


class PublicOnlyAdapter(TimedAdapter):
    """Connects only to judged addresses, keeping the host's name for TLS and the Host header."""

    def __init__(self, allowed: Allowed | None = None) -> None:
        super().__init__()
        self._allowed = allowed or {}

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        """Judge the host, then connect to the first judged address. Raises PrivateAddress."""
        parts = urlsplit(request.url or "")
        host = parts.hostname or ""
        port = parts.port or (443 if parts.scheme == "https" else 80)
        try:
            address = allowed_addresses(host, port, self._allowed)[0]
        except OSError as error:
            raise UnknownHost("the host name is not known", request=request) from error
        _must_be_secret(parts.scheme, host, self._allowed)
        self._pin(parts.scheme, host)
        shown = f"[{address}]" if ":" in address else address
        before = len(parts.scheme) + len("://")
        after = before + len(parts.netloc)
        request.url = f"{(request.url or '')[:before]}{shown}:{port}{(request.url or '')[after:]}"
        request.headers["Host"] = parts.netloc.rpartition("@")[2]
        return super().send(request, *args, **kwargs)

    def _pin(self, scheme: str, host: str) -> None:
        """Have TLS ask for the host's name; a connection without TLS knows no such thing."""
        options = self.poolmanager.connection_pool_kw
        for name in ("server_hostname", "assert_hostname"):
            options.pop(name, None)
            if scheme == "https":
                options[name] = host
