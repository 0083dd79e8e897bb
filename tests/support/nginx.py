"""nginx with the configuration of docs/hosting.md, in front of an app on this machine."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.hosting_page import block
from tests.support.processes import until

MAIN = """
pid {folder}/nginx.pid;
{user}
error_log {folder}/main.log;
events {{ worker_connections 2048; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/sis.conf;
}}
"""
HOST = "localhost"


class NoServer(Exception):
    """This machine has no nginx."""


@dataclass(frozen=True)
class Proxy:
    """A running nginx."""

    port: int
    certificate: Path
    folder: Path

    @property
    def url(self) -> str:
        return f"https://{HOST}:{self.port}"

    @property
    def said(self) -> str:
        """Everything that it has logged."""
        return "".join(each.read_text("utf-8") for each in self.folder.glob("*.log"))


@contextmanager
def proxied(folder: Path, *, port: int, app_port: int) -> Iterator[Proxy]:
    """nginx on `port`, in front of the app on `app_port`. Raises NoServer."""
    binary = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if binary is None:
        raise NoServer
    folder.mkdir()
    _make_certificate(folder)
    places = {
        "listen 443": f"listen 127.0.0.1:{port}",
        "127.0.0.1:8000": f"127.0.0.1:{app_port}",
        "sync.district.example": HOST,
        "/etc/ssl/sis": str(folder),
        "/var/log/nginx": str(folder),
    }
    (folder / "sis.conf").write_text(block("nginx", places))
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(MAIN.format(folder=folder, user=user))
    command = [binary, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-g", "daemon off;"]
    subprocess.run(
        [*command[:-2], "-t"], check=True, capture_output=True
    )  # a typing error ends the test here
    process = subprocess.Popen(command)
    try:
        until(lambda: _listens(port))
        yield Proxy(port, folder / "fullchain.pem", folder)
    finally:
        process.terminate()
        process.wait(20)


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def _make_certificate(folder: Path) -> None:
    files = ["-keyout", str(folder / "privkey.pem"), "-out", str(folder / "fullchain.pem")]
    name = ["-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *name, *files]
    subprocess.run(command, check=True, capture_output=True)
