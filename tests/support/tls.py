"""Servers on this machine that speak TLS, with certificates made for one test."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from requests.adapters import HTTPAdapter

DAY = timedelta(days=1)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


class Authority:
    """Issues certificates; what trusts it is `adapter`."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._key = folder, ec.generate_private_key(ec.SECP256R1())
        self._name = _name("Authority of a test")
        made = self._builder(self._name, self._key, -DAY, DAY)
        made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        self.bundle = folder / f"authority-{id(self)}.pem"
        self.bundle.write_bytes(
            made.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        )

    def certificate(self, *hosts: str, begins: timedelta = -DAY, ends: timedelta = DAY) -> ssl.SSLContext:
        """What a server needs to be these hosts, valid from and until so long after now."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = [
            x509.IPAddress(ipaddress.ip_address(each)) if each[0].isdigit() else x509.DNSName(each)
            for each in hosts
        ]
        made = self._builder(_name(hosts[0]), key, begins, ends)
        signed = made.add_extension(x509.SubjectAlternativeName(names), critical=False).sign(
            self._key, hashes.SHA256()
        )
        file = self._folder / f"server-{signed.serial_number}.pem"
        file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + signed.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    def _builder(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, begins: timedelta, ends: timedelta
    ) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + begins)
            .not_valid_after(now + ends)
        )

    def adapter(self, kind: type[HTTPAdapter] = HTTPAdapter) -> HTTPAdapter:
        """An adapter that trusts this authority and no other."""
        bundle = str(self.bundle)

        class Trusting(kind):  # type: ignore[valid-type,misc]
            def send(self, request: Any, *args: Any, **more: Any) -> Any:
                asked = more.get("verify", True)
                return super().send(request, *args, **{**more, "verify": bundle if asked else False})

        return Trusting()


@dataclass
class Peer:
    """A server and how often someone connected to it."""

    port: int
    connected: list[int] = field(default_factory=list)


class _Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "4")
        self.end_headers()
        self.wfile.write(b"fine")

    do_POST = do_GET  # noqa: N815 - the name that the standard library asks for

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def serving(wrap: Callable[[socket.socket], socket.socket]) -> Iterator[Peer]:
    """A server that answers "fine" over what `wrap` makes of each connection; may raise OSError."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def get_request(self) -> tuple[socket.socket, Any]:
            connection, address = super().get_request()
            peer.connected.append(address[1])
            connection.settimeout(5)
            try:
                return wrap(connection), address
            except OSError:
                connection.close()
                raise

    server = Server(("127.0.0.1", 0), _Answer)
    peer = Peer(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield peer
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def over(context: ssl.SSLContext) -> Callable[[socket.socket], socket.socket]:
    """TLS with this certificate."""
    return lambda connection: context.wrap_socket(connection, server_side=True)


def plain(connection: socket.socket) -> socket.socket:
    """No TLS at all."""
    return connection


def ends_in_the_handshake(connection: socket.socket) -> socket.socket:
    """As a load balancer whose server is gone."""
    connection.recv(64)
    connection.shutdown(socket.SHUT_RDWR)
    raise OSError("gone")
