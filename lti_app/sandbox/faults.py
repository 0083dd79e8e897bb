"""Scripted, repeatable faults for both sandbox servers.

A script is a JSON list of entries::

    {"route": "POST /v1/users", "nth": 3, "times": 1, "fault": "429"}

``route`` is a method (or ``*``) and a path prefix, or a regular expression when it begins with ``^``. Each
entry counts the requests that match it; it strikes from the ``nth`` on (default 1), ``times`` times
(default 1). ``seconds`` belongs to ``hang`` (default 30) and to ``429-retry-after`` (default 1).

========================  =============================================================================
429, 429-retry-after      refused before it is handled; the second with a Retry-After header
500, 502-html             the same with a short text, or with a proxy's HTML page
hang                      nothing for ``seconds``, then the connection closes; the request is not handled
close-before              the connection closes; the request is not handled
close-after               the request **is** handled, then the connection closes in mid-body
502-after, html-after     the request **is** handled, then a proxy's page comes, as 502 or as 200
drop-rows, repeat-page    the server leaves out the last row of a page, or answers an earlier page again
other-total               a page says that the answer has one page more than it had when it was asked for
expire-token, expire-job  the server forgets the token, or the read job, that the request names
404-list, null-list       a list of OneRoster is answered as if there were none: 404, or null as its rows
no-list                   200 without the list that was asked for
page-total                X-Total-Count tells the rows of the page
short-page                a page has half of its rows
shift-rows, shift-back    the list begins with its second row, or a row came in before those of the page
ignore-offset             every page is the first one
ignore-filter             every row comes, whatever the filter asks for
refuse-parameters         400 for sort and filter
accept-only, rounded      a write is accepted and not kept; a score is kept as a whole number
refuse-one, empty-answer  a result is refused; a write is answered 200 without a body
part-500                  inside a multiget, the GET of this route is answered 500; alone it works
========================  =============================================================================

From drop-rows on they are carried out by the server itself: it asks `fault_now()` and `part_fails()`.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Flask, Response, abort, current_app, has_request_context, jsonify, request

from lti_app.sandbox.fault_script import PART, Fault, FaultScriptError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    _Wsgi = Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]

_FLAG = "sandbox.fault"
_CONTROL = "/sandbox/faults"
control = Blueprint("sandbox_faults", __name__)
PAGES_AFTER = {"502-after": 502, "html-after": 200}
_BAD_GATEWAY = b"<html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>"


class Faults:
    """A script that both sandbox servers can carry. Raises FaultScriptError on a bad script."""

    def __init__(self, script: Iterable[object] = (), place: str = "faults") -> None:
        self._lock = threading.Lock()
        self._refuse: Callable[[], Response] | None = None
        self.entries: list[Fault] = []
        self.add(script, place)

    @classmethod
    def from_file(cls, path: str | Path) -> Faults:
        """Read a script from a JSON file."""
        try:
            script = json.loads(Path(path).read_text(encoding="utf-8"))
        except OSError as error:
            raise FaultScriptError(f"{path}: cannot be read ({error.strerror})") from error
        except ValueError as error:
            raise FaultScriptError(f"{path}: is not JSON ({error})") from error
        return cls(script, str(path))

    def add(self, script: object, place: str = "faults") -> None:
        """Append the entries of a script; nothing is added when one of them is bad."""
        if isinstance(script, str | dict) or not isinstance(script, Iterable):
            raise FaultScriptError(f"{place}: a script is a JSON list of entries")
        entries = [Fault(entry, f"{place}, entry {number}") for number, entry in enumerate(script, 1)]
        with self._lock:
            self.entries.extend(entries)

    def clear(self) -> None:
        """Forget every entry."""
        with self._lock:
            self.entries.clear()

    def install(self, app: Flask, throttled: Callable[[], Response] | None = None) -> None:
        """Let the script act on an app, and add GET, POST and DELETE /sandbox/faults.

        ``throttled`` makes the body of a 429 in the server's own dialect; without it the body is empty.
        """
        self._refuse = throttled
        inner = app.wsgi_app

        def serve(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            return self._serve(app, inner, environ, start_response)

        app.wsgi_app = serve  # type: ignore[method-assign]
        app.extensions["sandbox_faults"] = self
        if control.name not in app.blueprints:
            app.register_blueprint(control)

    def _hit(self, environ: WSGIEnvironment) -> Fault | None:
        path = environ.get("PATH_INFO", "")
        if path == _CONTROL:
            return None
        with self._lock:
            whole = [fault for fault in self.entries if fault.kind != PART]
            hits = [fault for fault in whole if fault.strikes(environ["REQUEST_METHOD"], path)]
        return hits[0] if hits else None

    def part_fails(self, path: str) -> bool:
        """Whether a part of a multiget is to fail."""
        with self._lock:
            return any(each.kind == PART and each.strikes("GET", path) for each in self.entries)

    def _serve(
        self, app: Flask, inner: _Wsgi, environ: WSGIEnvironment, start: StartResponse
    ) -> Iterable[bytes]:
        fault = self._hit(environ)
        if fault is None:
            return inner(environ, start)
        if fault.kind == "close-after":
            return _close_in_mid_body(inner, environ, start)
        if fault.kind in PAGES_AFTER:
            _handled(inner, environ)
            return Response(_BAD_GATEWAY, PAGES_AFTER[fault.kind], mimetype="text/html")(environ, start)
        if fault.kind in ("hang", "close-before"):
            threading.Event().wait(fault.seconds)
            _close(environ)
            return Response("closed", 500)(environ, start)
        answer = self._answer(app, fault)
        if answer is not None:
            return answer(environ, start)
        environ[_FLAG] = fault.kind
        return inner(environ, start)

    def _answer(self, app: Flask, fault: Fault) -> Response | None:
        if fault.kind == "500":
            return Response("Internal Server Error", 500, mimetype="text/plain")
        if fault.kind == "502-html":
            return Response(_BAD_GATEWAY, 502, mimetype="text/html")
        if not fault.kind.startswith("429"):
            return None
        with app.app_context():
            response = self._refuse() if self._refuse else Response("")
        response.status_code = 429
        if fault.kind == "429-retry-after":
            response.headers["Retry-After"] = f"{fault.seconds:g}"
        return response


def _script() -> Faults:
    """The script of the server that handles this request."""
    found: Faults | None = current_app.extensions.get("sandbox_faults")
    return found if found is not None else abort(404)


@control.get(_CONTROL)
def _show() -> Response:
    return jsonify([fault.as_json() for fault in _script().entries])


@control.post(_CONTROL)
def _post() -> tuple[Response, int]:
    try:
        _script().add(request.get_json(silent=True))
    except FaultScriptError as error:
        return jsonify({"error": str(error)}), 400
    return _show(), 201


@control.delete(_CONTROL)
def _delete() -> tuple[str, int]:
    _script().clear()
    return "", 204


def fault_now() -> str | None:
    """The fault that this request must suffer at the server's own hands, if any."""
    return request.environ.get(_FLAG) if has_request_context() else None


