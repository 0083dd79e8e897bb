"""A client of the face that knows nothing of the app: a test client with a token."""

from __future__ import annotations

from base64 import b64encode
from typing import Any
from urllib.parse import quote

from flask import Flask

ROOTS = {"1.1": "/ims/oneroster/v1p1", "1.2": "/ims/oneroster/rostering/v1p2"}
BOOKS = {"1.1": "/ims/oneroster/v1p1", "1.2": "/ims/oneroster/gradebook/v1p2"}
SCOPE = "https://purl.imsglobal.org/spec/or/{}/scope/"


class Asker:
    """Signed in with every scope, unless some are named."""

    def __init__(self, app: Flask, version: str = "1.2", scopes: str = "") -> None:
        self.http, self.version = app.test_client(), version
        beginning = SCOPE.format("v" + version.replace(".", "p"))
        form = {"grant_type": "client_credentials"}
        form |= {"scope": " ".join(beginning + each for each in scopes.split())} if scopes else {}
        secret = b64encode(b"sandbox:sandbox-secret").decode()
        answer = self.http.post(
            "/ims/oneroster/token", data=form, headers={"Authorization": f"Basic {secret}"}
        )
        assert answer.status_code == 200, answer.get_data(as_text=True)
        self.headers = {"Authorization": f"Bearer {answer.get_json()['access_token']}"}

    def get(self, path: str, *, book: bool = False, **query: Any) -> Any:
        root = (BOOKS if book else ROOTS)[self.version]
        return self.http.get(f"{root}/{path}", query_string=query, headers=self.headers)

    def rows(self, path: str, *, book: bool = False, **query: Any) -> list[dict[str, Any]]:
        """All rows, read in pages."""
        found: list[dict[str, Any]] = []
        while True:
            answer = self.get(path, book=book, offset=len(found), **{"limit": 100, **query})
            assert answer.status_code == 200, answer.get_data(as_text=True)
            (page,) = answer.get_json().values()
            if not page:
                assert answer.headers["X-Total-Count"] == str(len(found))
                return found
            found += page

    def put(self, path: str, body: Any) -> Any:
        return self.http.put(f"{BOOKS[self.version]}/{path}", json=body, headers=self.headers)

    def delete(self, path: str) -> Any:
        return self.http.delete(f"{BOOKS[self.version]}/{path}", headers=self.headers)


def encoded(sourced_id: str) -> str:
    return quote(sourced_id, safe="")
