"""A small client of the sandbox SIS for its tests: it knows only docs/eschoolplus-wire.md."""

from __future__ import annotations

from typing import Any

from flask import Flask
from werkzeug.test import TestResponse


class Caller:
    """Signs in on construction; `rows` reads a call to its end."""

    def __init__(self, app: Flask, site: str = "demo", password: str = "sandbox-password") -> None:
        self.http = app.test_client()
        self.base = f"/schoology/v1/{site}"
        credentials = {"applicationId": "schoology", "loginName": "schoology", "password": password}
        self.session = self.http.post(f"{self.base}/session", json=credentials)
        self.headers = {"X-Session-Token": (self.session.json or {}).get("token", "")}

    def call(self, call_type: object, per_page: object = 500, **parameters: object) -> TestResponse:
        body = {"callType": call_type, "perPage": per_page, "parameters": parameters}
        return self.http.post(f"{self.base}/calls", json=body, headers=self.headers)

    def page(self, job_id: str, number: int) -> TestResponse:
        return self.http.get(f"{self.base}/calls/{job_id}/pages/{number}", headers=self.headers)

    def rows(self, call_type: str, per_page: int = 500, **parameters: object) -> list[dict[str, Any]]:
        job = self.call(call_type, per_page, **parameters).get_json()
        pages = (self.page(job["jobId"], n).get_json() for n in range(1, job["pageTotal"] + 1))
        return [row for page in pages for row in page["rows"]]

    def put(self, path: str, body: object) -> TestResponse:
        return self.http.put(f"{self.base}/{path}", json=body, headers=self.headers)

    def delete(self, path: str) -> TestResponse:
        return self.http.delete(f"{self.base}/{path}", headers=self.headers)


def code_of(response: TestResponse) -> tuple[int, str]:
    """Status and error code of a refusal."""
    return response.status_code, response.get_json()["error"]["code"]
