"""The REST API v1 of Schoology: paths, paging, bulk calls. Knows nothing of what the objects mean.

Sources: the vendor's developer documentation; paging default 20 and cap 200; bulk at most 50 items, answered
207 with a code for each item.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from requests import Response

from lti_app.outbound.bounds import json_of
from lti_app.outbound.errors import Transient
from lti_app.outbound.transport import Transport
from lti_app.schoology.words import SchoologyCode, told

PAGE = 200
MOST_PAGES = 20_000
READINGS = 3
JSON = {"Accept": "application/json"}
Row = dict[str, Any]


class SchoologyClient:
    """Signed and paced calls; thread-safe."""

    def __init__(self, api_url: str, transport: Transport) -> None:
        self._api_url = api_url
        self._transport = transport
        self.moment = 0
        """Schoology's own time at its last answer, as a Unix moment; 0 while it has not told."""

    def get(self, path: str, **query: str | int) -> Any:
        """A GET's JSON, following the 303 of users/me and users/ext with a new signature."""
        response = self._call("GET", self._url(path, query))
        hops = 0
        while response.is_redirect and hops < 3:
            response = self._call("GET", self._secure(response.headers["Location"]))
            hops += 1
        if not response.content:
            raise Transient(**told(SchoologyCode.EMPTY_ANSWER), url=response.url, maybe_done=True)
        return _object(response)

    def text(self, path: str, **query: str) -> Iterator[str]:
        """The lines of a text answer."""
        yield from self._transport.lines(self._url(path, query), headers={"Accept": "text/csv, */*"})

    def pages(
        self, path: str, key: str, *, counted: bool = False, most: int = 0, **query: str | int
    ) -> Iterator[Row]:
        """Every row of a list once, page after page by links.next; an empty list may lack its key.

        Lists are no snapshots: rows may move from page to page while they are read. With `counted`, which is
        for lists that nothing is filtered out of, one with fewer rows than its `total` is read again for what
        was left out; Transient when it stays short. A look-up of `most` keys is read once more if it is
        short: whether its `total` is that of the look-up or of the whole list, no one says.
        """
        seen: set[str] = set()
        for reading in range(READINGS):
            total = 0
            for page in self.bodies(path, **query):
                total = max(total, _whole_number(page.get("total")))
                yield from _unseen(page.get(key) or [], seen)
            if len(seen) >= total or not (counted or (total <= most and not reading)):
                return
        raise Transient(**told(SchoologyCode.LIST_ENDS_EARLY, path=path), url=path, maybe_done=True)

    def whole(self, path: str, key: str, first: Any, **query: Any) -> list[Row]:
        """The rows of a list of which a multiget gave the first page; read by itself when that is not all."""
        body: Row = first if isinstance(first, dict) else {}
        rows = list(body.get(key) or [])
        more = (body.get("links") or {}).get("next")
        if more or len(rows) >= PAGE or len(rows) < _whole_number(body.get("total")):
            return list(self.pages(path, key, counted=True, **query))
        return rows

    def bodies(self, path: str, **query: str | int) -> Iterator[Row]:
        """Every page of a list as its whole body, by links.next."""
        url: str | None = self._url(path, {"limit": PAGE, **query})
        seen: set[str] = set()
        while url is not None and url not in seen and len(seen) < MOST_PAGES:
            seen.add(url)
            response = self._call("GET", url)
            if not response.content:
                raise Transient(**told(SchoologyCode.LIST_EMPTY_ANSWER), url=url, maybe_done=True)
            page = _object(response)
            yield page
            following = (page.get("links") or {}).get("next")
            url = self._secure(following) if following else None

    def put(self, path: str, body: Any) -> Any:
        """A PUT's JSON, empty for an answer without one."""
        return _object(self._call("PUT", self._url(path, {}), json=body, idempotent=True))

    def post(self, path: str, body: Any, **query: str | int) -> Any:
        """A POST's JSON."""
        return _object(self._call("POST", self._url(path, query), json=body))

    def delete(self, path: str) -> None:
        """A DELETE."""
        self._call("DELETE", self._url(path, {}), idempotent=True)

    def read_many(self, paths: Sequence[str]) -> list[Row]:
        """Up to 50 GETs in one request (multiget), their answers in order."""
        body = {"request": [f"/v1/{path}" for path in paths]}
        answer = _object(self._call("POST", self._url("multiget", {}), json=body, idempotent=True))
        rows = answer.get("response")
        if not isinstance(rows, list) or len(rows) != len(paths):
            raise Transient(**told(SchoologyCode.OTHER_NUMBER), url="multiget", maybe_done=True)
        return list(rows)

    def bulk(  # noqa: PLR0913 - what a bulk call consists of
        self,
        method: str,
        path: str,
        body: Any,
        *,
        answer_path: Sequence[str],
        idempotent: bool,
        query: Mapping[str, str | int] | None = None,
    ) -> list[Row]:
        """The items of a 207 answer, in order; `answer_path` leads to their list."""
        response = self._call(method, self._url(path, query or {}), json=body, idempotent=idempotent)
        if response.status_code == 204 or not response.content:
            return []
        found: Any = _object(response)
        for step in answer_path:
            found = found.get(step) if isinstance(found, dict) else None
        if isinstance(found, dict):
            return [found]
        return list(found) if isinstance(found, list) else []

    def _call(
        self, method: str, url: str, *, json: Any = None, idempotent: bool | None = None, accept: str = ""
    ) -> Response:
        headers = {"Accept": accept} if accept else JSON
        response = self._transport.request(method, url, json=json, headers=headers, idempotent=idempotent)
        self.moment = _moment(response) or self.moment
        return response

    def _url(self, path: str, query: Mapping[str, str | int]) -> str:
        return f"{self._api_url}/{path}" + (f"?{urlencode(query)}" if query else "")

    def _secure(self, url: str) -> str:
        """Links may say http where the API is https; they may never lead to another host."""
        api, link = urlsplit(self._api_url), urlsplit(url)
        if link.hostname and link.hostname != api.hostname:
            raise Transient(**told(SchoologyCode.OTHER_HOST), url=url, maybe_done=True)
        return link._replace(scheme=api.scheme, netloc=api.netloc).geturl()


def _moment(response: Response) -> int:
    """The Date of an answer (RFC 9110, 6.6.1); 0 without one that can be read."""
    try:
        return int(parsedate_to_datetime(response.headers.get("Date", "")).timestamp())
    except (TypeError, ValueError, OverflowError, IndexError):
        return 0


def _unseen(rows: Sequence[Row], seen: set[str]) -> Iterator[Row]:
    """Rows whose id was not there before, and those without one."""
    for row in rows:
        name = str(row.get("id") or row.get("uid") or f"row {len(seen)}")
        if name not in seen:
            seen.add(name)
            yield row


def _whole_number(value: Any) -> int:
    """A total: a number, a numeric text, or nothing where Schoology gives none."""
    return int(str(value)[:18]) if str(value).isdecimal() else 0


def _object(response: Response) -> Row:
    """The answer, empty for one without a body; every answer of this API is an object. Another, such as null,
    a page, or a redirect to one, does not tell whether the request was handled."""
    try:
        found = json_of(response) if response.content else {}
    except ValueError:
        found = None
    if not isinstance(found, dict) or response.is_redirect:
        raise Transient(
            **told(SchoologyCode.NOT_DATA),
            url=response.url,
            status=response.status_code,
            maybe_done=True,
        )
    return found
