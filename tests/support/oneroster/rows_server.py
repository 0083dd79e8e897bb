"""A OneRoster server in memory that is nothing but rows: whatever a test puts there is what it answers.

It stands at the network's far end (a transport adapter of requests), knows nothing of the app, and obeys or
ignores parameters as it is told.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter

from lti_app.sis import registry

HOST = "https://sis.example"
ROOT = f"{HOST}/ims/oneroster/v1p1"
TOKEN = f"{HOST}/token"
NAMES = {
    "schools": "orgs",
    "terms": "academicSessions",
    "gradingPeriods": "academicSessions",
} | dict.fromkeys(("students", "teachers"), "users")
Rows = list[dict[str, Any]]


class RowServer(HTTPAdapter):
    """Lists by path. `hooks` are asked first, the last one before all others: a response, or None."""

    def __init__(self, **lists: Rows) -> None:
        super().__init__()
        self.lists: dict[str, Rows] = {
            "orgs": [school("S1"), school("S2"), {"sourcedId": "D", "name": "District", "type": "district"}],
            "academicSessions": [],
            "courses": [],
            "classes": [],
            "users": [],
            "enrollments": [],
            "categories": [{"sourcedId": "c1", "title": "Homework"}],
            "lineItems": [],
            "results": [],
            **lists,
        }
        self.cap = 1000
        self.totals = True
        self.filters = True
        self.single = True
        """Objects can be asked for by their id."""
        self.token: dict[str, Any] = {"access_token": "t1", "expires_in": 3600}
        self.requests: list[PreparedRequest] = []
        self.hooks: list[Callable[[PreparedRequest, str, dict[str, str]], Response | None]] = []
        self.after: Callable[[str], None] = lambda path: None
        """Told of every page that was sent."""

    def send(self, request: PreparedRequest, *_: Any, **__: Any) -> Response:
        self.requests.append(request)
        parts = urlsplit(str(request.url))
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        path = re.sub(r"^/ims/oneroster(/rostering|/gradebook)?/v1p\d/", "", parts.path)
        for hook in reversed(self.hooks):
            found = hook(request, path, query)
            if found is not None:
                return _finished(found, request)
        found = self._answer(request, path, query)
        self.after(path)
        return _finished(found, request)

    @property
    def asked(self) -> list[str]:
        """Method and address of every request."""
        return [f"{each.method} {unquote(str(each.url).removeprefix(HOST))}" for each in self.requests]

    def _answer(self, request: PreparedRequest, path: str, query: dict[str, str]) -> Response:
        if path.endswith("/token"):
            return answer(self.token)
        if request.method in ("PUT", "DELETE"):
            return self._write(request, path)
        if path in self.lists:
            return self._page(path, query)
        name, _, key = path.partition("/")
        rows = [each for each in self.lists.get(name, []) if str(each.get("sourcedId")) == unquote(key)]
        if rows and self.single and "/" not in key:
            return answer({name.removesuffix("s") if name != "classes" else "class": rows[0]})
        return answer({"imsx_codeMajor": "failure", "imsx_description": "unknown object"}, 404)

    def _page(self, path: str, query: dict[str, str]) -> Response:
        rows = self.lists[path]
        told = re.fullmatch(r"([\w.]+)='(.*)'", query.get("filter", ""))
        if told and self.filters:
            rows = [each for each in rows if _value(each, told[1]) == told[2].replace("''", "'")]
        offset, limit = int(query.get("offset", 0)), min(self.cap, int(query.get("limit", 100)))
        headers = {"X-Total-Count": str(len(rows))} if self.totals else {}
        return answer({NAMES.get(path, path): rows[offset : offset + limit]}, **headers)

    def _write(self, request: PreparedRequest, path: str) -> Response:
        name, _, key = path.partition("/")
        rows, key = self.lists[name], unquote(key)
        there = next((each for each in rows if each["sourcedId"] == key), None)
        if request.method == "DELETE":
            if there is None:
                return answer({"imsx_description": "unknown object"}, 404)
            rows.remove(there)
            return answer(None, 204)
        (body,) = json.loads(request.body or b"{}").values()
        if there is not None:
            rows.remove(there)
        rows.append(body)
        return answer(None, 200 if there else 201)

    def bodies(self, path: str) -> list[dict[str, Any]]:
        """What was put under a path, in order."""
        puts = [each for each in self.requests if each.method == "PUT" and f"/{path}/" in str(each.url)]
        return [json.loads(each.body or b"{}") for each in puts]


def _value(row: dict[str, Any], field: str) -> str:
    found: Any = row
    for part in field.split("."):
        found = found.get(part, {}) if isinstance(found, dict) else {}
    return str(found)


def answer(body: Any, status: int = 200, **headers: str) -> Response:
    """An answer as JSON; none where there is no body, and bytes as they are."""
    made = Response()
    made.status_code = status
    made.headers.update({"Content-Type": "application/json", **headers})
    made._content = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    return made


def page_for_people(status: int = 200) -> Response:
    """A page to sign in, or of a proxy."""
    made = answer(b"<html><body>Please sign in</body></html>", status)
    made.headers["Content-Type"] = "text/html; charset=utf-8"
    return made


def _finished(found: Response, request: PreparedRequest) -> Response:
    found.request, found.url, found._content_consumed = request, str(request.url), True  # type: ignore[attr-defined]
    return found


def school(key: str) -> dict[str, Any]:
    return {
        "sourcedId": key,
        "status": "active",
        "name": f"School {key}",
        "type": "school",
        "identifier": key,
    }


def ref(sourced_id: str, kind: str = "user") -> dict[str, str]:
    """A reference as a server behind a proxy writes it."""
    return {"href": f"http://internal:8080/{kind}s/{sourced_id}", "sourcedId": sourced_id, "type": kind}


def user(key: str, role: str = "student", **changes: Any) -> dict[str, Any]:
    """A user of 1.1."""
    return {
        "sourcedId": key,
        "status": "active",
        "username": f"user.{key}",
        "enabledUser": "true",
        "givenName": "Given",
        "familyName": f"Family {key}",
        "role": role,
        "orgs": [ref("S1", "org")],
        **changes,
    }


def a_class(key: str, **changes: Any) -> dict[str, Any]:
    return {
        "sourcedId": key,
        "status": "active",
        "title": f"Class {key}",
        "classCode": f"{key}-1",
        "course": ref("co", "course"),
        "school": ref("S1", "org"),
        "terms": [ref("y", "academicSession")],
        **changes,
    }


def enrollment(key: str, person: str, section: str = "k", **changes: Any) -> dict[str, Any]:
    return {
        "sourcedId": key,
        "status": "active",
        "user": ref(person),
        "class": ref(section, "class"),
        "school": ref("S1", "org"),
        "role": "student",
        "primary": "false",
        **changes,
    }


def session(key: str, start: str, end: str, kind: str = "term", **changes: Any) -> dict[str, Any]:
    return {
        "sourcedId": key,
        "status": "active",
        "title": f"Session {key}",
        "startDate": start,
        "endDate": end,
        "type": kind,
        "schoolYear": "2027",
        **changes,
    }


def adapter_over(server: RowServer, secret: str = "open sesame", **settings: str) -> Any:  # noqa: S107
    """The adapter with its network replaced by the server."""
    typed = {"base_url": ROOT, "token_url": TOKEN, "client_id": "app", "profile": "other", **settings}
    secrets = {"client_secret": secret, "extra_header_value": "vendor:secret"}
    return registry.build("oneroster", typed, secrets, network=server, sleep=lambda _: None)
