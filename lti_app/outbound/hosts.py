"""Addresses that a tenant may not send us to: our own machine and network.

The check is made on the very connection that carries the request: a name is resolved once, every address is
judged, and the connection goes to a judged address. So neither DNS nor a redirect (none is followed) gets
around it.
"""

from __future__ import annotations

import ipaddress
import socket
from typing import Any
from urllib.parse import urlsplit

from requests import PreparedRequest, Response
from requests.exceptions import ConnectionError as RequestsConnectionError

from lti_app.outbound.deadlines import TimedAdapter
from lti_app.outbound.errors import Permanent


class PrivateAddress(Permanent):
    """The host is on a private, local or reserved address."""


def public_addresses(host: str, port: int) -> list[str]:
    """The addresses of a host, all of them public.

    Raises PrivateAddress when any of them is not, and OSError when the name is unknown.
    """
    infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(info[4][0]) for info in infos]
    for each in addresses:
        if not _is_public(each):
            raise PrivateAddress(
                f"The host {host} is on a private or local network address. "
                "Enter the public address of the SIS, or ask the people who host this app to allow it.",
                url=host,
            )
    return addresses


def _is_public(text: str) -> bool:
    address = ipaddress.ip_address(text.partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None)
    address = mapped or address
    return address.is_global and not address.is_multicast


class PublicOnlyAdapter(TimedAdapter):
    """Connects only to judged addresses, keeping the host's name for TLS and the Host header."""

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        """Judge the host, then connect to the first judged address. Raises PrivateAddress."""
        parts = urlsplit(request.url or "")
        host = parts.hostname or ""
        port = parts.port or (443 if parts.scheme == "https" else 80)
        try:
            address = public_addresses(host, port)[0]
        except OSError as error:
            raise RequestsConnectionError("the host name is not known", request=request) from error
        self.poolmanager.connection_pool_kw.update(_pinned(parts.scheme, host))
        shown = f"[{address}]" if ":" in address else address
        request.url = (request.url or "").replace(parts.netloc, f"{shown}:{port}", 1)
        request.headers["Host"] = parts.netloc.rpartition("@")[2]
        return super().send(request, *args, **kwargs)


def _pinned(scheme: str, host: str) -> dict[str, str]:
    if scheme != "https":
        return {}
    return {"server_hostname": host, "assert_hostname": host}
