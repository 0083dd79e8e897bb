"""Run a sandbox server on a real socket: in a thread for tests, or in front for people."""

from __future__ import annotations

import logging
import socket
import threading
from contextlib import suppress
from typing import Any

from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server


class _Quiet(WSGIRequestHandler):
    """Answers without writing a line for each request; keeps connections open."""

    protocol_version = "HTTP/1.1"

    def log_request(self, *_args: Any, **_kwargs: Any) -> None: ...

    def log_error(self, *_args: Any) -> None: ...


class Served:
    """A server in a thread; `url` has no slash at the end."""

    def __init__(self, app: Flask, port: int, host: str) -> None:
        self._server: BaseWSGIServer = make_server(host, port, app, threaded=True, request_handler=_Quiet)
        self._server.daemon_threads = True  # type: ignore[attr-defined]
        self._server.block_on_close = False  # type: ignore[attr-defined]
        self.app = app
        self._host = host
        self.port = self._server.server_port
        self.url = f"http://{host}:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.5,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop answering; a connection makes the server notice immediately."""
        closing = threading.Thread(target=self._server.shutdown)
        closing.start()
        while closing.is_alive():
            with suppress(OSError):
                socket.create_connection((self._host, self.port), 1).close()
            closing.join(0.01)
        self._thread.join()
        self._server.server_close()


def serve(app: Flask, port: int = 0, host: str = "127.0.0.1") -> Served:
    """Start a server in a thread; port 0 takes any that is free."""
    return Served(app, port, host)


def serve_forever(app: Flask, host: str, port: int) -> None:
    """Serve until the process is told to stop."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server(host, port, app, threaded=True, request_handler=_Quiet)
    try:
        server.serve_forever()
    finally:
        server.server_close()
