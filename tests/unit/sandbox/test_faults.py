"""Scripted faults strike the request they name, over real sockets, and nothing else."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from flask import Flask, jsonify, request
from werkzeug.serving import make_server

from lti_app.sandbox.fault_script import FaultScriptError
from lti_app.sandbox.faults import Faults, fault_now


class Server:
    """A tiny app that counts what it handled, behind a real socket."""

    def __init__(self) -> None:
        self.handled: list[str] = []
        self.faults = Faults()
        app = Flask(__name__)
        app.add_url_rule("/things/<int:number>", "things", self._things, methods=["GET", "POST"])
        app.add_url_rule("/empty", "empty", self._empty, methods=["POST"])
        self.faults.install(app, lambda: jsonify(error="slow down"))
        self._server = make_server("127.0.0.1", 0, app, threaded=True)
        self.url = f"http://127.0.0.1:{self._server.port}"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def _things(self, number: int) -> dict[str, object]:
        self.handled.append(f"{request.method} {number}")
        return {"number": number, "fault": fault_now(), "padding": "x" * 500}

    def _empty(self) -> tuple[str, int]:
        self.handled.append("POST empty")
        return "", 204

    def get(self, number: int = 1, timeout: float = 10) -> requests.Response:
        return requests.get(f"{self.url}/things/{number}", timeout=timeout)

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.close()


def test_the_nth_request_is_hit_so_many_times(server: Server) -> None:
    server.faults.add([{"route": "GET /things", "nth": 2, "times": 2, "fault": "500"}])
    assert [server.get().status_code for _ in range(5)] == [200, 500, 500, 200, 200]
    assert len(server.handled) == 3


def test_only_the_named_method_and_path_count(server: Server) -> None:
    server.faults.add([{"route": "POST ^/things/7$", "fault": "500"}])
    assert server.get(7).status_code == 200
    assert requests.post(f"{server.url}/things/8", timeout=10).status_code == 200
    assert requests.post(f"{server.url}/things/7", timeout=10).status_code == 500


def test_throttling_speaks_the_servers_dialect(server: Server) -> None:
    server.faults.add([{"route": "* /things", "times": 1, "fault": "429"}])
    server.faults.add([{"route": "* /things", "nth": 2, "fault": "429-retry-after", "seconds": 3}])
    plain, later = server.get(), server.get()
    assert (plain.status_code, plain.json(), "Retry-After" in plain.headers) == (
        429,
        {"error": "slow down"},
        False,
    )
    assert (later.status_code, later.headers["Retry-After"]) == (429, "3")
    assert server.handled == []


def test_a_proxy_answers_with_html(server: Server) -> None:
    server.faults.add([{"route": "GET /things", "fault": "502-html"}])
    answer = server.get()
    assert (answer.status_code, answer.headers["Content-Type"]) == (502, "text/html; charset=utf-8")


def test_a_hang_outlives_the_clients_patience(server: Server) -> None:
    server.faults.add([{"route": "GET /things", "fault": "hang", "seconds": 1}])
    with pytest.raises(requests.exceptions.ReadTimeout):
        server.get(timeout=0.1)
    assert server.handled == []


def test_closing_before_leaves_the_request_undone(server: Server) -> None:
    server.faults.add([{"route": "GET /things", "fault": "close-before"}])
    with pytest.raises(requests.exceptions.ConnectionError):
        server.get()
    assert server.handled == []
    assert server.get().status_code == 200


def test_closing_after_breaks_off_what_was_done(server: Server) -> None:
    server.faults.add([{"route": "GET /things", "fault": "close-after"}])
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.exceptions.ConnectionError)):
        server.get()
    assert server.handled == ["GET 1"]


def test_closing_after_works_without_a_body_too(server: Server) -> None:
    server.faults.add([{"route": "POST /empty", "fault": "close-after"}])
    with pytest.raises(requests.exceptions.ConnectionError):
        requests.post(f"{server.url}/empty", timeout=10)
    assert server.handled == ["POST empty"]


def test_faults_of_the_servers_own_hands_are_passed_on(server: Server) -> None:
    server.faults.add([{"route": "GET /things", "fault": "drop-rows"}])
    assert [server.get().json()["fault"] for _ in range(2)] == ["drop-rows", None]


def test_faults_are_set_shown_and_cleared_while_running(server: Server) -> None:
    control = f"{server.url}/sandbox/faults"
    entry = {"route": "GET /things", "fault": "500", "times": 9}
    assert requests.post(control, json=[entry], timeout=10).status_code == 201
    assert server.get().status_code == 500
    (shown,) = requests.get(control, timeout=10).json()
    assert (shown["route"], shown["fault"], shown["seen"]) == ("GET /things", "500", 1)
    assert requests.delete(control, timeout=10).status_code == 204
    assert server.get().status_code == 200


def test_a_bad_script_at_run_time_is_told_and_changes_nothing(server: Server) -> None:
    control = f"{server.url}/sandbox/faults"
    script = [{"route": "GET /things", "fault": "500"}, {"route": "GET /things", "fault": "explode"}]
    answer = requests.post(control, json=script, timeout=10)
    assert answer.status_code == 400
    assert "entry 2, field 'fault': 'explode'" in answer.json()["error"]
    assert requests.get(control, timeout=10).json() == []


@pytest.mark.parametrize(
    ("entry", "complaint"),
    [
        ("GET /x", "every entry must be an object"),
        ({"fault": "500"}, "field 'route'"),
        ({"route": "/x", "fault": "500"}, "field 'route'"),
        ({"route": "FETCH /x", "fault": "500"}, "field 'route'"),
        ({"route": "GET ^(", "fault": "500"}, "bad regular expression"),
        ({"route": "GET /x", "fault": "500", "nth": 0}, "field 'nth'"),
        ({"route": "GET /x", "fault": "500", "times": "2"}, "field 'times'"),
        ({"route": "GET /x", "fault": "hang", "seconds": -1}, "field 'seconds'"),
        ({"route": "GET /x", "fault": "500", "count": 3}, "unknown field 'count'"),
    ],
)
def test_a_bad_entry_is_named_with_its_field(entry: object, complaint: str) -> None:
    with pytest.raises(FaultScriptError, match="entry 1") as caught:
        Faults([entry])
    assert complaint in str(caught.value)


def test_scripts_come_from_files(tmp_path: Path) -> None:
    path = tmp_path / "faults.json"
    path.write_text(json.dumps([{"route": "GET /x", "fault": "500"}]))
    assert [fault.kind for fault in Faults.from_file(path).entries] == ["500"]
    path.write_text("[{]")
    with pytest.raises(FaultScriptError, match="faults.json: is not JSON"):
        Faults.from_file(path)
    path.write_text('{"route": "GET /x"}')
    with pytest.raises(FaultScriptError, match="a script is a JSON list"):
        Faults.from_file(path)
    with pytest.raises(FaultScriptError, match="cannot be read"):
        Faults.from_file(tmp_path / "nowhere.json")