def part_fails(path: str) -> bool:
    """Whether this part of a multiget must fail."""
    faults = current_app.extensions.get("sandbox_faults")
    return faults is not None and faults.part_fails(path)


def _close(environ: WSGIEnvironment) -> None:
    """Break the connection. Without a socket (a test client) the caller's answer is all there is."""
    connection = environ.get("werkzeug.socket")
    if connection is not None:
        connection.shutdown(socket.SHUT_RDWR)


def _keep_head(head: list[Any]) -> Any:
    def start_response(*status_and_headers: Any) -> Callable[[bytes], object]:
        head.extend(status_and_headers)
        return head.append

    return start_response


def _handled(inner: _Wsgi, environ: WSGIEnvironment) -> tuple[list[Any], bytes]:
    """What the server itself answers: status and headers, and the body."""
    head: list[Any] = []
    answer = inner(environ, _keep_head(head))
    body = b"".join(answer)
    if hasattr(answer, "close"):
        answer.close()
    return head, body


def _close_in_mid_body(inner: _Wsgi, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    """Handle the request, promise the whole body, send half of it and break off."""
    head, body = _handled(inner, environ)
    if len(body) < 2:
        _close(environ)
    start(head[0], head[1])
    yield body[: len(body) // 2]
    _close(environ)
