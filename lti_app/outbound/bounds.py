"""How much of an answer is taken in: bytes after unpacking, values before parsing, lines of a text.

Bytes alone are no bound: of 16 MB of `[],[],[],` Python makes 5 million lists, which take 400 MB. Each value
of JSON stands after a comma, a bracket or a brace, so counting these says how many there can be at most, at
the speed of reading the bytes once.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import IO, Any

import requests
from requests import Response

from lti_app.outbound.errors import Unexpected
from lti_app.outbound.words import OutboundCode, told

LARGEST_ANSWER = 16 * 1024 * 1024
"""Bytes of an answer, after it was unpacked, that is taken into memory: a page of a list is far smaller."""
LARGEST_FOR_PAGE = 8 * 1024 * 1024
"""The same where a page waits for it."""
LARGEST_FILE = 512 * 1024 * 1024
"""Bytes of an answer that is written to a temporary file and read line by line."""
MOST_VALUES = 1_000_000
"""Values that an answer in memory may have, each of which takes up to 100 bytes more when it's parsed: a page
of 10,000 rows with 40 fields has 400,000."""
MOST_VALUES_FOR_PAGE = 400_000
"""The same where a page waits for it."""
LONGEST_LINE = 1024 * 1024
"""Characters of a line of a text that is read line by line."""
MOST_COOKIES = 20
"""Cookies that are kept of a server; a load balancer needs one or two."""


class Session(requests.Session):
    """Follows no redirect, and reads nothing of one: requests would read its whole body, however large, and
    take its address apart, however odd."""

    def get_redirect_target(self, _: Response) -> str | None:
        """None: no answer leads anywhere."""
        return None

    def forget_many_cookies(self) -> None:
        """A server that sets ever new cookies gets none of them back."""
        if len(self.cookies) > MOST_COOKIES:
            self.cookies.clear()


def copy(response: Response, method: str, to: IO[bytes], largest: int) -> None:
    """Copy the unpacked body, but never more than is good for us. Raises Unexpected."""
    to.seek(0)
    to.truncate()
    size = 0
    for part in response.iter_content(65536):
        size += len(part)
        if size > largest:
            response.close()
            raise Unexpected(**told(OutboundCode.TOO_LARGE), method=method, url=response.url)
        to.write(part)


def raise_if_many_values(response: Response, method: str, body: bytes, most: int) -> None:
    """Raises Unexpected for a body in memory of which parsing would make more values than `most`."""
    if sum(body.count(each) for each in (b",", b"[", b"{")) > most:
        raise Unexpected(**told(OutboundCode.TOO_LARGE), method=method, url=response.url)


def lines(reader: IO[str], url: str) -> Iterator[str]:
    """The lines of a text, none of them endless. Raises Unexpected."""
    while line := reader.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE:
            raise Unexpected(**told(OutboundCode.LINE_TOO_LONG), method="GET", url=url)
        yield line


def json_of(response: Response) -> Any:
    """The JSON of an answer. Raises ValueError for everything that is none, or nested too deeply.

    The encoding is the one that the answer names, or found by the first bytes (RFC 8259, 8.1): never guessed
    from all of them, which takes minutes for large ones.
    """
    try:
        return json.loads(_text(response))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _text(response: Response) -> str | bytes:
    named = "charset" in response.headers.get("Content-Type", "").lower() and response.encoding
    if not named or named.lower().replace("-", "") == "utf8":
        return response.content
    try:
        return response.content.decode(named)
    except LookupError:
        return response.content
