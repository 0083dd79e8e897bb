"""Servers of our own that answer slowly or hugely, on loopback and bounded in time."""

from __future__ import annotations

import socket
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress

LONGEST = 20.0
"""Seconds after which such a server gives up, whatever a client does."""
DRIP = 0.1


class SlowServer:
    """Sends `before`, then one byte of `bytes_` each tenth of a second, on every connection."""

    def __init__(self, before: bytes, drips: bytes) -> None:
        self._before, self._drips = before, drips
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._ended = threading.Event()
        self.asked = 0
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while not self._ended.is_set():
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            self.asked += 1
            threading.Thread(target=self._drip, args=(client,), daemon=True).start()

    def _drip(self, client: socket.socket) -> None:
        until = time.monotonic() + LONGEST
        with client, suppress(OSError):
            client.recv(65536)
            client.sendall(self._before)
            while self._drips and time.monotonic() < until and not self._ended.wait(DRIP):
                client.sendall(self._drips)

    def close(self) -> None:
        """End every connection."""
        self._ended.set()
        self._socket.close()


@contextmanager
def dripping(*, head: bool) -> Iterator[SlowServer]:
    """A server whose header lines (`head`) or whose body never end."""
    start = b"HTTP/1.1 200 OK\r\n" if head else b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n"
    made = SlowServer(start, b"x")
    try:
        yield made
    finally:
        made.close()


@contextmanager
def packed(megabytes: int) -> Iterator[SlowServer]:
    """A server whose small answer unpacks to so many megabytes."""
    made = SlowServer(answer(gzipped(b" " * 1024 * 1024, megabytes), "Content-Encoding: gzip"), b"")
    try:
        yield made
    finally:
        made.close()


def answer(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """The bytes of an answer with any headers, however odd."""
    lines = (f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "", "")
    return "\r\n".join(lines).encode("latin-1") + body


def gzipped(unit: bytes, times: int) -> bytes:
    """A small packet that unpacks to so many units."""
    packer = zlib.compressobj(wbits=31)
    return b"".join(packer.compress(unit) for _ in range(times)) + packer.flush()


@contextmanager
def saying(reply: bytes) -> Iterator[SlowServer]:
    """A server that says the same bytes to everybody, and ends."""
    made = SlowServer(reply, b"")
    try:
        yield made
    finally:
        made.close()
